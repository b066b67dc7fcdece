#include "adapters/chat/telegram/window.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace millrace::chat::telegram {
namespace {

TEST(TelegramWindow, HasSoManyAtOnceAndNoMore) {
    Window it(3, 60'000);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(it.next_ms(1'000 + i), 1'000 + i);
        it.add(1'000 + i);
    }
    EXPECT_EQ(it.next_ms(1'003), 61'000);
    EXPECT_EQ(it.next_ms(60'999), 61'000);
    EXPECT_EQ(it.next_ms(61'000), 61'000);
    it.add(61'000);
    EXPECT_EQ(it.next_ms(61'000), 61'001);
}

// What has happened all the same counts.
TEST(TelegramWindow, KnowsMoreThanItAllows) {
    Window it(2, 1'000);
    for (int i = 0; i < 5; ++i) it.add(i);
    EXPECT_EQ(it.next_ms(5), 1'003);
    EXPECT_FALSE(it.is_empty(1'003));
    EXPECT_TRUE(it.is_empty(1'004));
}

TEST(TelegramWindow, HoldsAnywhere) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 dice(seed);
    Window it(20, 60'000);
    std::vector<std::int64_t> times;
    for (std::int64_t now_ms = 0; times.size() < 500; now_ms += dice() % 3'000) {
        now_ms = std::max(now_ms, it.next_ms(now_ms));
        it.add(now_ms);
        times.push_back(now_ms);
    }
    for (std::size_t i = 20; i < times.size(); ++i) ASSERT_GE(times[i] - times[i - 20], 60'000) << i;
}

}  // namespace
}  // namespace millrace::chat::telegram
