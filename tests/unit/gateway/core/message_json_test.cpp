#include "gateway/core/message_json.hpp"

#include <gtest/gtest.h>

#include "gateway/core/bytes.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace {
namespace {

std::string json_of(const std::string& scope, const std::string& event, const std::string& payload) {
    millrace_event pieces{};
    pieces.scope = to_bytes(scope), pieces.event = to_bytes(event), pieces.payload = to_bytes(payload);
    const Result<std::string> json = message_to_json(pieces);
    return json ? json.value() : "error: " + json.error().text;
}

std::string scope_fields() {
    v1::ChannelMessage message;
    message.set_adapter("web");
    message.set_scope("s-1");
    (*message.mutable_attributes())["path"] = "/echo";
    message.mutable_websocket()->set_http_version("1.1");
    return message.SerializeAsString();
}

std::string event_fields() {
    v1::ChannelMessage message;
    message.set_kind(v1::ChannelMessage::MESSAGE);
    message.set_order(3);
    return message.SerializeAsString();
}

// The event's piece ends with tag and length of the payload.
TEST(MessageJson, JoinsThePieces) {
    EXPECT_EQ(json_of(scope_fields(), event_fields() + "\x72\x03", "a\"b"),
              R"({"kind":"MESSAGE","adapter":"web","scope":"s-1","order":"3","attributes":{"path":"/echo"},)"
              R"("text":"a\"b","websocket":{"http_version":"1.1"}})");
    EXPECT_EQ(json_of("", event_fields() + "\x7a\x02", std::string("\0\xff", 2)),
              R"({"kind":"MESSAGE","order":"3","data":"AP8="})");
    EXPECT_EQ(json_of("", event_fields() + std::string("\x72\x00", 2), ""),
              R"({"kind":"MESSAGE","order":"3","text":""})");
}

TEST(MessageJson, RefusesWhatIsNoMessage) {
    const std::string expected = "error: the event is not a millrace.v1.ChannelMessage";
    EXPECT_EQ(json_of("", event_fields() + "\x72\x03", "ab"), expected);    // shorter than it says
    EXPECT_EQ(json_of("", event_fields() + "\x72\x01", "\xff"), expected);  // not UTF-8
    EXPECT_EQ(json_of("\x07", "", ""), expected);                           // no such wire type
}

}  // namespace
}  // namespace millrace
