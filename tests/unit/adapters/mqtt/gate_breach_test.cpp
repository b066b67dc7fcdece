#include <gtest/gtest.h>

#include "adapters/mqtt/gate.hpp"
#include "tests/unit/adapters/mqtt/two_sides.hpp"

namespace millrace::mqtt {
namespace {

using namespace test;

constexpr Version k3 = Version::v3_1_1;
constexpr Version k5 = Version::v5;

TEST(GateBreach, AliasesEndHere) {
    TwoSides it(k5);
    it.accept();
    const std::string user = property(38, str("n") + str("v"));
    it.broker(publish(k5, {"long/topic", 1, 1, "1", user + property(35, u16(2)) + property(1, bytes({1}))}));
    it.broker(publish(k5, {"", 1, 2, "2", property(35, u16(2))}));
    it.broker(publish(k5, {"other", 2, 3, "3", property(35, u16(2)), true, true}));
    it.broker(publish(k5, {"", 0, 0, "", property(35, u16(2)) + user}));
    EXPECT_EQ(it.to_library, publish(k5, {"long/topic", 1, 1, "1", user + property(1, bytes({1}))}) +
                                 publish(k5, {"long/topic", 1, 2, "2"}) +
                                 publish(k5, {"other", 1, 3, "3", "", true, true}) +
                                 publish(k5, {"other", 0, 0, "", user}));
    it.accept(true, 4);
    it.broker(publish(k5, {"", 0, 0, "", property(35, u16(2))}));
    EXPECT_EQ(it.ending(), "82 the broker's PUBLISH is wrong: its topic alias stands for no topic");
}

TEST(GateBreach, WhatIsTooLarge) {
    const std::string large(1990, 'x');
    TwoSides three(k3);
    three.accept();
    const std::string message = publish(k3, {"abcdefghij", 1, 1, large});
    three.broker(message.substr(0, 100));
    three.broker(message.substr(100) + publish(k3, {"abcdefghij", 2, 2, large}) +
                 publish(k3, {"abcdefghij", 0, 0, large}) + publish(k3, {"b", 1, 3, "small"}));
    EXPECT_EQ(three.library_got(), (std::vector<std::string>{"PUBLISH b qos=1 id=3 small"}));
    EXPECT_EQ(three.to_broker, puback(1) + pubrec(2));
    EXPECT_EQ(three.gate.counts().oversized, 3u);
    EXPECT_EQ(three.passed.size(), 1u);
    EXPECT_EQ(three.passed[0].number, 0u);

    TwoSides five(k5);
    five.accept();
    five.broker(publish(k5, {"abcdefghij", 1, 1, large}));
    EXPECT_EQ(five.ending(), "95 the broker's PUBLISH is wrong: it is larger than was agreed on");
    EXPECT_EQ(five.to_broker, packet(0xE0, bytes({0x95})));
    EXPECT_EQ(five.to_library, "");
}

TEST(GateBreach, PropertiesThatAreTooLargeAreRefusedWithTheirMessage) {
    GateSettings settings = gate_settings();
    settings.changes.packet_bytes_max = 1 << 20;
    TwoSides it(k5, settings);
    it.accept();
    std::string many;
    for (int i = 0; i < 3; ++i) many += property(38, str("n") + str(std::string(60'000, 'v')));
    it.broker(publish(k5, {"a", 1, 1, "payload", many}) + publish(k5, {"a", 2, 2, "", many}) +
              publish(k5, {"a", 0, 0, "payload", many}) + publish(k5, {"b", 1, 3, "small"}));
    EXPECT_EQ(it.library_got(), (std::vector<std::string>{"PUBLISH b qos=1 id=3 small"}));
    EXPECT_EQ(it.to_broker, puback(1, 0x83) + pubrec(2, 0x83));
    EXPECT_EQ(it.gate.counts().oversized, 3u);
    EXPECT_EQ(it.ending(), "");
}

TEST(GateBreach, RefusalsOfTheBroker) {
    const struct {
        Version version;
        std::string answer;
        const char* ending;
    } cases[] = {
        {k3, connack(k3, false, 1), "01 the broker refuses the connection: code 0x01: it does not speak MQTT 3.1.1"},
        {k3, connack(k3, false, 4),
         "04 the broker refuses the connection: code 0x04: the user name or password is wrong"},
        {k3, connack(k3, false, 5), "05 the broker refuses the connection: code 0x05: not authorized"},
        {k5, connack(k5, false, 0x86),
         "86 the broker refuses the connection: code 0x86: the user name or password is wrong"},
        {k5, connack(k5, false, 0x8A, property(31, str("you\n know why"))),
         "8A the broker refuses the connection: code 0x8A: the client is banned; it says: \"you\xEF\xBF\xBD know "
         "why\""},
    };
    for (const auto& it : cases) {
        TwoSides sides(it.version);
        sides.open();
        sides.to_broker.clear();
        sides.broker(it.answer);
        EXPECT_EQ(sides.ending(), it.ending);
        EXPECT_EQ(sides.gate.ending()->cause, Gate::Ending::Cause::refused);
        EXPECT_EQ(sides.to_library, it.answer);
        EXPECT_EQ(sides.to_broker, "");
    }
}

TEST(GateBreach, TheBrokerSaysGoodbye) {
    TwoSides it(k5);
    it.accept();
    it.broker(packet(0xE0, bytes({0x8B}) + properties(property(31, str("at noon")))) + publish(k5, {"a", 0}));
    EXPECT_EQ(it.gate.ending()->cause, Gate::Ending::Cause::disconnected);
    EXPECT_EQ(it.ending(), "8B the broker disconnects: code 0x8B: the broker shuts down; it says: \"at noon\"");
    EXPECT_EQ(it.passed.size(), 0u);
}

TEST(GateBreach, BreachesOfTheProtocol) {
    const struct {
        const char* name;
        Version version;
        bool is_accepted;
        std::string stream;
        const char* ending;
    } cases[] = {
        {"a message first", k3, false, publish(k3, {"a", 0}),
         "82 the broker's PUBLISH is wrong: it comes before CONNACK"},
        {"a farewell first", k5, false, packet(0xE0, ""),
         "82 the broker's DISCONNECT is wrong: it comes before CONNACK"},
        {"two answers", k3, true, connack(k3), "82 the broker's CONNACK is wrong: it comes a second time"},
        {"authentication", k5, true, packet(0xF0, bytes({0x18}) + properties(property(21, str("m")))),
         "82 the broker's AUTH is wrong: nobody asked for it"},
        {"alias 0", k5, true, publish(k5, {"a", 0, 0, "", property(35, u16(0))}),
         "94 the broker's PUBLISH is wrong: its topic alias is out of range"},
        {"alias above what was agreed on", k5, true, publish(k5, {"a", 0, 0, "", property(35, u16(3))}),
         "94 the broker's PUBLISH is wrong: its topic alias is out of range"},
        {"alias of nothing", k5, true, publish(k5, {"", 0, 0, "", property(35, u16(1))}),
         "82 the broker's PUBLISH is wrong: its topic alias stands for no topic"},
        {"neither topic nor alias", k5, true, publish(k5, {"", 0}),
         "82 the broker's PUBLISH is wrong: it has neither a topic nor an alias of one"},
        {"what the codec finds", k3, true, bytes({0x36, 0}), "81 the broker's PUBLISH is wrong: there is no QoS 3"},
        {"too much in one packet", k3, true, bytes({0x90, 0xFF, 0xFF, 0xFF, 0x7F}),
         "95 the broker's SUBACK is wrong: it is larger than what is taken"},
    };
    for (const auto& it : cases) {
        SCOPED_TRACE(it.name);
        TwoSides sides(it.version);
        if (it.is_accepted)
            sides.accept();
        else
            sides.open();
        sides.to_broker.clear();
        sides.broker(it.stream + publish(it.version, {"after", 0}));
        EXPECT_EQ(sides.ending(), it.ending);
        EXPECT_EQ(sides.gate.ending()->cause, Gate::Ending::Cause::protocol);
        const bool hears_of_it = it.is_accepted && it.version == k5;
        EXPECT_EQ(sides.to_broker, hears_of_it ? packet(0xE0, bytes({sides.gate.ending()->code})) : "");
        EXPECT_EQ(sides.to_library, "");
        EXPECT_FALSE(sides.gate.wants_broker());
        EXPECT_FALSE(sides.gate.wants_library());
    }
}

TEST(GateBreach, ASessionThatWasNotWanted) {
    TwoSides it(k5);
    it.open({.clean = true});
    it.broker(connack(k5, true));
    EXPECT_EQ(it.ending(), "82 the broker's CONNACK is wrong: a session is present that was not wanted");
}

TEST(GateBreach, ALibraryThatIsWrong) {
    TwoSides it(k3);
    it.accept();
    it.library(test::connect(k3));
    EXPECT_EQ(it.ending(), "82 the MQTT library sends CONNECT a second time");
    TwoSides other(k3);
    other.accept();
    other.library(bytes({0x36, 0}));
    EXPECT_EQ(other.ending(), "81 the MQTT library's PUBLISH is wrong: there is no QoS 3");
    EXPECT_EQ(other.gate.ending()->cause, Gate::Ending::Cause::library);
}

}  // namespace
}  // namespace millrace::mqtt
