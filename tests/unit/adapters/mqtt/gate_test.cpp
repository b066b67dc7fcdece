#include "adapters/mqtt/gate.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/mqtt/two_sides.hpp"

namespace millrace::mqtt {
namespace {

using namespace test;

constexpr Version k3 = Version::v3_1_1;
constexpr Version k5 = Version::v5;

class GateOf : public testing::TestWithParam<Version> {};
INSTANTIATE_TEST_SUITE_P(Versions, GateOf, testing::Values(k3, k5));

TEST(Gate, AdmitsTheLibraryAlone) {
    const Gate gate(gate_settings());
    const auto admits = [&](std::optional<std::string_view> password) {
        Connect connect;
        connect.password = password;
        return gate.admits(connect);
    };
    EXPECT_TRUE(admits("nonce"));
    EXPECT_FALSE(admits("noncf"));
    EXPECT_FALSE(admits("nonc"));
    EXPECT_FALSE(admits("nonce0"));
    EXPECT_FALSE(admits(""));
    EXPECT_FALSE(admits(std::nullopt));
}

TEST(Gate, TheBrokerSeesNoNonce) {
    TwoSides it(k3);
    it.open();
    EXPECT_EQ(it.to_broker, packet(0x10, str("MQTT") + bytes({4, 0x80}) + u16(60) + str("gw") + str("user")));
    TwoSides five(k5);
    five.open({.properties = property(17, u32(3600))});
    EXPECT_EQ(five.to_broker, packet(0x10, str("MQTT") + bytes({5, 0x80}) + u16(60) +
                                               properties(property(33, u16(20)) + property(39, u32(2000)) +
                                                          property(34, u16(2)) + property(17, u32(3600))) +
                                               str("gw") + str("user")));
}

TEST_P(GateOf, AcknowledgesWhatIsSettledAndNothingElse) {
    TwoSides it(GetParam());
    it.open();
    it.broker(connack(GetParam()));
    EXPECT_EQ(it.library_got(), (std::vector<std::string>{"CONNACK present=0 code=00"}));
    it.to_broker.clear();
    it.to_library.clear();
    const std::string messages = publish(GetParam(), {"a", 0, 0, "0"}) + publish(GetParam(), {"b", 1, 9, "1"}) +
                                 publish(GetParam(), {"c", 2, 8, "2"});
    it.broker(messages);
    EXPECT_EQ(it.library_got(),
              (std::vector<std::string>{"PUBLISH a qos=0 id=0 0", "PUBLISH b qos=1 id=9 1", "PUBLISH c qos=1 id=8 2"}));
    ASSERT_EQ(it.passed.size(), 3u);
    EXPECT_EQ(it.passed[2].number, 2u);
    EXPECT_EQ(it.passed[2].publish.qos, 2);
    EXPECT_EQ(it.passed[2].publish.packet_id, 8);
    it.library(puback(9) + puback(8) + pubrec(8) + pubcomp(8));
    EXPECT_EQ(it.to_broker, "");
    it.settle(2);
    EXPECT_EQ(it.to_broker, "");
    it.settle(1);
    EXPECT_EQ(it.to_broker, puback(9) + pubrec(8));
    it.to_broker.clear();
    it.broker(pubrel(8) + pubrel(8));
    EXPECT_EQ(it.to_broker, GetParam() == k5 ? pubcomp(8) + pubcomp(8, 0x92) : pubcomp(8) + pubcomp(8));
    EXPECT_EQ(it.gate.unsettled(), 3u);  // Up to the message of QoS 0.
    it.settle(0);
    EXPECT_EQ(it.gate.unsettled(), 0u);
    EXPECT_EQ(it.gate.counts().acknowledged, 2u);
    EXPECT_EQ(it.gate.counts().passed, 3u);
}

TEST(Gate, ManySettlementsAreOneWrite) {
    TwoSides it(k3);
    it.accept();
    for (unsigned id = 1; id <= 3; ++id) it.broker(publish(k3, {"a", 1, id}));
    const Gate::Settled all[] = {{2}, {0}, {1}, {1}, {77}};
    it.gate.settle(all, 0);
    std::string bytes;
    it.gate.take_for_broker(bytes);
    EXPECT_EQ(bytes, puback(1) + puback(2) + puback(3));
    EXPECT_EQ(it.gate.counts().stale, 2u);
}

TEST(Gate, ARefusalHasAReasonIn5Alone) {
    TwoSides five(k5);
    five.accept();
    five.broker(publish(k5, {"a", 1, 1}) + publish(k5, {"a", 2, 2}));
    five.settle(0, Reason::not_authorized);
    five.settle(1, Reason::implementation_specific_error);
    EXPECT_EQ(five.to_broker, puback(1, 0x87) + pubrec(2, 0x83));
    five.to_broker.clear();
    five.broker(publish(k5, {"a", 2, 2}));  // The identifier is free again.
    EXPECT_EQ(five.passed.back().number, 2u);

    TwoSides three(k3);
    three.accept();
    three.broker(publish(k3, {"a", 1, 1}) + publish(k3, {"a", 2, 2}));
    three.settle(0, Reason::not_authorized);
    three.settle(1, Reason::not_authorized);
    EXPECT_EQ(three.to_broker, puback(1) + pubrec(2));
    three.to_broker.clear();
    three.broker(publish(k3, {"a", 2, 2, "x", "", false, true}) + pubrel(2));
    EXPECT_EQ(three.passed.size(), 2u);
    EXPECT_EQ(three.to_broker, pubrec(2) + pubcomp(2));
}

TEST_P(GateOf, WhatTheLibraryDoesItselfPasses) {
    TwoSides it(GetParam());
    it.accept();
    const std::string out = packet(0x82, u16(1) + (GetParam() == k5 ? bytes({0}) : "") + str("a/#") + bytes({1})) +
                            publish(GetParam(), {"o", 1, 5, "out"}) + publish(GetParam(), {"o", 2, 6, "out"}) +
                            pubrel(6) + packet(0xA2, u16(2) + (GetParam() == k5 ? bytes({0}) : "") + str("a/#"));
    it.library(out);
    EXPECT_EQ(it.to_broker, out);
    const std::string in = GetParam() == k5
                               ? packet(0x90, u16(1) + bytes({0, 1})) + packet(0xB0, u16(2) + bytes({0, 0}))
                               : packet(0x90, u16(1) + bytes({1})) + packet(0xB0, u16(2));
    it.broker(in + puback(5) + pubrec(6) + pubcomp(6));
    EXPECT_EQ(it.to_library, in + puback(5) + pubrec(6) + pubcomp(6));
    it.to_broker.clear();
    it.library(packet(0xE0, ""));
    EXPECT_EQ(it.to_broker, packet(0xE0, ""));
    EXPECT_EQ(it.ending(), "00 the MQTT library disconnects");
    EXPECT_FALSE(it.gate.wants_broker());
}

TEST(Gate, WhatIsSettledGoesOutBeforeTheFarewell) {
    TwoSides it(k3);
    it.accept();
    it.broker(publish(k3, {"a", 1, 1}));
    it.library(publish(k3, {"o", 0, 0, "12345"}).substr(0, 6));
    it.settle(0);
    it.to_broker.clear();
    it.library("2345" + packet(0xE0, ""));
    EXPECT_EQ(it.to_broker, "2345" + puback(1) + packet(0xE0, ""));
}

TEST_P(GateOf, PingsOfTheLibraryAreAnsweredHere) {
    TwoSides it(GetParam());
    it.accept();
    it.library(pingreq());
    EXPECT_EQ(it.to_library, pingresp());
    EXPECT_EQ(it.to_broker, "");
    it.to_library.clear();
    const std::string message = publish(GetParam(), {"a", 1, 1, "12345"});
    it.broker(message.substr(0, message.size() - 2));
    it.library(pingreq());
    EXPECT_EQ(it.to_library, message.substr(0, message.size() - 2));  // Not within a packet.
    it.broker(message.substr(message.size() - 2));
    EXPECT_EQ(it.to_library, message + pingresp());
}

TEST_P(GateOf, ANudgeIsAnAnswerToNoPing) {
    TwoSides it(GetParam());
    it.open();
    it.nudge_library();
    EXPECT_EQ(it.to_library, "");  // It waits for CONNACK.
    it.accept();
    it.nudge_library();
    EXPECT_EQ(it.to_library, pingresp());
    EXPECT_EQ(it.to_broker, "");
}

TEST_P(GateOf, ASideThatWritesInPiecesIsNotInterrupted) {
    TwoSides it(GetParam());
    it.accept();
    it.broker(publish(GetParam(), {"a", 1, 1}));
    const std::string out = publish(GetParam(), {"o", 0, 0, "1234567890"});
    it.library(out.substr(0, out.size() - 3));
    it.settle(0);
    EXPECT_EQ(it.to_broker, out.substr(0, out.size() - 3));
    it.library(out.substr(out.size() - 3));
    EXPECT_EQ(it.to_broker, out + puback(1));
}

TEST(Gate, PingsTheBrokerAndNoticesSilence) {
    TwoSides it(k3);
    it.accept();
    EXPECT_EQ(it.gate.next_due_ms(), 30'000);
    it.now_ms = 30'000;
    it.tick();
    EXPECT_EQ(it.to_broker, pingreq());
    it.now_ms = 31'000;
    it.broker(pingresp());
    EXPECT_EQ(it.to_library, "");
    EXPECT_EQ(it.gate.next_due_ms(), 60'000);
    it.now_ms = 60'000;
    it.tick();
    it.now_ms = 119'999;
    it.tick();
    EXPECT_EQ(it.ending(), "");
    it.now_ms = 120'000;
    it.tick();
    EXPECT_EQ(it.ending(), "00 the broker did not answer a ping in time");
    EXPECT_EQ(it.gate.next_due_ms(), KeepAlive::kNever);
}

TEST(Gate, ServerKeepAliveRules) {
    TwoSides it(k5);
    it.open({.keep_alive_s = 60});
    it.broker(connack(k5, false, 0, property(19, u16(10))));
    EXPECT_EQ(it.gate.next_due_ms(), 5000);
    TwoSides none(k5);
    none.open({.keep_alive_s = 60});
    none.broker(connack(k5, false, 0, property(19, u16(0))));
    EXPECT_EQ(none.gate.next_due_ms(), KeepAlive::kNever);
    TwoSides own(k5);
    own.open({.keep_alive_s = 0});
    own.broker(connack(k5));
    EXPECT_EQ(own.gate.next_due_ms(), KeepAlive::kNever);
}

TEST(Gate, AnswersThatDoNotCome) {
    TwoSides it(k5);
    it.now_ms = 500;
    it.open();
    EXPECT_EQ(it.gate.next_due_ms(), 1500);
    it.now_ms = 1500;
    it.tick();
    EXPECT_EQ(it.ending(), "00 the broker did not answer CONNECT in time");
}

TEST_P(GateOf, AnotherLinkOfTheSameSession) {
    const Version version = GetParam();
    TwoSides it(version);
    it.accept();
    it.broker(publish(version, {"a", 1, 1, "1"}) + publish(version, {"a", 2, 2, "2"}) +
              publish(version, {"a", 2, 3, "3"}) + publish(version, {"a", 2, 4, "4"}));
    it.gate.close();
    it.settle(1);
    EXPECT_EQ(it.to_broker, "");
    it.accept(true, 3);  // The library has seen all but the last.
    EXPECT_TRUE(it.gate.session_present());
    EXPECT_EQ(it.gate.first_number(), 4u);
    it.passed.clear();
    for (unsigned id = 1; id <= 4; ++id)
        it.broker(publish(version, {"a", id == 1 ? 1 : 2, id, std::to_string(id), "", false, true}));
    EXPECT_EQ(it.library_got(), (std::vector<std::string>{"PUBLISH a qos=1 id=1 dup 1", "PUBLISH a qos=1 id=4 dup 4"}));
    ASSERT_EQ(it.passed.size(), 2u);
    EXPECT_TRUE(it.passed[0].publish.is_duplicate);
    EXPECT_EQ(it.passed[0].number, 4u);
    EXPECT_EQ(it.passed[1].number, 5u);
    it.settle(5);
    it.settle(4);
    EXPECT_EQ(it.to_broker, puback(1) + pubrec(2));
    it.to_broker.clear();
    it.settle(2);
    EXPECT_EQ(it.to_broker, pubrec(3) + pubrec(4));
    it.settle(0);
    EXPECT_EQ(it.gate.counts().stale, 1u);
}

TEST_P(GateOf, AnotherLinkOfANewSession) {
    TwoSides it(GetParam());
    it.accept();
    it.broker(publish(GetParam(), {"a", 2, 2}));
    it.accept(false, 1);
    EXPECT_FALSE(it.gate.session_present());
    it.broker(publish(GetParam(), {"a", 2, 2}));
    EXPECT_EQ(it.passed.size(), 2u);
    it.settle(0);
    EXPECT_EQ(it.to_broker, "");
    it.settle(1);
    EXPECT_EQ(it.to_broker, pubrec(2));
}

}  // namespace
}  // namespace millrace::mqtt
