#include "adapters/chat/common/progress.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace millrace::chat {
namespace {

TEST(ChatProgress, MovesUpToTheFirstThatIsNotSettled) {
    Progress<int> progress;
    const std::uint64_t first = progress.begin(10), second = progress.begin(20), third = progress.begin(30);
    EXPECT_EQ(progress.position(), 0);
    EXPECT_FALSE(progress.settled(second));
    EXPECT_EQ(progress.position(), 0);
    EXPECT_TRUE(progress.settled(first));
    EXPECT_EQ(progress.position(), 20);
    EXPECT_EQ(progress.open(), 1u);
    EXPECT_TRUE(progress.settled(third));
    EXPECT_EQ(progress.position(), 30);
    EXPECT_EQ(progress.open(), 0u);
}

TEST(ChatProgress, WhatIsNotOpenIsPassedOver) {
    Progress<std::string> progress;
    EXPECT_FALSE(progress.settled(0));
    EXPECT_FALSE(progress.settled(1));
    const std::uint64_t cookie = progress.begin("a");
    EXPECT_FALSE(progress.settled(cookie + 1));
    EXPECT_TRUE(progress.settled(cookie));
    EXPECT_FALSE(progress.settled(cookie));
    EXPECT_EQ(progress.position(), "a");
}

TEST(ChatProgress, InAnyOrder) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Progress<int> progress;
    std::vector<std::uint64_t> cookies;
    std::vector<bool> settled;
    for (int i = 0; i < 5'000; ++i) {
        if (random() % 2 == 0) {
            cookies.push_back(progress.begin(static_cast<int>(cookies.size()) + 1));
            settled.push_back(false);
        } else if (!cookies.empty()) {
            const std::size_t which = random() % cookies.size();
            progress.settled(cookies[which]);
            settled[which] = true;
        }
        int first = 0;
        while (static_cast<std::size_t>(first) < settled.size() && settled[static_cast<std::size_t>(first)]) ++first;
        ASSERT_EQ(progress.position(), first);
    }
}

}  // namespace
}  // namespace millrace::chat
