#include "adapters/chat/common/tried.hpp"

#include <gtest/gtest.h>

namespace millrace::chat {
namespace {

using State = Tried::State;

TEST(ChatTried, KnowsWhatMayHaveLeft) {
    Ledger ledger;
    Tried tried(ledger);
    EXPECT_EQ(tried.state("1"), State::fresh);
    tried.begin("1");
    EXPECT_EQ(tried.state("1"), State::under_way);
    tried.free("1");
    EXPECT_EQ(tried.state("1"), State::fresh);
    tried.begin("1");
    tried.end("1", true);
    EXPECT_EQ(tried.state("1"), State::sent);
    tried.begin("2");
    tried.end("2", false);
    EXPECT_EQ(tried.state("2"), State::under_way);
}

TEST(ChatTried, NamesTellCommandsApart) {
    const std::string name = Tried::name_of(7, {"C1", "\n", "hello"});
    EXPECT_TRUE(name.starts_with("7-")) << name;
    EXPECT_EQ(name.size(), 18u);
    EXPECT_EQ(name, Tried::name_of(7, {"C1", "\n", "hello"}));
    EXPECT_NE(name, Tried::name_of(7, {"C1", "\n", "hello!"}));
    EXPECT_EQ(Tried::name_of(0, {"C1", "\n", "hello"}), "");
}

TEST(ChatTried, KnowsNothingOfTheNameless) {
    Ledger ledger;
    Tried tried(ledger);
    tried.begin("");
    tried.end("", true);
    EXPECT_EQ(tried.state(""), State::fresh);
    EXPECT_EQ(ledger.cursors().size(), 0u);
}

TEST(ChatTried, TheOldestIsForgottenFirstAlsoAfterARestart) {
    Ledger ledger;
    {
        Tried before(ledger);
        for (std::size_t i = 9'000; i < 9'000 + Tried::kKeptMax; ++i) before.end(std::to_string(i) + "-x", true);
    }
    Tried after(ledger);
    after.end("11000-x", true);
    EXPECT_EQ(after.state("9000-x"), State::fresh);
    EXPECT_EQ(after.state("10000-x"), State::sent);
}

TEST(ChatTried, OutlivesAProcessAndIsBounded) {
    Ledger ledger;
    {
        Tried before(ledger);
        before.begin("old");
        for (std::size_t i = 0; i < Tried::kKeptMax; ++i) {
            before.begin(std::to_string(i));
            before.end(std::to_string(i), true);
        }
    }
    Tried after(ledger);
    EXPECT_EQ(after.state("old"), State::under_way);
    EXPECT_EQ(after.state("7"), State::sent);
    for (std::size_t i = 0; i < 2 * Tried::kKeptMax; ++i) {
        const std::string name = "new " + std::to_string(i);
        after.begin(name);
        after.end(name, true);
    }
    EXPECT_EQ(after.state("7"), State::fresh);
    EXPECT_EQ(after.state("new " + std::to_string(2 * Tried::kKeptMax - 1)), State::sent);
    EXPECT_LE(ledger.cursors().size(), Tried::kKeptMax);
}

}  // namespace
}  // namespace millrace::chat
