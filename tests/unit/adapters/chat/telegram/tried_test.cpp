#include "adapters/chat/telegram/tried.hpp"

#include <gtest/gtest.h>

#include "adapters/chat/telegram/migrations.hpp"

namespace millrace::chat::telegram {
namespace {

using State = Tried::State;

TEST(TelegramTried, KnowsWhatMayHaveLeft) {
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

TEST(TelegramTried, KnowsNothingOfTheNameless) {
    Ledger ledger;
    Tried tried(ledger);
    tried.begin("");
    tried.end("", true);
    EXPECT_EQ(tried.state(""), State::fresh);
    EXPECT_EQ(ledger.cursors().size(), 0u);
}

TEST(TelegramTried, OutlivesAProcessAndIsBounded) {
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

TEST(TelegramMigrations, AreFollowed) {
    Migrations it;
    it.put("-4", "-1009");
    it.put("-1009", "-1010");
    EXPECT_EQ(it.now("-4"), "-1010");
    EXPECT_EQ(it.first("-1010"), "-4");
    EXPECT_EQ(it.now("5"), "5");
    it.put("-1010", "-4");  // Round and round it goes.
    it.put("-7", "-7");
    EXPECT_EQ(it.now("-4"), "-1010");
    EXPECT_EQ(it.now("-7"), "-7");
}

}  // namespace
}  // namespace millrace::chat::telegram
