#include "adapters/sms/sample.hpp"

#include <gtest/gtest.h>

#include "adapters/common/base64.hpp"
#include "adapters/common/crypto.hpp"
#include "adapters/sms/session.hpp"
#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms {
namespace {

constexpr std::int64_t kNow_s = 1'700'000'000;
constexpr const char* kUrl = "https://sms.example.com/in?a=b";

struct Secrets {
    std::string signs;
    std::string verifies;
};

Secrets secrets_of(std::string_view scheme) {
    if (scheme == "basic") return {"user:password", "user:password"};
    if (scheme != "telnyx") return {"whsec_c2VjcmV0", "whsec_c2VjcmV0"};
    const std::string seed(32, 's');
    return {base64_encoded(seed), base64_encoded(Ed25519PrivateKey::make(seed)->public_key())};
}

TEST(Sample, OfEachProviderIsTakenAsItsMessage) {
    for (const Provider& provider : providers()) {
        const std::string_view scheme = default_scheme_of(provider.name);
        EXPECT_EQ(find_scheme(scheme), schemes_of(provider).front()) << provider.name;
        const Secrets secrets = secrets_of(scheme);
        std::optional<Draft> draft =
            sample_of(provider.name, kUrl, {"id-1", "+15550123", "+15550100", "Grüße & 'more' + <x>", kNow_s});
        ASSERT_TRUE(draft) << provider.name;
        ASSERT_EQ(sign({find_scheme(scheme), secrets.signs, "acct", "nonce-1", kNow_s}, *draft), "") << provider.name;

        const SignatureVerifier verifier = test::verifier(scheme, {secrets.verifies});
        const ConsentWords words;
        Session session({provider, verifier, words});
        std::vector<Header> headers;
        for (const auto& [name, value] : draft->headers) headers.push_back({name, value});
        const auto refused = session.take({draft->method, draft->url, headers, draft->body}, kNow_s);
        ASSERT_FALSE(refused) << provider.name << ": " << refused->reason;
        ASSERT_EQ(session.events().size(), 1u) << provider.name;
        EXPECT_EQ(session.events()[0].text, "Grüße & 'more' + <x>") << provider.name;
        EXPECT_EQ(session.events()[0].remote(), "+15550123") << provider.name;
        EXPECT_EQ(session.events()[0].service(), "+15550100") << provider.name;
        EXPECT_EQ(session.events()[0].body.inbound().message_id(), "id-1") << provider.name;
    }
}

TEST(Sample, OfNobody) {
    EXPECT_FALSE(sample_of("twillio", kUrl, {}));
    EXPECT_EQ(default_scheme_of("twillio"), "");
}

}  // namespace
}  // namespace millrace::sms
