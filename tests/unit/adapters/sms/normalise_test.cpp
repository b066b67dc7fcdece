#include "adapters/sms/normalise.hpp"

#include <gtest/gtest.h>

#include "millrace/v1/message.pb.h"
#include "tests/unit/adapters/sms/normalised.hpp"

namespace millrace::sms {
namespace {

using namespace test;

constexpr const char* kUrl = "https://sms.example.com/in";

TEST(Normalise, ThatCannotBeRead) {
    const struct {
        const char* provider;
        Request request;
    } cases[] = {
        {"twilio", get(kUrl)},
        {"twilio", post_form(kUrl, {{"MessageSid", ""}, {"From", "1"}, {"To", "2"}})},
        {"twilio", post_form(kUrl, {{"MessageSid", "1"}, {"From", "1"}})},
        {"twilio", post_form(kUrl, {{"MessageSid", "1"}, {"To", "1"}, {"SmsStatus", "received"}})},
        {"vonage-sms", post_form(kUrl, {{"messageId", "1"}, {"to", "1"}})},
        {"vonage-sms", post_form(kUrl, {{"msisdn", "1"}, {"to", "1"}})},
        {"vonage-sms",
         post_form(kUrl, {{"messageId", "1"}, {"msisdn", "1"}, {"to", "1"}, {"type", "binary"}, {"data", "4"}})},
        {"vonage-sms", post_form(kUrl, {{"messageId", "1"},
                                        {"msisdn", "1"},
                                        {"to", "1"},
                                        {"concat", "true"},
                                        {"concat-part", "3"},
                                        {"concat-total", "2"}})},
        {"vonage-sms", post_form(kUrl, {{"messageId", "1"},
                                        {"msisdn", "1"},
                                        {"to", "1"},
                                        {"concat", "true"},
                                        {"concat-part", "0"},
                                        {"concat-total", "2"}})},
        {"vonage-messages", post_json(kUrl, "{}")},
        {"vonage-messages", post_json(kUrl, "[]")},
        {"vonage-messages", post_json(kUrl, R"({"message_uuid":5})")},
        {"vonage-messages", post_form(kUrl, {{"message_uuid", "u"}})},
        {"plivo", post_form(kUrl, {{"From", "1"}, {"To", "2"}})},
        {"plivo", post_form(kUrl, {{"MessageUUID", "1"}, {"To", "2"}})},
        {"messagebird", get(std::string(kUrl) + "?id=1&status=sent")},
        {"messagebird", get(std::string(kUrl) + "?id=1&recipient=2")},
        {"telnyx", post_json(kUrl, "{")},
        {"telnyx", post_json(kUrl, R"({"data":{"event_type":"message.received","payload":{}}})")},
        {"telnyx",
         post_json(kUrl, R"({"data":{"event_type":"message.received","id":"e","payload":{"from":"x","to":[]}}})")},
        {"telnyx",
         post_json(kUrl, R"({"data":{"event_type":"message.received","id":"e","payload":{"from":{},"to":{}}}})")},
        {"sinch", post_json(kUrl, "{}")},
        {"sinch", post_json(kUrl, R"({"type":"mo_text","id":"s","from":"1"})")},
        {"sinch", post_json(kUrl, R"({"type":"mo_binary","id":"s","from":"1","to":"2","body":"*","udh":""})")},
        {"sinch", post_json(kUrl, R"({"type":"recipient_delivery_report_sms","status":"x"})")},
        {"sinch", post_json(kUrl, R"({"type":"delivery_report_sms","batch_id":"b","statuses":[]})")},
        {"bandwidth", post_json(kUrl, "[]")},
        {"bandwidth", post_json(kUrl, "{}")},
        {"bandwidth", post_json(kUrl, R"([{"type":"message-received","message":{"id":"1"}},{}])")},
        {"kannel", get(std::string(kUrl) + "?from=1&to=2&text=x")},
        {"kannel", get(std::string(kUrl) + "?id=1&to=2&text=x")},
        {"kannel", get(std::string(kUrl) + "?from=1&to=2&report=1&reference=*")},
        {"kannel", get(std::string(kUrl) + "?from=1&to=2&report=1")},
        {"generic", post_json(kUrl, R"({"type":"message.received","data":{"id":"1","from":"2"}})")},
        {"generic", post_json(kUrl, R"({"type":"message.status","data":{"id":"1"}})")},
        {"generic", post_json(kUrl, R"({"data":{"id":"1"}})")},
    };
    for (const auto& it : cases) EXPECT_TRUE(normalised(it.provider, it.request, Reading::unreadable).empty());
    normalised("twilio", post_form(kUrl, {{"CallSid", "CA1"}}), Reading::other_kind);
    normalised("plivo", post_form(kUrl, {{"CallUUID", "c"}}), Reading::other_kind);
}

TEST(Normalise, RawBytesHaveALimit) {
    const std::string large(kRawBytesMax, 'x');
    const Event event =
        one("twilio", post_form(kUrl, {{"MessageSid", "1"}, {"From", "1"}, {"To", "2"}, {"Body", large}}));
    EXPECT_EQ(sent(event).raw_body(), "");
    EXPECT_EQ(sent(event).raw_params_size(), 0);
    EXPECT_EQ(event.text, large);
}

TEST(Normalise, TextIsAlwaysUtf8) {
    Request request = post_form(kUrl, {{"MessageSid", "\xFF"}, {"From", "1\xC3"}, {"To", "2"}, {"Body", "a\xFF z"}});
    const Event event = one("twilio", request);
    EXPECT_EQ(event.text, "a\xEF\xBF\xBD z");
    EXPECT_EQ(event.body.inbound().from().raw(), "1\xEF\xBF\xBD");
    std::string out;
    append_fields(out, event, "2/1");
    v1::ChannelMessage message;
    EXPECT_TRUE(message.ParseFromString(out));
    EXPECT_EQ(message.sms().raw_params(3).value(), "a\xFF z");
}

TEST(Normalise, FieldsOfAMessage) {
    std::string out;
    append_fields(out, one("plivo", post_form(kUrl, {{"MessageUUID", "1"}, {"From", "1"}, {"To", "2"}, {"Text", "x"}})),
                  "2/1");
    v1::ChannelMessage message;
    ASSERT_TRUE(message.ParseFromString(out));
    EXPECT_EQ(message.sms().provider(), "plivo");
    EXPECT_EQ(message.reply_to(), "2/1");
}

TEST(Normalise, Scopes) {
    EXPECT_EQ(scope_of("+15550100", "+15550123"), "+15550100/+15550123");
    EXPECT_EQ(scope_of("", "a"), "/a");
    EXPECT_EQ(scope_of("a/b", "c%"), "a%2Fb/c%25");

    using Parties = std::pair<std::string, std::string>;
    EXPECT_EQ(parties_of("+15550100/+15550123"), Parties("+15550100", "+15550123"));
    EXPECT_EQ(parties_of("a%2Fb/c%25"), Parties("a/b", "c%"));
    EXPECT_EQ(parties_of("/a"), Parties("", "a"));
    EXPECT_EQ(parties_of("+15550123"), Parties("", "+15550123"));
    EXPECT_EQ(parties_of("%2f%/%2"), Parties("%2f%", "%2"));
}

}  // namespace
}  // namespace millrace::sms
