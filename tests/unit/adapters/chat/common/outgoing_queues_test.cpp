#include "adapters/chat/common/outgoing_queues.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace millrace::chat {
namespace {

using Queues = OutgoingQueues<std::string>;
using Push = Queues::Push;

constexpr QueueLimits kLimits{4, 100};

std::string take(Queues& queues, std::int64_t now_ms) {
    const std::string* item = queues.take(now_ms);
    if (!item) return "";
    const std::string text = *item;
    queues.ended(queues.taken());
    return text;
}

TEST(ChatQueues, WhatSomebodyElseBoundsIsAlwaysTaken) {
    OutgoingQueues<int> queues({1, 10, 1}, {1, 1}, std::nullopt, 0);
    EXPECT_EQ(queues.waiting("a"), 0u);
    queues.add("a", 1, 100, 0);
    EXPECT_EQ(queues.push("a", 2, 1, 0), OutgoingQueues<int>::Push::full);
    queues.add("a", 3, 100, 0);
    queues.add("b", 4, 100, 0);
    EXPECT_EQ(queues.waiting("a"), 2u);
    EXPECT_EQ(queues.size(), 3u);
    EXPECT_EQ(*queues.take(0), 1);
}

TEST(ChatQueues, ConversationsTakeTurns) {
    Queues queues(kLimits, {100, 1}, std::nullopt, 0);
    for (const char* it : {"a1", "a2", "a3"}) EXPECT_EQ(queues.push("a", it, 10, 0), Push::taken);
    EXPECT_EQ(queues.push("b", "b1", 10, 0), Push::taken);
    EXPECT_EQ(queues.push("c", "c1", 10, 0), Push::taken);
    EXPECT_EQ(queues.size(), 5u);
    std::string order;
    for (std::string it; !(it = take(queues, 0)).empty();) order += it + " ";
    EXPECT_EQ(order, "a1 b1 c1 a2 a3 ");
    EXPECT_TRUE(queues.empty());
    EXPECT_EQ(queues.bytes(), 0u);
    EXPECT_EQ(queues.next_ms(0), std::nullopt);
}

TEST(ChatQueues, TheAccountHasOnePace) {
    Queues queues(kLimits, {2, 1000}, std::nullopt, 0);
    for (const char* it : {"a", "b", "c", "d"}) queues.push(it, it, 1, 0);
    EXPECT_EQ(take(queues, 0), "a");
    EXPECT_EQ(take(queues, 0), "b");
    EXPECT_EQ(take(queues, 0), "");
    EXPECT_EQ(queues.next_ms(0), 1000);
    EXPECT_EQ(take(queues, 999), "");
    EXPECT_EQ(take(queues, 1000), "c");
    EXPECT_EQ(take(queues, 1001), "");
    EXPECT_EQ(take(queues, 60'000), "d");
}

TEST(ChatQueues, WhatCannotLeaveYetHasItsTurnAndItsTokenBack) {
    Queues queues(kLimits, {1, 1000}, Pace{1, 1000}, 0);
    for (const char* it : {"a", "b", "c"}) queues.push(it, it, 1, 0);
    ASSERT_EQ(*queues.take(0, [](const std::string& it) { return it != "a"; }), "b");
    queues.not_yet(300);
    EXPECT_EQ(queues.next_ms(0), 0);
    ASSERT_EQ(*queues.take(0, [](const std::string& it) { return it != "a"; }), "c");
    queues.not_yet(300);
    EXPECT_EQ(queues.take(0, [](const std::string& it) { return it != "a"; }), nullptr);
    EXPECT_EQ(take(queues, 0), "a");
    EXPECT_EQ(take(queues, 1000), "b");
    EXPECT_EQ(take(queues, 2000), "c");
}

// A rate that the queues know nothing of, which is less than what all of them may.
TEST(ChatQueues, NobodyStarvesBehindARateOfOthers) {
    constexpr int kRooms = 6;
    Queues queues({1'000, 100'000}, {1'000'000, 1}, Pace{4, 1000}, 0);
    for (int i = 0; i < 600 * kRooms; ++i) queues.push(std::to_string(i % kRooms), "x", 1, 0);
    TokenBucket rate(50, 200, 0);
    std::map<std::string, int> counts;
    for (std::int64_t now_ms = 0; now_ms < 300'000; now_ms += 10) {
        while (queues.take(now_ms)) {
            if (rate.available(now_ms) == 0) {
                queues.not_yet(rate.next_ms());
                continue;
            }
            rate.take(1);
            ++counts[queues.taken()];
            queues.ended(queues.taken());
        }
    }
    for (const auto& [room, count] : counts) EXPECT_NEAR(count, 1'550 / kRooms, 2) << room;
    EXPECT_EQ(counts.size(), kRooms);
}

TEST(ChatQueues, OneSlowConversationDelaysNoOther) {
    Queues queues(kLimits, {100, 1}, Pace{1, 1000}, 0);
    for (const char* it : {"a1", "a2"}) queues.push("a", it, 1, 0);
    for (const char* it : {"b1", "b2"}) queues.push("b", it, 1, 0);
    EXPECT_EQ(take(queues, 0), "a1");
    queues.hold("a", 60'000, 0);
    EXPECT_EQ(take(queues, 0), "b1");
    EXPECT_EQ(take(queues, 500), "");
    EXPECT_EQ(queues.next_ms(500), 1000);
    EXPECT_EQ(take(queues, 1000), "b2");
    EXPECT_EQ(queues.next_ms(1000), 60'000);
    EXPECT_EQ(take(queues, 59'999), "");
    EXPECT_EQ(take(queues, 60'000), "a2");
}

TEST(ChatQueues, WhatIsUnderWayHoldsItsConversationAlone) {
    Queues queues(kLimits, {100, 1}, std::nullopt, 0);
    queues.push("a", "a1", 1, 0);
    queues.push("a", "a2", 1, 0);
    queues.push("b", "b1", 1, 0);
    ASSERT_EQ(*queues.take(0), "a1");
    EXPECT_EQ(take(queues, 0), "b1");
    EXPECT_EQ(queues.take(0), nullptr);
    EXPECT_EQ(queues.next_ms(0), std::nullopt);
    queues.again("a", 5000);  // 429: the same, later, and before what is behind it.
    EXPECT_EQ(queues.next_ms(0), 5000);
    EXPECT_EQ(take(queues, 4999), "");
    EXPECT_EQ(take(queues, 5000), "a1");
    EXPECT_EQ(take(queues, 5000), "a2");
}

TEST(ChatQueues, AreBounded) {
    Queues queues(kLimits, {1, 1}, std::nullopt, 0);
    EXPECT_EQ(queues.push("a", "big", 1000, 0), Push::taken);  // Where there is no other.
    EXPECT_EQ(queues.push("a", "x", 1, 0), Push::full);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(queues.push("b", "x", 25, 0), Push::taken);
    EXPECT_EQ(queues.push("b", "x", 0, 0), Push::full);
    queues.skip("b");
    EXPECT_EQ(queues.push("b", "x", 26, 0), Push::full);
    EXPECT_EQ(queues.push("b", "x", 25, 0), Push::taken);
}

TEST(ChatQueues, ConversationsAreBounded) {
    Queues queues({4, 100, 3}, {100, 1}, std::nullopt, 0);
    for (const char* it : {"a", "b", "c"}) EXPECT_EQ(queues.push(it, it, 1, 0), Push::taken);
    EXPECT_EQ(queues.push("d", "d", 1, 0), Push::full);
    EXPECT_EQ(queues.push("c", "c", 1, 0), Push::taken);
    EXPECT_EQ(take(queues, 0), "a");
    EXPECT_EQ(queues.push("d", "d", 1, 0), Push::taken);  // In the place of one that has nothing to say any more.
    EXPECT_EQ(queues.conversations(), 3u);
}

TEST(ChatQueues, AllWaitsWhereTheNetworkSaysSo) {
    Queues queues(kLimits, {10, 1}, std::nullopt, 0);
    queues.push("a", "a", 1, 0);
    queues.hold_all(3000);
    queues.hold_all(1000);
    EXPECT_EQ(take(queues, 2999), "");
    EXPECT_EQ(queues.next_ms(0), 3000);
    EXPECT_EQ(take(queues, 3000), "a");
}

TEST(ChatQueues, DropsAndForgets) {
    Queues queues(kLimits, {10, 1}, Pace{1, 1000}, 0);
    for (const char* it : {"a1", "a2", "a3"}) queues.push("a", it, 1, 0);
    queues.push("b", "b1", 1, 0);
    queues.take(0);
    std::string dropped;
    queues.drop("a", [&](const std::string& it) { dropped += it; });
    EXPECT_EQ(dropped, "a1a2a3");
    queues.ended("a");  // Too late: it is gone.
    EXPECT_EQ(queues.size(), 1u);
    queues.forget_idle(0);
    EXPECT_EQ(queues.conversations(), 2u);  // The pace of a is not to be begun anew.
    queues.forget_idle(1000);
    EXPECT_EQ(queues.conversations(), 1u);
    queues.drop_all([&](const std::string& it) { dropped += it; });
    EXPECT_EQ(dropped, "a1a2a3b1");
    EXPECT_EQ(queues.bytes(), 0u);
}

// Against a model: order within each conversation, the account's rate over any time, nothing lost.
TEST(ChatQueues, KeepsOrderAndRate) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Queues queues({1000, 100'000}, {5, 100}, Pace{3, 150}, 0);
    std::map<std::string, int> pushed, taken;
    std::vector<std::int64_t> times;
    std::int64_t now_ms = 0;
    const auto below = [&random](int most) { return std::uniform_int_distribution<std::int64_t>(0, most - 1)(random); };
    for (int step = 0; step < 20'000; ++step) {
        now_ms += below(40);
        if (random() % 3 == 0) {
            const std::string name(1, static_cast<char>('a' + random() % 5));
            if (queues.push(name, name + std::to_string(pushed[name]), 1, now_ms) == Push::taken) ++pushed[name];
        }
        const std::string* item = queues.take(now_ms);
        if (!item) {
            const auto next = queues.next_ms(now_ms);
            ASSERT_TRUE(!next || *next > now_ms) << *next << " " << now_ms;
            continue;
        }
        const std::string name = queues.taken();
        ASSERT_EQ(*item, name + std::to_string(taken[name]));
        times.push_back(now_ms);
        if (random() % 10 == 0) {
            queues.again(name, now_ms + below(300));
        } else {
            queues.ended(name);
            ++taken[name];
        }
    }
    for (std::size_t i = 5; i < times.size(); ++i) ASSERT_GE(times[i] - times[i - 5], 100 - 40);
    ASSERT_LE(static_cast<std::int64_t>(times.size()), 5 + now_ms / 100 + 1);
    std::size_t left = 0;
    for (const auto& [name, count] : pushed) left += static_cast<std::size_t>(count - taken[name]);
    EXPECT_EQ(queues.size(), left);
}

}  // namespace
}  // namespace millrace::chat
