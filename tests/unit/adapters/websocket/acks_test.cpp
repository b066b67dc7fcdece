#include "adapters/websocket/acks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "millrace/abi.h"

namespace millrace::websocket {
namespace {

constexpr std::uint32_t kAck = MILLRACE_ACK;
constexpr std::uint32_t kRetry = MILLRACE_RETRY;
constexpr std::uint32_t kReject = MILLRACE_REJECT;

TEST(Acks, TellOfThePrefixThatIsSettled) {
    struct Step {
        std::uint64_t number;
        std::uint32_t verdict;
    };
    struct Case {
        std::vector<Step> steps;
        const char* text;  // Empty: there is nothing to tell.
    };
    const Case cases[] = {
        {{}, ""},
        {{{1, kAck}}, R"({"ack":1})"},
        {{{1, kAck}, {2, kAck}, {3, kAck}, {4, kAck}}, R"({"ack":4})"},
        {{{2, kAck}, {4, kAck}, {3, kReject}}, ""},
        {{{2, kAck}, {1, kAck}}, R"({"ack":2})"},
        {{{4, kAck}, {3, kAck}, {2, kAck}, {1, kAck}}, R"({"ack":4})"},
        {{{1, kAck}, {3, kAck}}, R"({"ack":1})"},
        {{{1, kReject}}, R"({"ack":1,"rejected":[1]})"},
        {{{3, kReject}, {1, kReject}, {2, kAck}}, R"({"ack":3,"rejected":[1,3]})"},
        {{{1, kAck}, {3, kReject}}, R"({"ack":1})"},
        {{{1, kRetry}}, ""},
        {{{1, kAck}, {2, kRetry}, {3, kReject}, {4, kAck}}, R"({"ack":1})"},
        {{{1, kAck}, {1, kReject}}, R"({"ack":1})"},
        {{{2, kAck}, {2, kReject}, {1, kAck}}, R"({"ack":2})"},
        {{{0, kAck}, {5, kAck}, {~std::uint64_t{0}, kReject}}, ""},
    };
    for (const Case& each : cases) {
        Acks acks;
        EXPECT_EQ(acks.number(4), 1u);
        for (const Step& step : each.steps) acks.settle(step.number, step.verdict);
        EXPECT_EQ(acks.is_due() ? acks.take_text() : "", each.text);
        EXPECT_FALSE(acks.is_due());
        EXPECT_EQ(acks.is_stuck(), std::ranges::any_of(each.steps, [](Step it) { return it.verdict == kRetry; }));
    }
}

TEST(Acks, TellOfARejectionOnce) {
    Acks acks;
    acks.number(3);
    acks.settle(1, kReject);
    EXPECT_EQ(acks.take_text(), R"({"ack":1,"rejected":[1]})");
    acks.settle(3, kReject);
    acks.settle(2, kAck);
    EXPECT_EQ(acks.take_text(), R"({"ack":3,"rejected":[3]})");
    EXPECT_EQ(acks.number(1), 4u);
    acks.settle(4, kAck);
    EXPECT_EQ(acks.take_text(), R"({"ack":4})");
}

TEST(Acks, GiveTheNumbersOfWhatWasNotTakenToTheNext) {
    Acks acks;
    EXPECT_EQ(acks.number(64), 1u);
    acks.settle(1, kAck);
    acks.take_back(60);
    EXPECT_EQ(acks.number(1), 5u);
    for (std::uint64_t i = 2; i <= 5; ++i) acks.settle(i, kAck);
    EXPECT_EQ(acks.take_text(), R"({"ack":5})");
    acks.number(2);
    acks.take_back(2);
    acks.settle(6, kAck);
    EXPECT_FALSE(acks.is_due());
    EXPECT_EQ(acks.number(1), 6u);
}

TEST(Acks, HaveABound) {
    Acks acks;
    EXPECT_EQ(acks.room(), Acks::kUnsettledMax);
    acks.number(Acks::kUnsettledMax);
    EXPECT_EQ(acks.room(), 0u);
    for (std::uint64_t i = 2; i <= Acks::kUnsettledMax; ++i) acks.settle(i, kReject);
    EXPECT_EQ(acks.room(), 0u);
    EXPECT_FALSE(acks.is_due());
    acks.settle(1, kReject);
    EXPECT_EQ(acks.room(), Acks::kUnsettledMax);
    EXPECT_LT(acks.take_text().size(), 100u * 1024);
}

// Against a model that remembers everything.
TEST(Acks, AreRightInAnyOrder) {
    const unsigned seed = std::random_device{}();
    std::cout << "seed " << seed << "\n";
    std::mt19937 dice(seed);
    Acks acks;
    std::map<std::uint64_t, std::uint32_t> settled;
    std::vector<std::uint64_t> open;
    std::uint64_t told = 0;
    for (int round = 0; round < 20'000; ++round) {
        const std::size_t count = dice() % 5;
        const std::size_t refused = dice() % (count + 1);
        const std::uint64_t first = acks.number(count);
        acks.take_back(refused);
        for (std::size_t i = 0; i < count - refused; ++i) open.push_back(first + i);
        while (!open.empty() && dice() % 3 != 0) {
            std::swap(open[dice() % open.size()], open.back());
            settled[open.back()] = dice() % 4 == 0 ? kReject : kAck;
            acks.settle(open.back(), settled[open.back()]);
            open.pop_back();
        }
        std::string rejected;
        const std::uint64_t before = told;
        for (; settled.contains(told + 1); ++told) {
            if (settled[told + 1] == kReject) rejected += (rejected.empty() ? "" : ",") + std::to_string(told + 1);
        }
        ASSERT_EQ(acks.is_due(), told != before);
        if (told == before || dice() % 2 == 0) {
            told = before;
            continue;
        }
        const std::string expected =
            "{\"ack\":" + std::to_string(told) + (rejected.empty() ? "" : ",\"rejected\":[" + rejected + "]") + "}";
        ASSERT_EQ(acks.take_text(), expected);
    }
}

}  // namespace
}  // namespace millrace::websocket
