#include "adapters/common/token_bucket.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(TokenBucket, GivesABurstOfOneSecondAndThenTheRate) {
    TokenBucket bucket(10, 5000);
    EXPECT_EQ(bucket.available(5000), 10);
    bucket.take(10);
    EXPECT_EQ(bucket.available(5000), 0);
    EXPECT_EQ(bucket.next_ms(), 5100);
    EXPECT_EQ(bucket.available(5099), 0);
    EXPECT_EQ(bucket.available(5100), 1);
    EXPECT_EQ(bucket.available(5350), 3);
    bucket.take(3);
    EXPECT_EQ(bucket.next_ms(), 5400);
    EXPECT_EQ(bucket.available(99'000), 10);
}

TEST(TokenBucket, LosesNothingBetweenTokens) {
    TokenBucket bucket(3, 0);
    bucket.take(3);
    std::int64_t taken = 0;
    for (std::int64_t now_ms = 0; now_ms <= 10'000; now_ms += 7) {
        const std::int64_t tokens = bucket.available(now_ms);
        bucket.take(tokens);
        taken += tokens;
    }
    EXPECT_EQ(taken, 29);  // The last look is at 9,996 ms.
}

TEST(TokenBucket, ABurstThatIsNotASecondsWorth) {
    TokenBucket bucket(5, 1'300, 0);
    EXPECT_EQ(bucket.available(0), 5);
    bucket.take(5);
    EXPECT_EQ(bucket.next_ms(), 1'300);
    EXPECT_EQ(bucket.available(1'299), 0);
    EXPECT_EQ(bucket.available(1'300), 1);
    EXPECT_EQ(bucket.available(3'900), 3);
    bucket.take(1);
    EXPECT_EQ(bucket.available(1'000'000), 5);
}

TEST(TokenBucket, TakesBackWhatWasNotUsed) {
    TokenBucket bucket(2, 1'000, 0);
    bucket.take(2);
    bucket.give_back(1);
    EXPECT_EQ(bucket.available(0), 1);
    EXPECT_EQ(bucket.available(500), 1);
    bucket.give_back(1);
    EXPECT_EQ(bucket.available(500), 2) << "and no more than it holds";
    EXPECT_EQ(bucket.available(10'000), 2);
}

TEST(TokenBucket, StandsStillWhereTimeGoesBack) {
    TokenBucket bucket(1, 1000);
    bucket.take(1);
    EXPECT_EQ(bucket.available(0), 0);
    EXPECT_EQ(bucket.available(1999), 0);
    EXPECT_EQ(bucket.next_ms(), 2000);
    EXPECT_EQ(bucket.available(2000), 1);
    EXPECT_LE(bucket.next_ms(), 2000);
}

TEST(TokenBucket, SurvivesAMillionASecondAndALongRest) {
    TokenBucket bucket(1'000'000, 0);
    bucket.take(1'000'000);
    EXPECT_EQ(bucket.available(1), 1000);
    EXPECT_EQ(bucket.available(INT64_C(1) << 50), 1'000'000);
}

}  // namespace
}  // namespace millrace
