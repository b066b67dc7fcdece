#include "adapters/chat/slack/codec.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace millrace::chat::slack {
namespace {

using Kind = Delivery::Kind;

constexpr const char* kJson = "application/json";
constexpr const char* kForm = "application/x-www-form-urlencoded";

std::optional<Kind> kind_of(std::string_view type, std::string_view body) {
    const auto delivery = decode_request(type, body);
    return delivery ? std::optional(delivery->kind) : std::nullopt;
}

TEST(SlackCodec, Requests) {
    EXPECT_EQ(kind_of(kJson, R"({"type":"event_callback"})"), Kind::event);
    EXPECT_EQ(kind_of("Application/JSON; charset=utf-8", R"({"type":"url_verification","challenge":"x"})"),
              Kind::challenge);
    EXPECT_EQ(kind_of(kJson, R"({"type":"app_rate_limited"})"), Kind::limited);
    EXPECT_EQ(kind_of(kJson, R"({"type":"something_new"})"), Kind::other);
    EXPECT_EQ(kind_of(kJson, "{}"), Kind::other);
    EXPECT_EQ(kind_of(kForm, "command=%2Fdeploy&text=now"), Kind::command);
    EXPECT_EQ(kind_of(kForm, "payload=%7B%22type%22%3A%22block_actions%22%7D"), Kind::interaction);
}

TEST(SlackCodec, WhatIsNoRequest) {
    struct Row {
        const char* type;
        std::string body;
    };
    const Row rows[] = {
        {kJson, ""},
        {kJson, "null"},
        {kJson, "[]"},
        {kJson, "\"x\""},
        {kJson, "{\"type\":\"event_callback\""},
        {kJson, "{\"a\":\"\xff\"}"},
        {kJson, "{} {}"},
        {kJson, std::string(40, '[') + std::string(40, ']')},
        {kForm, ""},
        {kForm, "text=no+command"},
        {kForm, "payload=[]"},
        {kForm, "payload="},
        {kForm, "payload={"},
        {kForm, "command=%2Fx&text=%FF"},
        {"text/plain", R"({"type":"event_callback"})"},
        {"", R"({"type":"event_callback"})"},
    };
    for (const Row& row : rows) EXPECT_FALSE(decode_request(row.type, row.body)) << row.type << " " << row.body;
}

TEST(SlackCodec, AFormOfAHundredFieldsIsRead) {
    std::string body = "command=%2Fx";
    for (int i = 1; i < 100; ++i) body += "&f" + std::to_string(i) + "=1";
    EXPECT_TRUE(decode_request(kForm, body));
    EXPECT_FALSE(decode_request(kForm, body + "&one=more"));
}

TEST(SlackCodec, ALongTextIsRead) {
    const std::string text(40'000, ',');
    EXPECT_TRUE(decode_request(kJson, R"({"type":"event_callback","event":{"text":")" + text + R"("}})"));
}

TEST(SlackCodec, SslCheck) {
    EXPECT_TRUE(is_ssl_check(kForm, "ssl_check=1&token=x"));
    EXPECT_FALSE(is_ssl_check(kForm, "ssl_check=0"));
    EXPECT_FALSE(is_ssl_check(kForm, "command=%2Fx"));
    EXPECT_FALSE(is_ssl_check(kJson, "ssl_check=1"));
}

TEST(SlackCodec, Frames) {
    EXPECT_EQ(decode_frame(R"({"type":"hello","num_connections":1})")->kind, Frame::Kind::hello);
    const auto disconnect = decode_frame(R"({"type":"disconnect","reason":"warning"})");
    EXPECT_EQ(disconnect->kind, Frame::Kind::disconnect);
    EXPECT_EQ(disconnect->reason, "warning");

    const auto event = decode_frame(
        R"({"envelope_id":"e1","type":"events_api","retry_attempt":2,"payload":{"type":"event_callback"}})");
    EXPECT_EQ(event->kind, Frame::Kind::delivery);
    EXPECT_EQ(event->envelope_id, "e1");
    EXPECT_EQ(event->attempt, 2);
    EXPECT_EQ(event->delivery.kind, Kind::event);
    EXPECT_TRUE(event->delivery.body.is_object());
    EXPECT_EQ(decode_frame(R"({"envelope_id":"e","type":"slash_commands"})")->delivery.kind, Kind::command);
    EXPECT_EQ(decode_frame(R"({"envelope_id":"e","type":"interactive"})")->delivery.kind, Kind::interaction);
    EXPECT_EQ(decode_frame(R"({"envelope_id":"e","type":"new"})")->delivery.kind, Kind::other);
}

TEST(SlackCodec, FramesOfTheWrongShape) {
    for (const char* text : {"", "[]", "hello", "{\"type\":\"hello\"", "1"}) EXPECT_FALSE(decode_frame(text)) << text;
    for (const char* text :
         {"{}", R"({"type":1})", R"({"envelope_id":7,"type":"events_api"})", R"({"type":"events_api"})"})
        EXPECT_EQ(decode_frame(text)->kind, Frame::Kind::other) << text;
    EXPECT_EQ(decode_frame(R"({"envelope_id":"e","type":"events_api","retry_attempt":"x"})")->attempt, 0);
    EXPECT_EQ(decode_frame(R"({"envelope_id":"e","type":"events_api","retry_attempt":-4})")->attempt, 0);
    EXPECT_EQ(decode_frame(R"({"envelope_id":"e","type":"events_api","retry_attempt":4000000000})")->attempt, 99);
}

TEST(SlackCodec, Acknowledgement) { EXPECT_EQ(acknowledgement("a\"b"), R"({"envelope_id":"a\"b"})"); }

}  // namespace
}  // namespace millrace::chat::slack
