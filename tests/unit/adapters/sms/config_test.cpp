#include "adapters/sms/config.hpp"

#include <gtest/gtest.h>

#include "adapters/sms/adapter.hpp"
#include "tests/unit/adapters/sms/read_settings.hpp"
#include "tests/unit/adapters/sms/requests.hpp"

namespace millrace::sms {
namespace {

using Errors = std::vector<std::string>;

using Read = test::ReadSettings;

TEST(SmsConfig, Defaults) {
    Read it(R"({"provider":"twilio","public_url":"https://sms.example.com/","auth_token":"12345"})");
    EXPECT_EQ(it.errors, Errors{});
    EXPECT_EQ(it.settings->provider, find_provider("twilio"));
    EXPECT_EQ(it.settings->account.base_url, "");
    EXPECT_EQ(it.settings->words.stop, ConsentWords().stop);
    test::Request request = test::get("https://sms.example.com/");
    EXPECT_EQ(sign({find_scheme("twilio"), "12345", "", "", 0}, request.draft), "");
    EXPECT_EQ(it.settings->verifier->verify(request.payload(), 0).refusal, Refusal::none);
}

TEST(SmsConfig, AllOfIt) {
    Read it(R"({"provider":"plivo","public_url":"http://h:8081/in","auth_token":"old","next_auth_token":"new",
        "verify":"plivo-v2","account":{"id":"MA1","secret":"s","application":"a","base_url":"http://127.0.0.1:9/",
        "report_url":"http://h/r"},"consent":{"stop":["BASTA"],"help":["AIUTO","INFO"]}})");
    EXPECT_EQ(it.errors, Errors{});
    EXPECT_EQ(it.settings->account.id, "MA1");
    EXPECT_EQ(it.settings->account.secret, "s");
    EXPECT_EQ(it.settings->account.application, "a");
    EXPECT_EQ(it.settings->account.base_url, "http://127.0.0.1:9");
    EXPECT_EQ(it.settings->account.report_url, "http://h/r");
    EXPECT_EQ(it.settings->words.stop, std::vector<std::string>{"BASTA"});
    EXPECT_EQ(it.settings->words.start, ConsentWords().start);
    EXPECT_EQ(it.settings->words.help, (std::vector<std::string>{"AIUTO", "INFO"}));
    test::Request request = test::get("http://h:8081/in");
    EXPECT_EQ(sign({find_scheme("plivo-v2"), "new", "", "n", 0}, request.draft), "");
    EXPECT_EQ(it.settings->verifier->verify(request.payload(), 0).secret, 1u);
}

// What waits longer hears 503 before the provider has given up.
TEST(SmsConfig, IsAnsweredWithinTheProvidersTime) {
    const struct {
        const char* provider;
        std::int64_t answer_ms;
    } cases[] = {{"telnyx", 1'750}, {"plivo", 7'000}, {"twilio", 13'125}, {"kannel", 26'250}};
    for (const auto& each : cases) {
        const std::string text =
            std::string(R"({"verify":"none","public_url":"https://h/","provider":")") + each.provider;
        Read it(text + "\"}");
        EXPECT_EQ(it.errors, Errors{});
        EXPECT_EQ(it.settings->limits().answer_ms, each.answer_ms) << each.provider;
        Read sooner(text + "\",\"answer_timeout\":\"1s\"}");
        EXPECT_EQ(sooner.settings->limits().answer_ms, 1'000) << each.provider;
    }
}

TEST(SmsConfig, MediaAreNotFetchedUnlessItSaysSo) {
    Read it(R"({"provider":"twilio","public_url":"https://h/","auth_token":"x"})");
    EXPECT_FALSE(it.settings->media.is_fetched);
    EXPECT_EQ(it.settings->media.bytes_max, 5u << 20);
    EXPECT_FALSE(it.settings->media.allowed.contains(boost::asio::ip::make_address("127.0.0.1")));
    Read other(R"({"provider":"twilio","public_url":"https://h/","auth_token":"x",
        "media":{"fetch":true,"max_size":7,"timeout":"2s","allow":"127.0.0.1"}})");
    EXPECT_EQ(other.errors, Errors{});
    EXPECT_TRUE(other.settings->media.is_fetched);
    EXPECT_EQ(other.settings->media.timeout, std::chrono::seconds(2));
    EXPECT_TRUE(other.settings->media.allowed.contains(boost::asio::ip::make_address("127.0.0.1")));
}

TEST(SmsConfig, UnsignedOnlyInSoManyWords) {
    Read it(R"({"provider":"kannel","public_url":"http://h/","verify":"none"})");
    EXPECT_EQ(it.errors, Errors{});
    EXPECT_EQ(it.settings->verifier->verify(test::get("http://h/").payload(), 0).refusal, Refusal::none);
    EXPECT_EQ(Read(R"({"provider":"kannel","public_url":"http://h/"})").errors,
              Errors{"auth_token: there is no secret"});
}

TEST(SmsConfig, ThatIsWrong) {
    const struct {
        const char* json;
        Errors errors;
    } cases[] = {
        {R"({"provider":"twillio","public_url":"https://h/"})",
         {"provider: `twillio` is none of twilio, vonage-sms, vonage-messages, plivo, messagebird, telnyx, sinch, "
          "bandwidth, kannel, generic"}},
        {R"({"provider":"twilio","auth_token":"x","public_url":"sms.example.com"})",
         {"public_url: `sms.example.com` is no URL such as https://sms.example.com/"}},
        {R"({"provider":"twilio","auth_token":"x","public_url":"ftp://h/"})",
         {"public_url: `ftp://h/` is no URL such as https://sms.example.com/"}},
        {R"({"provider":"twilio","auth_token":"x","public_url":"https://h/?a"})",
         {"public_url: `https://h/?a` is no URL such as https://sms.example.com/"}},
        {R"({"provider":"twilio","auth_token":"x","public_url":"https:///"})",
         {"public_url: `https:///` is no URL such as https://sms.example.com/"}},
        {R"({"provider":"twilio","auth_token":"x","public_url":"https://h/","verify":"off"})",
         {"verify: `off` is neither auto nor none nor a scheme of the adapter's README"}},
        {R"({"provider":"telnyx","auth_token":"x","public_url":"https://h/"})",
         {"auth_token: the public key is 32 bytes in base64"}},
        {R"({"provider":"twilio","auth_token":"x","public_url":"https://h/","media":{"allow":["10.0.0.0/8","lan"]}})",
         {"media.allow: `lan` is neither an IP address nor a network like 10.0.0.0/8"}},
        {R"({"provider":"twilio","auth_token":"","public_url":"https://h/"})", {"auth_token: the secret is empty"}},
    };
    for (const auto& it : cases) EXPECT_EQ(Read(it.json).errors, it.errors) << it.json;
}

TEST(SmsConfig, Declaration) {
    EXPECT_EQ(SmsAdapter::kScope.lifetime, Lifetime::keyed);
    EXPECT_EQ(SmsAdapter::kScope.retry, RetryMode::upstream);
    EXPECT_EQ(SmsAdapter::kScope.delivery, DeliveryMode::acked);
}

}  // namespace
}  // namespace millrace::sms
