#include "adapters/mqtt/keep_alive.hpp"

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

constexpr std::int64_t kNever = KeepAlive::kNever;

TEST(KeepAlive, NothingWithoutAnInterval) {
    KeepAlive it;
    EXPECT_EQ(it.next_due_ms(), kNever);
    it.start(0, 5);
    EXPECT_EQ(it.next_due_ms(), kNever);
    EXPECT_FALSE(it.take_ping(1'000'000));
    EXPECT_FALSE(it.is_lost(1'000'000));
}

TEST(KeepAlive, PingsAfterHalfOfTheInterval) {
    KeepAlive it;
    it.start(10, 1000);
    EXPECT_EQ(it.next_due_ms(), 6000);
    EXPECT_FALSE(it.take_ping(5999));
    EXPECT_TRUE(it.take_ping(6000));
    EXPECT_FALSE(it.take_ping(6000));
    it.received(6100);
    EXPECT_EQ(it.next_due_ms(), 11'000);
}

TEST(KeepAlive, EitherSilenceIsReasonToPing) {
    KeepAlive it;
    it.start(10, 0);
    it.received(4000);
    EXPECT_TRUE(it.take_ping(5000));  // Nothing was sent.
    it.received(5100);
    it.sent(9000);
    EXPECT_FALSE(it.take_ping(10'000));
    EXPECT_TRUE(it.take_ping(10'100));  // Nothing was received.
}

TEST(KeepAlive, IsLostAnIntervalAfterAPing) {
    KeepAlive it;
    it.start(10, 0);
    EXPECT_TRUE(it.take_ping(5000));
    EXPECT_TRUE(it.take_ping(10'000));
    EXPECT_FALSE(it.is_lost(14'999));
    EXPECT_TRUE(it.is_lost(15'000));
    it.received(15'000);
    EXPECT_FALSE(it.is_lost(25'000));
}

TEST(KeepAlive, DoesNotJudgeWhileNothingIsRead) {
    KeepAlive it;
    it.start(10, 0);
    it.read(false, 1000);
    for (std::int64_t now_ms = 5000; now_ms <= 600'000; now_ms += 5000) {
        EXPECT_EQ(it.next_due_ms(), now_ms);
        EXPECT_FALSE(it.is_lost(now_ms));
        EXPECT_TRUE(it.take_ping(now_ms));  // The broker hears of us all the time.
    }
    it.read(true, 601'000);
    EXPECT_FALSE(it.is_lost(610'999));
    EXPECT_TRUE(it.is_lost(611'000));
    it.received(602'000);
    EXPECT_FALSE(it.is_lost(611'000));
}

TEST(KeepAlive, StartsAnew) {
    KeepAlive it;
    it.start(10, 0);
    EXPECT_TRUE(it.take_ping(5000));
    it.start(20, 6000);
    EXPECT_EQ(it.next_due_ms(), 16'000);
    it.stop();
    EXPECT_EQ(it.next_due_ms(), kNever);
}

}  // namespace
}  // namespace millrace::mqtt
