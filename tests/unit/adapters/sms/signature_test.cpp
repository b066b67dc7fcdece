#include "adapters/sms/signature.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "adapters/common/base64.hpp"
#include "adapters/common/jwt.hpp"
#include "adapters/sms/provider.hpp"
#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms {
namespace {

using namespace test;

constexpr std::int64_t kNow_s = 1'700'000'000;
constexpr const char* kUrl = "https://sms.example.com/in?a=1&b=2";

Request signed_with(std::string_view scheme, std::string secret, Request request, std::int64_t now_s = kNow_s) {
    EXPECT_EQ(sign({find_scheme(scheme), std::move(secret), "acct", "n-1", now_s}, request.draft), "") << scheme;
    return request;
}

Request a_form() { return post_form(kUrl, {{"From", "+15550123"}, {"To", "+15550100"}, {"Body", "hi"}}); }

TEST(Signature, SchemesHaveNamesOfTheirOwn) {
    std::set<std::string_view> names;
    for (const SignatureScheme& scheme : signature_schemes()) {
        EXPECT_TRUE(names.insert(scheme.name).second) << scheme.name;
        EXPECT_EQ(find_scheme(scheme.name), &scheme);
    }
    EXPECT_EQ(find_scheme(""), nullptr);
    EXPECT_EQ(find_scheme("Twilio"), nullptr);
    for (const Provider& provider : providers()) {
        for (const SignatureScheme* scheme : schemes_of(provider)) EXPECT_NE(scheme, nullptr) << provider.name;
    }
}

TEST(Signature, SecretsThatAreNone) {
    const std::string short_key = base64_encoded(std::string(31, 'k'));
    const struct {
        const char* scheme;
        std::vector<std::string> secrets;
        const char* error;
    } cases[] = {
        {"twilio", {}, "there is no secret"},
        {"twilio", {""}, "the secret is empty"},
        {"twilio", {"one", ""}, "the secret is empty"},
        {"basic", {"user"}, "the secret is `user:password`"},
        {"telnyx", {"secret"}, "the public key is 32 bytes in base64"},
        {"telnyx", {short_key}, "the public key is 32 bytes in base64"},
        {"standard-webhooks", {"whsec_"}, "the secret is `whsec_` and base64"},
        {"standard-webhooks", {"whsec_*"}, "the secret is `whsec_` and base64"},
        {"none", {}, ""},
        {"vonage-jwt", {"s"}, ""},
    };
    for (const auto& it : cases) {
        std::string error;
        const bool is_made = SignatureVerifier::make({find_scheme(it.scheme)}, it.secrets, error).has_value();
        EXPECT_EQ(error, it.error);
        EXPECT_EQ(is_made, error.empty()) << it.scheme;
    }
}

TEST(Signature, EitherOfTwoSecrets) {
    for (const char* name : {"twilio", "plivo-v3", "sinch", "vonage-sha256", "vonage-jwt", "messagebird-jwt"}) {
        const SignatureVerifier both = verifier(name, {"old", "new"});
        const Fields fields = {{"From", "1"}};
        Request of_old = signed_with(name, "old", post_form(kUrl, fields));
        Request of_new = signed_with(name, "new", post_form(kUrl, fields));
        Request of_other = signed_with(name, "other", post_form(kUrl, fields));
        EXPECT_EQ(both.verify(of_old.payload(), kNow_s).secret, 0u) << name;
        const Verdict verdict = both.verify(of_new.payload(), kNow_s);
        EXPECT_EQ(verdict.refusal, Refusal::none) << name;
        EXPECT_EQ(verdict.secret, 1u) << name;
        EXPECT_EQ(both.verify(of_other.payload(), kNow_s).refusal, Refusal::wrong) << name;
    }
}

TEST(Signature, TheFirstThatIsThereDecides) {
    std::string error;
    const std::vector<std::string> secrets{"token"};
    const auto plivo = SignatureVerifier::make(schemes_of(*find_provider("plivo")), secrets, error);
    for (const char* name : {"plivo-v3", "plivo-ma-v3", "plivo-v2", "plivo-ma-v2"}) {
        Request request = signed_with(name, "token", a_form());
        const Verdict verdict = plivo->verify(request.payload(), kNow_s);
        EXPECT_EQ(verdict.refusal, Refusal::none);
        EXPECT_EQ(verdict.scheme, find_scheme(name));
    }
    Request both = signed_with("plivo-v2", "token", signed_with("plivo-v3", "other", a_form()));
    EXPECT_EQ(plivo->verify(both.payload(), kNow_s).refusal, Refusal::wrong);
    EXPECT_EQ(plivo->verify(a_form().payload(), kNow_s).refusal, Refusal::missing);
    EXPECT_EQ(plivo->verify(a_form().payload(), kNow_s).scheme, nullptr);
}

TEST(Signature, HeadersThatAreNone) {
    using Change = void (*)(Draft&);
    const struct {
        const char* scheme;
        Change change;
        Refusal refusal;
    } cases[] = {
        {"twilio", [](Draft& it) { it.headers.pop_back(); }, Refusal::missing},
        {"twilio", [](Draft& it) { it.headers.push_back(it.headers.back()); }, Refusal::missing},
        {"twilio", [](Draft& it) { it.headers.back().second.clear(); }, Refusal::missing},
        {"twilio", [](Draft& it) { it.headers.back().second.pop_back(); }, Refusal::wrong},
        {"twilio", [](Draft& it) { it.headers.back().second += '='; }, Refusal::wrong},
        {"twilio", [](Draft& it) { it.headers.back().second += ",x"; }, Refusal::wrong},
        {"twilio", [](Draft& it) { it.headers.back().second = "\xFF"; }, Refusal::wrong},
        {"twilio", [](Draft& it) { it.headers.back().second = " " + it.headers.back().second + "\t"; }, Refusal::none},
        {"twilio", [](Draft& it) { it.headers[0].second = "text/plain"; }, Refusal::wrong},
        {"twilio", [](Draft& it) { it.headers[0].second = kJsonType; }, Refusal::wrong},
        {"plivo-v3", [](Draft& it) { it.headers.back().second.clear(); }, Refusal::wrong},
        {"plivo-v3", [](Draft& it) { it.headers.pop_back(); }, Refusal::missing},
        {"plivo-v3", [](Draft& it) { it.method = "PUT"; }, Refusal::wrong},
        {"plivo-v3", [](Draft& it) { it.method = "GET"; }, Refusal::wrong},
        {"plivo-v3", [](Draft& it) { it.headers[1].second += ",x"; }, Refusal::none},
        {"plivo-v3", [](Draft& it) { it.headers[1].second = "x," + it.headers[1].second; }, Refusal::none},
        {"plivo-v3", [](Draft& it) { it.headers[1].second = "x, " + it.headers[1].second; }, Refusal::wrong},
        {"plivo-v3", [](Draft& it) { it.headers[1].second = ",,"; }, Refusal::wrong},
        {"plivo-v2", [](Draft& it) { it.headers[1].second += ",x"; }, Refusal::wrong},
        {"sinch", [](Draft& it) { it.headers.back().second = "now"; }, Refusal::malformed},
        {"sinch", [](Draft& it) { it.headers.back().second += " "; }, Refusal::none},
        {"sinch", [](Draft& it) { it.headers.back().second = "-5"; }, Refusal::malformed},
        {"sinch", [](Draft& it) { it.headers.back().second = "+1700000000"; }, Refusal::malformed},
        {"sinch", [](Draft& it) { it.headers.back().second = "01700000000"; }, Refusal::wrong},
        {"sinch", [](Draft& it) { it.headers.back().second = "99999999999999999999"; }, Refusal::malformed},
        {"sinch", [](Draft& it) { it.headers.back().second = "9223372036854775807"; }, Refusal::wrong},
        {"sinch", [](Draft& it) { it.headers.back().second.clear(); }, Refusal::malformed},
        {"sinch", [](Draft& it) { it.headers.pop_back(); }, Refusal::missing},
        {"sinch", [](Draft& it) { it.headers.push_back(it.headers.back()); }, Refusal::missing},
        {"vonage-md5", [](Draft& it) { it.body += "&sig=x"; }, Refusal::missing},
        {"vonage-md5", [](Draft& it) { it.body += "&timestamp=1700000000"; }, Refusal::missing},
        {"vonage-md5", [](Draft& it) { it.body += "&x=y"; }, Refusal::wrong},
        {"vonage-md5", [](Draft& it) { it.headers[0].second = "text/plain"; }, Refusal::missing},
        {"vonage-jwt", [](Draft& it) { it.headers.back().second += "x"; }, Refusal::wrong},
        {"vonage-jwt", [](Draft& it) { it.headers.back().second += "="; }, Refusal::malformed},
        {"vonage-jwt", [](Draft& it) { it.headers.back().second = "Bearer a.b.c"; }, Refusal::malformed},
        {"vonage-jwt", [](Draft& it) { it.headers.back().second = "Bearer"; }, Refusal::missing},
        {"vonage-jwt", [](Draft& it) { it.headers.push_back(it.headers.back()); }, Refusal::missing},
        {"vonage-jwt", [](Draft& it) { it.body.clear(); }, Refusal::wrong},
        {"basic", [](Draft& it) { it.headers.back().second = "Basic dTo="; }, Refusal::wrong},
        {"basic", [](Draft& it) { it.headers.back().second = "Basic *"; }, Refusal::malformed},
        {"basic", [](Draft& it) { it.headers.back().second = "Bearer x"; }, Refusal::malformed},
        {"basic", [](Draft& it) { it.headers.pop_back(); }, Refusal::missing},
    };
    int number = 0;
    for (const auto& it : cases) {
        const std::string secret = std::string_view(it.scheme) == "basic" ? "user:word" : "secret";
        Request request = signed_with(it.scheme, secret, a_form());
        EXPECT_EQ(verifier(it.scheme, {secret}).verify(request.payload(), kNow_s).refusal, Refusal::none) << it.scheme;
        it.change(request.draft);
        EXPECT_EQ(verifier(it.scheme, {secret}).verify(request.payload(), kNow_s).refusal, it.refusal)
            << it.scheme << ", case " << number;
        ++number;
    }
}

TEST(Signature, BodiesThatAreNotSigned) {
    for (const char* name : {"twilio", "plivo-v3", "plivo-ma-v3", "plivo-v1"}) {
        Request request = signed_with(name, "token", get(kUrl));
        request.draft.headers.emplace_back("content-type", kJsonType);
        if (std::string_view(name) != "twilio") request.draft.method = "GET";
        request.draft.body = "{}";
        EXPECT_EQ(verifier(name, {"token"}).verify(request.payload(), kNow_s).refusal, Refusal::unsigned_body) << name;
        request.draft.headers.back().second = "text/plain";
        EXPECT_EQ(verifier(name, {"token"}).verify(request.payload(), kNow_s).refusal, Refusal::unsigned_body) << name;
    }
    Request token({"POST", kUrl, {}, ""});
    token = signed_with("messagebird-jwt", "key", token);
    token.draft.headers.emplace_back("content-type", kJsonType);
    token.draft.body = "{}";
    EXPECT_EQ(verifier("messagebird-jwt", {"key"}).verify(token.payload(), kNow_s).refusal, Refusal::unsigned_body);
}

// A right signature over a digest, and another body; or a form that is not signed beside it.
TEST(Signature, OfTwiliosDigests) {
    Request request = signed_with("twilio", "token", post_json(kUrl, "{}"));
    EXPECT_NE(request.draft.url.find("&bodySHA256=44136fa355b3678a"), std::string::npos);
    const SignatureVerifier it = verifier("twilio", {"token"});
    EXPECT_EQ(it.verify(request.payload(), 0).refusal, Refusal::none);
    request.draft.body = "[]";
    EXPECT_EQ(it.verify(request.payload(), 0).refusal, Refusal::wrong);
    request.draft.headers[0].second = kFormType;
    request.draft.body = "Body=other";
    EXPECT_EQ(it.verify(request.payload(), 0).refusal, Refusal::wrong);
    request.draft.body.clear();
    EXPECT_EQ(it.verify(request.payload(), 0).refusal, Refusal::wrong);
}

TEST(Signature, TimesOfTokens) {
    const struct {
        const char* scheme;
        const char* claims;  // Beside issuer and jti.
        Refusal refusal;
    } cases[] = {
        {"vonage-jwt", R"("iat":1700000000)", Refusal::none},
        {"vonage-jwt", R"("iat":1699999700)", Refusal::none},
        {"vonage-jwt", R"("iat":1699999699)", Refusal::out_of_time},
        {"vonage-jwt", R"("iat":1700000300)", Refusal::none},
        {"vonage-jwt", R"("iat":1700000301)", Refusal::out_of_time},
        {"vonage-jwt", R"("iat":1700000000,"exp":1700000001)", Refusal::none},
        {"vonage-jwt", R"("iat":1700000000,"exp":1700000000)", Refusal::out_of_time},
        {"vonage-jwt", R"("iat":1700000000,"nbf":1700000001)", Refusal::out_of_time},
        {"vonage-jwt", R"("iat":1700000000,"exp":"never")", Refusal::malformed},
        {"vonage-jwt", R"("iat":1700000000.5)", Refusal::malformed},
        {"vonage-jwt", R"("iat":-9223372036854775808)", Refusal::out_of_time},
        {"vonage-jwt", R"("iat":9223372036854775807)", Refusal::out_of_time},
        {"vonage-jwt", R"("a":1)", Refusal::malformed},
        {"messagebird-jwt", R"("exp":1700000060,"nbf":1700000000)", Refusal::none},
        {"messagebird-jwt", R"("exp":1699999996)", Refusal::none},
        {"messagebird-jwt", R"("exp":1699999995)", Refusal::out_of_time},
        {"messagebird-jwt", R"("exp":1700000060,"nbf":1700000005)", Refusal::none},
        {"messagebird-jwt", R"("exp":1700000060,"nbf":1700000006)", Refusal::out_of_time},
        {"messagebird-jwt", R"("nbf":1700000000)", Refusal::malformed},
        {"messagebird-jwt", R"("exp":true)", Refusal::malformed},
        {"messagebird-jwt", R"("exp":1700000060,"nbf":null)", Refusal::malformed},
    };
    for (const auto& it : cases) {
        const std::string url_hash = hex_encoded(digest(Digest::sha256, {kUrl}));
        const std::string issuer(find_scheme(it.scheme)->jwt->issuer);
        const std::string token =
            make_jwt(Digest::sha256,
                     R"({"iss":")" + issuer + R"(","jti":"1","url_hash":")" + url_hash + "\"," + it.claims + "}", "k");
        Request request = get(kUrl);
        const std::string header(find_scheme(it.scheme)->signature);
        request.draft.headers.emplace_back(header, header == "authorization" ? "Bearer " + token : token);
        EXPECT_EQ(verifier(it.scheme, {"k"}).verify(request.payload(), kNow_s).refusal, it.refusal) << it.claims;
    }
}

TEST(Signature, ClaimsOfTokens) {
    const std::string right = R"({"iss":"MessageBird","jti":"1","exp":1700000060,"url_hash":")" +
                              hex_encoded(digest(Digest::sha256, {kUrl})) + "\"}";
    const auto refusal = [&](std::string claims, Digest digest = Digest::sha256,
                             std::string_view scheme = "messagebird-jwt") {
        Request request = get(kUrl);
        request.draft.headers.emplace_back("messagebird-signature-jwt", make_jwt(digest, claims, "k"));
        return verifier(scheme, {"k"}).verify(request.payload(), kNow_s).refusal;
    };
    const auto replaced = [&](std::string_view what, std::string_view with) {
        std::string claims = right;
        return claims.replace(claims.find(what), what.size(), with);
    };
    EXPECT_EQ(refusal(right), Refusal::none);
    EXPECT_EQ(refusal(right, Digest::sha384), Refusal::none);
    EXPECT_EQ(refusal(right, Digest::sha512), Refusal::none);
    EXPECT_EQ(refusal(replaced("MessageBird", "messagebird")), Refusal::malformed);
    EXPECT_EQ(refusal(replaced(R"("iss":"MessageBird",)", "")), Refusal::malformed);
    EXPECT_EQ(refusal(replaced(R"("jti":"1")", R"("jti":"")")), Refusal::malformed);
    EXPECT_EQ(refusal(replaced(R"("jti":"1")", R"("jti":1)")), Refusal::malformed);
    EXPECT_EQ(refusal(replaced("url_hash", "url_hush")), Refusal::wrong);
    EXPECT_EQ(refusal(replaced("\"}", "0\"}")), Refusal::wrong);
    EXPECT_EQ(refusal(replaced("\"}", R"(","payload_hash":""})")), Refusal::wrong);
    EXPECT_EQ(refusal(replaced("\"}", R"(","payload_hash":null})")), Refusal::wrong);
    EXPECT_EQ(refusal(replaced("\"}", "\",\"payload_hash\":\"" + hex_encoded(digest(Digest::sha256, {})) + "\"}")),
              Refusal::none);

    Request of_vonage = get(kUrl);
    of_vonage.draft.headers.emplace_back(
        "authorization", "Bearer " + make_jwt(Digest::sha384, R"({"iss":"Vonage","jti":"1","iat":1700000000})", "k"));
    EXPECT_EQ(verifier("vonage-jwt", {"k"}).verify(of_vonage.payload(), kNow_s).refusal, Refusal::malformed);
}

// What the signature leaves out may change, and the request is the same.
TEST(Signature, KeysOfReplays) {
    Request first = signed_with("twilio", "token", a_form());
    Request again = first;
    again.draft.headers.emplace_back("I-Twilio-Idempotency-Token", "other");
    again.draft.body = post_form("", {{"Body", "hi"}, {"To", "+15550100"}, {"From", "+15550123"}}).draft.body;
    Request other = signed_with("twilio", "token", post_form(kUrl, {{"Body", "ho"}}));
    const SignatureVerifier it = verifier("twilio", {"token"});
    const std::string key = it.verify(first.payload(), 0).replay_key;
    EXPECT_FALSE(key.empty());
    EXPECT_EQ(it.verify(again.payload(), 0).replay_key, key);
    EXPECT_NE(it.verify(other.payload(), 0).replay_key, key);

    const SignatureVerifier v2 = verifier("plivo-v2", {"token"});
    Request bare = signed_with("plivo-v2", "token", a_form());
    Request changed = bare;
    changed.draft.body = "Text=other";
    EXPECT_EQ(v2.verify(changed.payload(), 0).refusal, Refusal::none);
    EXPECT_EQ(v2.verify(changed.payload(), 0).replay_key, v2.verify(bare.payload(), 0).replay_key);

    const SignatureVerifier none = verifier("none", {});
    EXPECT_EQ(none.verify(bare.payload(), 0).refusal, Refusal::none);
    EXPECT_NE(none.verify(changed.payload(), 0).replay_key, none.verify(bare.payload(), 0).replay_key);
}

}  // namespace
}  // namespace millrace::sms
