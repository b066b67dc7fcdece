#include "adapters/sms/replays.hpp"

#include <gtest/gtest.h>

namespace millrace::sms {
namespace {

TEST(Replays, OneSignatureOneBody) {
    Replays replays;
    EXPECT_TRUE(replays.take("k", "one", 100));
    EXPECT_TRUE(replays.take("k", "one", 200));
    EXPECT_FALSE(replays.take("k", "two", 200));
    EXPECT_TRUE(replays.take("l", "two", 200));
    EXPECT_FALSE(replays.take("k", "two", 100 + Replays::kKept_s - 1));
    EXPECT_TRUE(replays.take("k", "two", 100 + Replays::kKept_s));
}

TEST(Replays, TheOldestMakeRoom) {
    Replays replays;
    for (std::size_t i = 0; i <= Replays::kKeysMax; ++i) EXPECT_TRUE(replays.take(std::to_string(i), "one", 0));
    EXPECT_FALSE(replays.take("2", "two", 0));
    EXPECT_TRUE(replays.take("0", "two", 0));
}

}  // namespace
}  // namespace millrace::sms
