#include <gtest/gtest.h>

#include "adapters/mqtt/gate.hpp"
#include "tests/unit/adapters/mqtt/two_sides.hpp"

namespace millrace::mqtt {
namespace {

using namespace test;

constexpr Version k3 = Version::v3_1_1;
constexpr Version k5 = Version::v5;

class GateRoomOf : public testing::TestWithParam<Version> {};
INSTANTIATE_TEST_SUITE_P(Versions, GateRoomOf, testing::Values(k3, k5));

TEST_P(GateRoomOf, LeavesTheStreamAloneWhereThereIsNoRoom) {
    TwoSides it(GetParam(), gate_settings(4));
    it.accept();
    std::string flood;
    for (unsigned id = 1; id <= 100; ++id) flood += publish(GetParam(), {"a", 1, id});
    const std::size_t each = publish(GetParam(), {"a", 1, 1}).size();
    it.broker(pubrel(50) + flood);
    EXPECT_TRUE(it.gate.is_paused());
    EXPECT_FALSE(it.gate.wants_broker());
    EXPECT_EQ(it.passed.size(), 4u);
    EXPECT_EQ(it.left_of_broker(), 96 * each);
    it.settle(0);
    EXPECT_FALSE(it.gate.wants_broker());
    it.settle(1);
    EXPECT_TRUE(it.gate.wants_broker());
    it.broker("");
    EXPECT_EQ(it.passed.size(), 6u);
    EXPECT_TRUE(it.gate.is_paused());
    EXPECT_EQ(it.gate.counts().pauses, 2u);
    for (std::uint64_t number = 2; number < 100; ++number) {
        it.settle(number);
        if (it.gate.wants_broker()) it.broker("");
        EXPECT_LE(it.gate.unsettled(), 4u);
    }
    EXPECT_EQ(it.left_of_broker(), 0u);
    EXPECT_EQ(it.gate.counts().acknowledged, 100u);
}

TEST_P(GateRoomOf, WhatIsNoMessagePassesWhileThereIsNoRoom) {
    TwoSides it(GetParam(), gate_settings(1));
    it.accept();
    it.broker(publish(GetParam(), {"a", 1, 1}) + puback(7));
    EXPECT_TRUE(it.to_library.ends_with(puback(7)));
    EXPECT_FALSE(it.gate.is_paused());
    it.broker(publish(GetParam(), {"a", 1, 2}) + puback(8));
    EXPECT_TRUE(it.gate.is_paused());
    EXPECT_TRUE(it.to_library.ends_with(puback(7)));
}

TEST(GateRoom, BytesFillItToo) {
    TwoSides it(k3, gate_settings(1000, 3000));
    it.accept();
    const std::string large(1500, 'x');
    it.broker(publish(k3, {"a", 0, 0, large}) + publish(k3, {"a", 0, 0, large}) + publish(k3, {"a", 0, 0, large}));
    EXPECT_EQ(it.passed.size(), 2u);
    EXPECT_TRUE(it.gate.is_paused());
    it.settle(0);
    EXPECT_TRUE(it.gate.is_paused());
    it.settle(1);
    EXPECT_FALSE(it.gate.is_paused());
}

TEST(GateRoom, ATopicThatAnAliasStandsForFillsItToo) {
    TwoSides it(k5, gate_settings(1000, 3000));
    it.accept();
    const std::string alias = property(35, u16(1));
    it.broker(publish(k5, {std::string(1400, 't'), 0, 0, "", alias}));
    for (int i = 0; i < 3; ++i) it.broker(publish(k5, {"", 0, 0, "", alias}));
    EXPECT_EQ(it.passed.size(), 3u);
    EXPECT_TRUE(it.gate.is_paused());
}

TEST(GateRoom, AStalledConsumerCostsNoSession) {
    TwoSides it(k3, gate_settings(1));
    it.accept();
    it.broker(publish(k3, {"a", 1, 1}) + publish(k3, {"a", 1, 2}));
    ASSERT_TRUE(it.gate.is_paused());
    for (int i = 1; i <= 100; ++i) {
        it.now_ms = it.gate.next_due_ms();
        EXPECT_EQ(it.now_ms, i * 30'000);
        it.tick();
    }
    EXPECT_EQ(it.ending(), "");
    EXPECT_EQ(it.gate.counts().pings, 100u);
    it.settle(0);
    it.broker("");
    EXPECT_EQ(it.passed.size(), 2u);
    it.now_ms += 59'999;
    it.tick();
    EXPECT_EQ(it.ending(), "");
}

// PUBRELs that are answered while the broker does not read what it is answered.
TEST(GateRoom, TheBacklogIsBounded) {
    TwoSides it(k5);
    it.accept();
    std::string flood;
    for (int i = 0; i < 100'000; ++i) flood += pubrel(9);
    Input input{flood.data(), flood.data() + flood.size()};
    it.gate.from_broker(input, 0);
    EXPECT_GT(input.size(), 0u);
    EXPECT_FALSE(it.gate.wants_broker());
    std::string bytes;
    it.gate.take_for_broker(bytes);
    EXPECT_LE(bytes.size(), (64u << 10) + 5);
    EXPECT_TRUE(it.gate.wants_broker());

    std::string publishes;
    for (int i = 0; i < 100'000; ++i) publishes += publish(k5, {"o", 0});
    Input from_library{publishes.data(), publishes.data() + publishes.size()};
    it.gate.from_library(from_library, 0);
    EXPECT_GT(from_library.size(), 0u);
    EXPECT_FALSE(it.gate.wants_library());
}

// Repetitions that are answered at once fill the line behind nothing, and nobody will ever settle them.
TEST(GateRoom, AFloodOfRepetitionsGetsOn) {
    TwoSides it(k3, gate_settings(2));
    it.accept();
    it.broker(publish(k3, {"a", 2, 1}));
    it.settle(0);
    it.to_broker.clear();
    std::string flood, expected;
    for (int i = 0; i < 50; ++i) {
        flood += publish(k3, {"a", 2, 1, "x", "", false, true});
        expected += pubrec(1);
    }
    it.broker(flood);
    EXPECT_EQ(it.to_broker, expected);
    EXPECT_FALSE(it.gate.is_paused());
    EXPECT_EQ(it.gate.counts().repeated, 50u);
    EXPECT_EQ(it.passed.size(), 1u);
}

}  // namespace
}  // namespace millrace::mqtt
