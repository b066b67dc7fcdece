#include "adapters/mqtt/normalise.hpp"

#include <gtest/gtest.h>

#include "millrace/v1/message.pb.h"
#include "tests/unit/adapters/mqtt/packets.hpp"

namespace millrace::mqtt {
namespace {

using namespace test;

v1::ChannelMessage normalised(Normaliser& normaliser, const Publish& publish, const Delivery& delivery) {
    std::string out;
    const std::uint32_t hops = normaliser.append_fields(out, publish, delivery);
    v1::ChannelMessage message;
    EXPECT_TRUE(message.ParseFromString(out));
    message.set_hops(hops);
    std::string again;
    normaliser.append_fields(again, publish, delivery);
    EXPECT_EQ(out, again);
    return message;
}

TEST(Normalise, AllThatMqtt5Has) {
    const std::string all = property(1, bytes({1})) + property(2, u32(60)) + property(3, str("text/plain")) +
                            property(8, str("answers/1")) + property(9, str("\x01\xFF")) + property(11, bytes({7})) +
                            property(11, bytes({0x80, 1})) + property(38, str("n") + str("v")) +
                            property(38, str("n") + str("w"));
    Normaliser normaliser;
    const Publish publish{"plant/7/t", 9, 2, true, true, Properties(all), 5};
    const v1::ChannelMessage message = normalised(normaliser, publish, {Version::v5, "plant/+/#"});
    const v1::Mqtt& body = message.mqtt();
    EXPECT_EQ(body.topic(), "plant/7/t");
    EXPECT_EQ(body.filter(), "plant/+/#");
    EXPECT_EQ(body.qos(), 2u);
    EXPECT_TRUE(body.retained());
    EXPECT_TRUE(body.duplicate());
    EXPECT_EQ(body.version(), "5");
    EXPECT_EQ(body.payload_format(), v1::Mqtt::UTF8);
    EXPECT_EQ(body.content_type(), "text/plain");
    EXPECT_EQ(body.response_topic(), "answers/1");
    EXPECT_EQ(body.correlation_data(), "\x01\xFF");
    EXPECT_EQ(body.expiry_s(), 60u);
    ASSERT_EQ(body.user_properties_size(), 2);
    EXPECT_EQ(body.user_properties(1).name(), "n");
    EXPECT_EQ(body.user_properties(1).value(), "w");
    ASSERT_EQ(body.subscription_identifiers_size(), 2);
    EXPECT_EQ(body.subscription_identifiers(1), 128u);
    EXPECT_EQ(message.hops(), 0u);
    EXPECT_EQ(message.payload_case(), v1::ChannelMessage::PAYLOAD_NOT_SET);
}

TEST(Normalise, NothingIsLeftOverFromTheMessageBefore) {
    const std::string all = property(1, bytes({0})) + property(2, u32(0)) + property(9, str("")) +
                            property(38, str(kHopsProperty) + str("3"));
    Normaliser normaliser;
    const v1::ChannelMessage first =
        normalised(normaliser, {"a", 1, 1, true, true, Properties(all), 0}, {Version::v5, "a"});
    EXPECT_EQ(first.mqtt().payload_format(), v1::Mqtt::BYTES);
    EXPECT_TRUE(first.mqtt().has_expiry_s());
    EXPECT_TRUE(first.mqtt().has_correlation_data());
    EXPECT_EQ(first.hops(), 3u);
    const v1::ChannelMessage second = normalised(normaliser, {"b"}, {Version::v3_1_1, ""});
    v1::ChannelMessage expected;
    expected.mutable_mqtt()->set_topic("b");
    expected.mutable_mqtt()->set_version("3.1.1");
    EXPECT_EQ(second.SerializeAsString(), expected.SerializeAsString());
}

TEST(Normalise, ResponseTopicsThatAreNone) {
    for (const char* topic : {"", "a/+", "#"}) {
        const std::string all = property(8, str(topic));
        Normaliser normaliser;
        EXPECT_EQ(normalised(normaliser, {"a", 0, 0, false, false, Properties(all), 0}, {Version::v5, ""})
                      .mqtt()
                      .response_topic(),
                  "");
    }
}

TEST(Normalise, Hops) {
    const struct {
        const char* text;
        std::uint32_t hops;
    } cases[] = {{"0", 0}, {"1", 1}, {"16", 16}, {"255", 255}, {"256", 0}, {"-1", 0}, {"", 0}, {"1x", 0}, {" 1", 0}};
    for (const auto& it : cases) {
        const std::string all = property(38, str(kHopsProperty) + str(it.text));
        Normaliser normaliser;
        EXPECT_EQ(normalised(normaliser, {"a", 0, 0, false, false, Properties(all), 0}, {Version::v5, ""}).hops(),
                  it.hops)
            << it.text;
    }
}

TEST(Normalise, TextIsWhatIsUtf8) {
    EXPECT_TRUE(is_text(""));
    EXPECT_TRUE(is_text("21.5"));
    EXPECT_TRUE(is_text("\xE2\x82\xAC"));
    EXPECT_FALSE(is_text("\xFF"));
    EXPECT_FALSE(is_text("\xED\xA0\x80"));
}

}  // namespace
}  // namespace millrace::mqtt
