#include "adapters/chat/telegram/presses.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::chat::telegram {
namespace {

std::vector<std::string> answered(Presses& it, std::int64_t now_ms) {
    std::vector<std::string> ids;
    for (; const std::string* id = it.due(now_ms); it.answered()) ids.push_back(*id);
    return ids;
}

using Ids = std::vector<std::string>;

TEST(TelegramPresses, AreAnsweredWhenTheirClassIsMet) {
    Presses it;
    it.begin("1", 1'000);
    it.begin("2", 1'000);
    EXPECT_EQ(answered(it, 1'000), Ids{});
    it.end("2");
    EXPECT_EQ(answered(it, 1'000), Ids{"2"});
    it.end("2");
    EXPECT_EQ(answered(it, 1'000), Ids{}) << "once";
    it.end("1");
    EXPECT_EQ(answered(it, 1'000), Ids{"1"});
}

TEST(TelegramPresses, AreAnsweredInTime) {
    Presses it;
    it.begin("1", 1'000);
    it.begin("2", 2'000);
    it.begin("1", 2'500);  // It comes again.
    EXPECT_EQ(answered(it, 1'000 + Presses::kPatienceMs - 1), Ids{});
    EXPECT_EQ(answered(it, 1'000 + Presses::kPatienceMs), Ids{"1"});
    it.end("1");
    EXPECT_EQ(answered(it, 2'000 + Presses::kPatienceMs - 1), Ids{}) << "it was answered";
    EXPECT_EQ(answered(it, 2'000 + Presses::kPatienceMs), Ids{"2"});
}

TEST(TelegramPresses, StayUntilTheyAre) {
    Presses it;
    it.begin("1", 1'000);
    it.begin("2", 1'000);
    it.end("2");
    it.end("1");
    ASSERT_NE(it.due(1'000), nullptr);
    EXPECT_EQ(*it.due(1'000), "1");
    EXPECT_EQ(answered(it, 1'000), (Ids{"1", "2"}));
}

}  // namespace
}  // namespace millrace::chat::telegram
