#include "adapters/common/rate_limit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

TEST(RateLimit, LetsSoManyThroughInAPeriod) {
    RateLimit<std::string> limit(3, kHourMs);
    EXPECT_FALSE(limit.is_used_up("a", 0));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("a", 0));
    EXPECT_TRUE(limit.is_used_up("a", 0));
    EXPECT_FALSE(limit.take("a", 0));
    EXPECT_TRUE(limit.take("b", 0));
    EXPECT_FALSE(limit.take("a", kHourMs / 3 - 1));
    EXPECT_FALSE(limit.is_used_up("a", kHourMs / 3));
    EXPECT_TRUE(limit.take("a", kHourMs / 3));
    EXPECT_FALSE(limit.take("a", kHourMs / 3));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("a", 3 * kHourMs));
    EXPECT_FALSE(limit.take("a", 3 * kHourMs));
}

TEST(RateLimit, MayBeWaitedFor) {
    RateLimit<int> limit(2, kHourMs);
    EXPECT_EQ(limit.reserve(1, 0), 0);
    EXPECT_EQ(limit.reserve(1, 0), 0);
    EXPECT_EQ(limit.reserve(1, 0), kHourMs / 2);
    EXPECT_EQ(limit.reserve(1, 0), kHourMs);
    EXPECT_FALSE(limit.take(1, 0));
    EXPECT_EQ(limit.reserve(2, 0), 0);
    EXPECT_EQ(RateLimit<int>(0, kHourMs).reserve(1, 0), 0);
}

TEST(RateLimit, OfNothingIsNone) {
    RateLimit<int> limit(0, kHourMs);
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(limit.take(1, 0));
    EXPECT_FALSE(limit.is_used_up(1, 0));
}

TEST(RateLimit, MayBeMoreThanOneAMillisecond) {
    RateLimit<int> limit(1'000'000, 60'000);
    int taken = 0;
    while (limit.take(1, 0)) ++taken;
    EXPECT_EQ(taken, 1'000'000);
}

TEST(RateLimit, ForgetsWhoMayHaveAllAgain) {
    RateLimit<int> limit(1, kHourMs);
    constexpr int kMany = RateLimit<int>::kKeysMax;
    for (int i = 0; i < kMany; ++i) EXPECT_TRUE(limit.take(i, 0));
    EXPECT_TRUE(limit.take(kMany, 0));
    EXPECT_TRUE(limit.take(kMany, 0)) << "there are too many others";
    EXPECT_TRUE(limit.take(kMany, kHourMs));
    EXPECT_FALSE(limit.take(kMany, kHourMs));
}

}  // namespace
}  // namespace millrace
