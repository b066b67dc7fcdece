#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/common/base64.hpp"
#include "adapters/sms/timestamp.hpp"
#include "tests/unit/adapters/sms/requests.hpp"

// Signatures that the providers have published, and those that were derived from their own code.
namespace millrace::sms {
namespace {

using namespace test;

Refusal verified(std::string_view scheme, const std::string& secret, Request request, std::int64_t now_s = 0,
                 std::string_view url_form = "") {
    const Verdict verdict = verifier(scheme, {secret}).verify(request.payload(), now_s);
    if (!url_form.empty()) {
        EXPECT_EQ(verdict.url_form, url_form);
    }
    return verdict.refusal;
}

TEST(PublishedSignatures, OfTwilio) {
    const Fields call = {{"CallSid", "CA1234567890ABCDE"},
                         {"Caller", "+14158675309"},
                         {"Digits", "1234"},
                         {"From", "+14158675309"},
                         {"To", "+18005551212"}};
    const std::string json = "{\"property\": \"value\", \"boolean\": true}";
    const std::string path = "mycompany.com/myapp.php?foo=1&bar=2";
    const std::string sha = "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    const std::string sha_of_object = "&bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    const std::string only_sha =
        "https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    const struct {
        Request request;
        const char* signature;
        const char* url_form;
    } cases[] = {
        {post_form("https://" + path, call), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "plain"},
        {post_form("https://mycompany.com:8443/myapp.php?foo=1&bar=2", call), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "plain"},
        {post_form("https://" + path, call), "kvajT1Ptam85bY51eRf/AJRuM3w=", "port"},
        {post_form("http://" + path, call), "0ZXoZLH/DfblKGATFgpif+LLRf4=", "port"},
        {post_form("http://mycompany.com:1234/myapp.php?foo=1&bar=2", call), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=", "port"},
        {post_form("https://user:pass@" + path, call), "CukzLTc1tT5dXEDIHm/tKBanW10=", "plain"},
        {post_form("https://user@" + path, call), "2YRLlVAflCqxaNicjMpJcSTgzSs=", "plain"},
        {post_form("https://user:pass@" + path, call), "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI=", "port"},
        {post_form("https://" + path + "&Body=It's+amazing", call), "TfZzewPq8wqrGlMfyAud8+/IvJ0=", "escaped"},
        {post_form("https://" + path,
                   {{"MessagingBinding.Address", "+1415xxxxxxx"}, {"MessagingBinding.Address", "+1325xxxxxxx"}}),
         "83O6e2vORAoJHUNzJjDWN1jz+BA=", "plain"},
        {post_form(
             "https://" + path,
             {{"SidAccount", "AC123"}, {"Sid", "CA123"}, {"Digits", "5678"}, {"Digits", "1234"}, {"Digits", "1234"}}),
         "IK+Dwps556ElfBT0I3Rgjkr1wJU=", "plain"},
        {post_json("https://" + path + sha, json), "a9nBmqA0ju/hNViExpshrM61xv4=", "plain"},
        {post_json("https://" + path + sha_of_object, "{}"), "Ldidvp12m26NI7eqEvxnEpkd9Hc=", "port"},
        {post_json(only_sha, json), "y77kIzt2vzLz71DgmJGsen2scGs=", "plain"},
    };
    for (auto it : cases) {
        it.request.draft.headers.emplace_back("X-Twilio-Signature", it.signature);
        EXPECT_EQ(verified("twilio", "12345", it.request, 0, it.url_form), Refusal::none) << it.signature;
        it.request.draft.headers.back().second[1] ^= 1;
        EXPECT_EQ(verified("twilio", "12345", it.request), Refusal::wrong);
    }
}

TEST(PublishedSignatures, OfVonage) {
    const struct {
        const char* scheme;
        const char* signature;
    } cases[] = {
        {"vonage-md5hash", "d2e7b1dc968737c5998ad624e02f90b7"},
        {"vonage-md5", "DDEBD46008C2D4E93CCE578A332A52D5"},
        {"vonage-sha1", "27D0D05C2876C7CB1720DBCDBA4D492E1E55C09A"},
        {"vonage-sha256", "DDB8397C2B90AAC7F3882D306475C9A5058C92322EEF43C92B298B6E0FC0D330"},
        {"vonage-sha512",
         "E0D3C650F8C9D1A5C174D10DDDBFB003E561F59B265616208B0487C5D819481CD3C311D59CF6165ECD1139622D5BA3A256C0D763AC4A9"
         "AD9144B5A426B94FE82"},
    };
    const std::string fields = form_of({{"message-timestamp", "2013-11-21 15:27:30"},
                                        {"messageId", "020000001B0FE827"},
                                        {"msisdn", "14843472194"},
                                        {"text", "Test again"},
                                        {"timestamp", "1385047698"},
                                        {"to", "13239877404"},
                                        {"type", "text"}});
    for (const auto& it : cases) {
        const std::string sig = "&sig=" + std::string(it.signature);
        const auto verdict = [&](const Request& request) {
            return verified(it.scheme, "my_secret_key_for_testing", request, 1385047698);
        };
        const std::string url = "https://sms.example.com/vonage";
        EXPECT_EQ(verdict(get(url + "?" + fields + sig)), Refusal::none) << it.scheme;
        EXPECT_EQ(verdict(Request({"POST", url, {{"content-type", kFormType}}, fields + sig})), Refusal::none);
        EXPECT_EQ(verdict(post_json(url, R"({"sig":")" + std::string(it.signature) + R"(","to":"13239877404",
            "msisdn":"14843472194","messageId":"020000001B0FE827","text":"Test again","type":"text",
            "message-timestamp":"2013-11-21 15:27:30","timestamp":"1385047698"})")),
                  Refusal::none);
        EXPECT_EQ(verdict(get(url + "?" + fields + "1" + sig)), Refusal::wrong);
    }
}

TEST(PublishedSignatures, OfVonagesMessages) {
    const std::string token =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJpYXQiOjE1ODc0OTQ5NjIsImp0aSI6ImM1YmE4ZjI0LTFhMTQtNGMxMC1iZmRmLTNmYmU4Y2U1MTFiNSIsImlzcyI6IlZvbmFnZSIsInBhe"
        "WxvYWRfaGFzaCI6ImE5MzNkMmM3Nzc5YmI0ZWQxZWQwZjcyNTNmMDRhM2E0NTVmYTFlNWU5Mjg4NjAyOGM3MWE4ZDkyNTM0ZjFmN2EiLCJhcGl"
        "fa2V5IjoiYTFiMmMzZCJ9.0GB9m8EMUWeKPoc4FptYcPuEPUo6699OY7PhMdIeAzQ";
    Request request =
        post_json("https://sms.example.com/",
                  R"({"channel":"sms","message_uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab","text":"hi"})");
    request.draft.headers.emplace_back("Authorization", "Bearer " + token);
    const SignatureVerifier it = verifier("vonage-jwt", {"my_signature_secret_0123456789abcdef"});
    const Verdict verdict = it.verify(request.payload(), 1587494962 + 300);
    EXPECT_EQ(verdict.refusal, Refusal::none);
    EXPECT_EQ(verdict.account, "a1b2c3d");
    EXPECT_EQ(verdict.skew_s, 300);
    EXPECT_EQ(it.verify(request.payload(), 1587494962 + 301).refusal, Refusal::out_of_time);
    EXPECT_EQ(it.verify(request.payload(), 1587494962 - 301).refusal, Refusal::out_of_time);
    request.draft.body += ' ';
    EXPECT_EQ(it.verify(request.payload(), 1587494962).refusal, Refusal::wrong);
    request.draft.headers.back().second = "Basic " + token;
    EXPECT_EQ(it.verify(request.payload(), 1587494962).refusal, Refusal::missing);
}

TEST(PublishedSignatures, OfPlivo) {
    const Fields fields = {{"From", "14155550100"}, {"Text", "Hi there"}, {"To", "15005550006"}};
    const Fields call = {{"CallUUID", "97ceeb52-58b6-11e1-86da-77300b68f8bb"}, {"Duration", "300"}};
    const struct {
        Request request;
        const char* scheme;
        const char* header;
        const char* signature;
    } cases[] = {
        {get("https://answer.url"), "plivo-v2", "V2", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="},
        {get("https://answer.url?a=1"), "plivo-ma-v2", "Ma-V2", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc="},
        {post_form("https://example.com/sms?b=2&a=1", fields), "plivo-v3", "V3",
         "Pl+R1an65jvmEOgoNvBhj2xq9KXaP08IgN8DyFBlMyA="},
        {post_form("https://example.com/sms?b=2&a=1", fields), "plivo-ma-v3", "Ma-V3",
         "other,Pl+R1an65jvmEOgoNvBhj2xq9KXaP08IgN8DyFBlMyA="},
        {post_form("https://example.com/sms", fields), "plivo-v3", "V3",
         "U+0R2hHRj13lwLPRT8U8B7LygSlOKISisgIHAASHI7U="},
        {get("https://example.com/sms?To=15005550006&a=1&Text=Hi+there&From=14155550100"), "plivo-v3", "V3",
         "9kZTJlyi9PqBfpT0spCYVAlRn5q7PN6K0ltNdoKBq40="},
    };
    for (auto it : cases) {
        it.request.draft.headers.emplace_back("X-Plivo-Signature-" + std::string(it.header), it.signature);
        it.request.draft.headers.emplace_back(
            "X-Plivo-Signature-V" + std::string(1, std::string_view(it.header).back()) + "-Nonce", "12345");
        EXPECT_EQ(verified(it.scheme, "my_auth_token", it.request), Refusal::none) << it.signature;
        it.request.draft.headers.back().second = "12346";
        EXPECT_EQ(verified(it.scheme, "my_auth_token", it.request), Refusal::wrong) << it.signature;
    }
    Request first = post_form("http://foo.com/answer/", call);
    first.draft.headers.emplace_back("X-Plivo-Signature", "EJEt0ELanhr8hjMPIJnLNLex0dE=");
    EXPECT_EQ(verified("plivo-v1", "MAXXXXXXXXXXXXXXXXXX", first), Refusal::none);
}

TEST(PublishedSignatures, OfTelnyx) {
    Request request = post_json("https://sms.example.com/", R"({"data":{"event_type":"message.received",)"
                                                            R"("id":"b301ed3f-1490-491f-995f-6e64e69674d4"}})");
    const char* const signature =
        "4IPWYOZVi8O/Ub7utZ2EcsMeDDjmPCQSn1arEBXVbHKdZK4g3zk+Gt7+CuUXAX8TUiExvb/BJ1PhEHHw8/ViAg==";
    request.draft.headers.emplace_back("telnyx-signature-ed25519", signature);
    request.draft.headers.emplace_back("telnyx-timestamp", "1698420600");
    const std::string key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    for (const int skew : {-300, 0, 300}) EXPECT_EQ(verified("telnyx", key, request, 1698420600 + skew), Refusal::none);
    EXPECT_EQ(verified("telnyx", key, request, 1698420600 + 301), Refusal::out_of_time);
    EXPECT_EQ(verified("telnyx", key, request, 1698420600 - 301), Refusal::out_of_time);

    Request again = post_json(request.draft.url, request.draft.body);
    const auto seed = base64_encoded(*hex_decoded("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    EXPECT_EQ(sign({find_scheme("telnyx"), seed, "", "", 1698420600}, again.draft), "");
    EXPECT_EQ(again.draft.headers[1].second, signature);
}

TEST(PublishedSignatures, OfSinch) {
    Request request =
        post_json("https://sms.example.com/",
                  R"({"at":"2025-01-13T09:22:40.914Z","batch_id":"01JHFFHQ0P99JPPNQPJDV7JTBP",)"
                  R"("client_reference":"a client reference","code":0,"operator_status_at":"2025-01-13T09:22:00Z",)"
                  R"("recipient":"33662162466","status":"Delivered","type":"recipient_delivery_report_sms"})");
    request.draft.headers.emplace_back("x-sinch-webhook-signature", "ZoHei66PPN/kZjw7hFVfGhJOnml3iGNCMWoyQVcE5o0=");
    request.draft.headers.emplace_back("x-sinch-webhook-signature-nonce", "01JHFFHWYY7HSS4FWTMDTQEK8V");
    request.draft.headers.emplace_back("x-sinch-webhook-signature-timestamp", "1736760161");
    EXPECT_EQ(verified("sinch", "SMSWebhooksSecret", request, 1736760161), Refusal::none);
    EXPECT_EQ(verified("sinch", "SMSWebhooksSecret", request, 1736760161 + 301), Refusal::out_of_time);
    request.draft.body.back() = ' ';
    EXPECT_EQ(verified("sinch", "SMSWebhooksSecret", request, 1736760161), Refusal::wrong);
}

TEST(PublishedSignatures, OfSinchsOtherApis) {
    Request conversation =
        post_json("https://sms.example.com/",
                  R"({"app_id":"","accepted_time":"2021-10-18T17:49:13.813615Z",)"
                  R"("project_id":"e2df3a34-a71b-4448-9db5-a8d2baad28e4","contact_create_notification":{"contact":)"
                  R"({"id":"01FJA8B466Y0R2GNXD78MD9SM1","channel_identities":[{"channel":"SMS",)"
                  R"("identity":"48123456789","app_id":""}],"display_name":"New Test Contact",)"
                  R"("email":"new.contact@email.com","external_id":"","metadata":"","language":"EN_US"}},)"
                  R"("message_metadata":""})");
    conversation.draft.headers.emplace_back("x-sinch-webhook-signature",
                                            "6bpJoRmFoXVjfJIVglMoJzYXxnoxRujzR4k2GOXewOE=");
    conversation.draft.headers.emplace_back("x-sinch-webhook-signature-nonce", "01FJA8B4A7BM43YGWSG9GBV067");
    conversation.draft.headers.emplace_back("x-sinch-webhook-signature-timestamp", "1634579353");
    EXPECT_EQ(verified("sinch", "foo_secret1234", conversation, 1634579353), Refusal::none);
    Request number = post_json("https://sms.example.com/",
                               R"({"eventId":"01hpa0mww4m79q8j2dwn3ggbgz","timestamp":"2024-02-10T17:22:09.412722588",)"
                               R"("projectId":"37b62a7b-0177-abcd-efgh-e10f848de123","resourceId":"+17818510001",)"
                               R"("resourceType":"ACTIVE_NUMBER","eventType":"DEPROVISIONING_FROM_VOICE_PLATFORM",)"
                               R"("status":"SUCCEEDED","failureCode":null})");
    number.draft.headers.emplace_back("X-Sinch-Signature", "b93021e0182c2772dbcdf4e8983ae8f409e78c3b");
    EXPECT_EQ(verified("sinch-numbers", "my-callback-secret", number, 0), Refusal::none);
}

TEST(PublishedSignatures, OfMessageBirdBeforeItsTokens) {
    Request request = get("https://sms.example.com/?" + form_of({{"id", "eef0ab57a9e049be946f3821568c2b2e"},
                                                                 {"reference", "FOO"},
                                                                 {"recipient", "31612345678"},
                                                                 {"status", "delivered"},
                                                                 {"statusDatetime", "2019-01-11T09:17:11+00:00"},
                                                                 {"mccmnc", "20408"},
                                                                 {"ported", "1"}}));
    request.draft.headers.emplace_back("MessageBird-Signature", "KVBdcVdz2lYMwcBLZCRITgxUfA/WkwSi+T3Wxl2HL6w=");
    request.draft.headers.emplace_back("MessageBird-Request-Timestamp", "1547198231");
    const std::string key = "PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd";
    EXPECT_EQ(verified("messagebird-hmac", key, request, 1547198231 + 99), Refusal::none);
    EXPECT_EQ(verified("messagebird-hmac", key, request, 1547198231 + 100), Refusal::out_of_time);
}

// Read from where it is: it is not ours to copy.
TEST(PublishedSignatures, OfMessageBirdsTokens) {
    const char* const folder = std::getenv("MILLRACE_SHARED_DATA");
    if (!folder) GTEST_SKIP() << "MILLRACE_SHARED_DATA, the folder that has sms/messagebird-jwt-cases.json, is not set";
    std::ifstream file(std::filesystem::path(folder) / "sms/messagebird-jwt-cases.json");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto cases = parse_json(text);
    ASSERT_TRUE(cases) << "no JSON in " << folder;
    ASSERT_EQ(JsonView(*cases).size(), 44u);
    for (std::size_t i = 0; i < 44; ++i) {
        const JsonView it = JsonView(*cases)[i];
        Request request({std::string(it["method"].text()),
                         std::string(it["url"].text()),
                         {{"MessageBird-Signature-JWT", std::string(it["token"].text())}},
                         std::string(it["payload"].text())});
        if (!request.draft.body.empty()) request.draft.headers.emplace_back("content-type", "text/plain");
        const std::int64_t now_s = *microseconds_of(it["timestamp"].text()) / 1'000'000;
        const std::string secret(it["secret"].text().empty() ? "any"
                                                             : it["secret"].text());  // Of `none` there is none.
        const Refusal refusal = verified("messagebird-jwt", secret, request, now_s);
        EXPECT_EQ(refusal == Refusal::none, it["valid"].scalar() == "true") << it["name"].text();
    }
}

TEST(PublishedSignatures, OfStandardWebhooks) {
    Request request = post_json("https://sms.example.com/", R"({"test": 2432232314})");
    request.draft.headers.emplace_back("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
    request.draft.headers.emplace_back("webhook-timestamp", "1614265330");
    request.draft.headers.emplace_back("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    EXPECT_EQ(verified("standard-webhooks", secret, request, 1614265330), Refusal::none);
    request.draft.headers.back().second = "v1a,x v1,eA== " + request.draft.headers.back().second;
    EXPECT_EQ(verified("standard-webhooks", secret.substr(6), request, 1614265330), Refusal::none);
    request.draft.headers.back().second = "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    EXPECT_EQ(verified("standard-webhooks", secret, request, 1614265330), Refusal::wrong);
}

}  // namespace
}  // namespace millrace::sms
