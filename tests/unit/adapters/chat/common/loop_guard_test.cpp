#include "adapters/chat/common/loop_guard.hpp"

#include <gtest/gtest.h>

namespace millrace::chat {
namespace {

TEST(ChatLoopGuard, WhatComesBackCarriesItsHops) {
    LoopGuard guard(1000);
    EXPECT_EQ(guard.hops_of("#a", "hello", 0), 0u);
    guard.sent("#a", "hello", 3, 0);
    EXPECT_EQ(guard.hops_of("#a", "hello", 10), 3u);
    EXPECT_EQ(guard.hops_of("#a", "<ann> hello", 10), 3u);  // Another bridge shows who said it.
    EXPECT_EQ(guard.hops_of("#a", "hello there", 10), 0u);
    EXPECT_EQ(guard.hops_of("#b", "hello", 10), 0u);
    EXPECT_EQ(guard.hops_of("#a", "hello", 1000), 3u);
    EXPECT_EQ(guard.hops_of("#a", "hello", 1001), 0u);
}

TEST(ChatLoopGuard, ALoopOfTwoBridgesEnds) {
    LoopGuard guard;
    std::uint32_t hops = 0;
    std::string text = "hello";
    int rounds = 0;
    for (; hops <= 16 && rounds < 100; ++rounds) {
        ++hops;  // The gateway's, for what a message has caused.
        guard.sent("#a", text, hops, rounds);
        text = "<other> " + text;
        hops = guard.hops_of("#a", text, rounds);
    }
    EXPECT_EQ(rounds, 17);
}

TEST(ChatLoopGuard, IsBoundedAndKnowsTheEndOfALongText) {
    LoopGuard guard;
    guard.sent("#a", "x", 5, 0);
    EXPECT_EQ(guard.hops_of("#a", "x", 0), 0u);  // Too short to say anything.
    const std::string long_text = std::string(10'000, 'y') + "end";
    guard.sent("#a", long_text, 2, 0);
    EXPECT_EQ(guard.hops_of("#a", long_text, 0), 2u);
    guard.sent("#a", "first of many", 9, 0);
    for (std::size_t i = 0; i < LoopGuard::kTextsMax; ++i) guard.sent("#a", "text " + std::to_string(i), 1, 0);
    EXPECT_EQ(guard.hops_of("#a", "first of many", 0), 0u);
    EXPECT_EQ(guard.hops_of("#a", "text 0", 0), 1u);
    guard.sent("#a", "of nobody", 0, 0);
    EXPECT_EQ(guard.hops_of("#a", "of nobody", 0), 1u);
}

}  // namespace
}  // namespace millrace::chat
