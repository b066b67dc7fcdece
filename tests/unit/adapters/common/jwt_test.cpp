#include "adapters/common/jwt.hpp"

#include <gtest/gtest.h>

#include "adapters/common/base64.hpp"

namespace millrace {
namespace {

std::string token(std::string_view header, std::string_view claims, std::string_view signature = "s") {
    return base64url_encoded(header) + "." + base64url_encoded(claims) + "." + base64url_encoded(signature);
}

TEST(Jwt, IsRead) {
    const std::string text = token(R"({"alg":"HS256"})", R"({"iss":"x","exp":12})");
    const std::optional<Jwt> jwt = parse_jwt(text);
    ASSERT_TRUE(jwt);
    EXPECT_EQ(jwt->algorithm, "HS256");
    EXPECT_EQ(jwt->claim("iss").text(), "x");
    EXPECT_EQ(jwt->claim("exp").integer(), 12);
    EXPECT_EQ(jwt->claim("nbf").value(), nullptr);
    EXPECT_EQ(jwt->signed_bytes, text.substr(0, text.rfind('.')));
    EXPECT_EQ(jwt->signature, "s");
    EXPECT_EQ(parse_jwt(token("{}", "{}", ""))->algorithm, "");
}

TEST(Jwt, ThatIsNone) {
    const std::string head = R"({"alg":"HS256"})";
    const std::string fine = token(head, "{}");
    const std::string long_claim = R"({"a":")" + std::string(7000, 'x') + R"("})";
    for (const std::string& text :
         {std::string(), std::string("."), std::string(".."), std::string("a.b"), std::string("a.b.c"), fine + ".",
          fine + "=", " " + fine, fine + " ", token("[]", "{}"), token(head, "[]"), token(head, "1"), token(head, "{"),
          token("", "{}"), token(head, ""), token(R"({"alg":"HS256","crit":["b64"]})", "{}"),
          token(head, R"({"a":{"b":{"c":{"d":{}}}}})"), token(head, long_claim), fine.substr(0, fine.rfind('.'))})
        EXPECT_FALSE(parse_jwt(text)) << text;
}

TEST(Jwt, Algorithms) {
    EXPECT_EQ(hmac_digest_of("HS256"), Digest::sha256);
    EXPECT_EQ(hmac_digest_of("HS384"), Digest::sha384);
    EXPECT_EQ(hmac_digest_of("HS512"), Digest::sha512);
    for (const char* name : {"", "none", "None", "hs256", "HS1", "RS256", "HS256 "}) EXPECT_FALSE(hmac_digest_of(name));
}

// RFC 7515 A.1 has a key in base64url, and claims with line breaks in them.
TEST(Jwt, OfTheRfc) {
    const std::string text =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
        "mNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const auto key =
        base64url_decoded("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    const std::optional<Jwt> jwt = parse_jwt(text);
    ASSERT_TRUE(jwt && key);
    EXPECT_EQ(HmacKey(Digest::sha256, *key).mac({jwt->signed_bytes}), jwt->signature);
    EXPECT_EQ(jwt->claim("http://example.com/is_root").scalar(), "true");
}

TEST(Jwt, IsMade) {
    for (const Digest digest : {Digest::sha256, Digest::sha384, Digest::sha512}) {
        const std::string text = make_jwt(digest, R"({"iss":"x"})", "key");
        const std::optional<Jwt> jwt = parse_jwt(text);
        ASSERT_TRUE(jwt);
        EXPECT_EQ(hmac_digest_of(jwt->algorithm), digest);
        EXPECT_EQ(HmacKey(digest, "key").mac({jwt->signed_bytes}), jwt->signature);
        EXPECT_EQ(jwt->claim("iss").text(), "x");
    }
}

}  // namespace
}  // namespace millrace
