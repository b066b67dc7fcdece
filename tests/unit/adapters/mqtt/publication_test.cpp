#include "adapters/mqtt/publication.hpp"

#include <gtest/gtest.h>

#include "millrace/v1/command.pb.h"

namespace millrace::mqtt {
namespace {

using namespace std::string_literals;

constexpr PublishSettings kSettings{.qos = 1, .retain = true, .window = 100};

std::string_view wrong_with(const millrace::Outgoing& command) {
    Publication publication;
    return to_publication(command, kSettings, publication);
}

TEST(Publication, IsWhatTheSettingsSayUnlessTheCommandDoes) {
    Publication plain;
    EXPECT_EQ(to_publication({MILLRACE_TEXT, "hot", "", "a/b", 3, 7}, kSettings, plain), "");
    EXPECT_EQ(plain.topic, "a/b");
    EXPECT_EQ(plain.payload, "hot");
    EXPECT_TRUE(plain.is_text && plain.retain);
    EXPECT_EQ(plain.qos, 1);
    EXPECT_EQ(plain.hops, 3u);
    EXPECT_EQ(plain.receipt, 7u);
    EXPECT_EQ(plain.size, 3u);
    EXPECT_FALSE(plain.correlation_data || plain.expiry_s);

    v1::Command command;
    v1::MqttPublish& body = *command.mutable_mqtt_publish();
    body.set_qos(2);
    body.set_retain(false);
    body.set_content_type("text/plain");
    body.set_response_topic("answers");
    body.set_correlation_data("");
    body.set_expiry_s(60);
    body.add_user_properties()->set_name("n");
    const std::string bytes = command.SerializeAsString();
    Publication full;
    EXPECT_EQ(to_publication({MILLRACE_DATA, "\xFF", bytes, "a", 1, 0}, kSettings, full), "");
    EXPECT_EQ(full.qos, 2);
    EXPECT_FALSE(full.retain || full.is_text);
    EXPECT_EQ(full.content_type, "text/plain");
    EXPECT_EQ(full.response_topic, "answers");
    EXPECT_EQ(full.correlation_data, "");
    EXPECT_EQ(full.expiry_s, 60u);
    EXPECT_EQ(full.user_properties.size(), 1u);
    EXPECT_EQ(full.size, 1 + bytes.size());
}

TEST(Publication, AReplyGoesToTheResponseTopicWithItsCorrelationData) {
    Publication publication;
    const std::string with = reply_to("answers/1", "x\0y"s);
    EXPECT_EQ(to_publication({MILLRACE_TEXT, "", "", with, 1, 0}, kSettings, publication), "");
    EXPECT_EQ(publication.topic, "answers/1");
    EXPECT_EQ(publication.correlation_data, "x\0y"s);
    const std::string without = reply_to("answers/1", std::nullopt);
    Publication plain;
    EXPECT_EQ(to_publication({MILLRACE_TEXT, "", "", without, 1, 0}, kSettings, plain), "");
    EXPECT_FALSE(plain.correlation_data);
    Publication empty;
    EXPECT_EQ(to_publication({MILLRACE_TEXT, "", "", reply_to("a", ""), 1, 0}, kSettings, empty), "");
    EXPECT_EQ(empty.correlation_data, "");
}

TEST(Publication, WhatIsNotPublished) {
    EXPECT_EQ(wrong_with({MILLRACE_TEXT, "", "", "", 0, 0}),
              "a topic's own peer cannot be answered, but for what asks for it");
    for (const char* topic : {"a/+", "#", "\xFF"})
        EXPECT_EQ(wrong_with({MILLRACE_TEXT, "", "", topic, 0, 0}), "its address is no topic to publish to");
    EXPECT_EQ(wrong_with({MILLRACE_TEXT, "", "", std::string(65'536, 'a'), 0, 0}),
              "its topic, or a text of its properties, is longer than 65,535 bytes");
    EXPECT_EQ(wrong_with({MILLRACE_TEXT, "", "\xFF", "a", 0, 0}), "its body is no Command");
    v1::Command command;
    command.mutable_mqtt_publish()->set_qos(3);
    EXPECT_EQ(wrong_with({MILLRACE_TEXT, "", command.SerializeAsString(), "a", 0, 0}), "there is no such QoS");
    command.mutable_mqtt_publish()->set_qos(0);
    command.mutable_mqtt_publish()->set_response_topic("a/#");
    EXPECT_EQ(wrong_with({MILLRACE_TEXT, "", command.SerializeAsString(), "a", 0, 0}),
              "its response topic is none to publish to");
    const auto wrong = [](auto change) {
        v1::Command changed;
        change(*changed.mutable_mqtt_publish());
        return wrong_with({MILLRACE_TEXT, "", changed.SerializeAsString(), "a", 0, 0});
    };
    const std::string long_text(65'536, 'x');
    EXPECT_EQ(wrong([](auto& it) { it.set_content_type("a\0b"s); }), "a text of it is not UTF-8, or has U+0000 in it");
    EXPECT_EQ(wrong([&](auto& it) { it.add_user_properties()->set_value(long_text); }),
              "its topic, or a text of its properties, is longer than 65,535 bytes");
    EXPECT_EQ(wrong([&](auto& it) { it.set_correlation_data(long_text); }),
              "its correlation data are longer than 65,535 bytes");
    EXPECT_EQ(wrong([&](auto& it) {
                  for (int i = 0; i < 3; ++i) it.add_user_properties()->set_value(long_text.substr(1));
              }),
              "its topic and its properties are longer than 128 KiB");
}

}  // namespace
}  // namespace millrace::mqtt
