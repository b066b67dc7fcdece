#include <gmock/gmock.h>

#include <millrace/testing.hpp>

namespace {

using millrace::testing::Host;
using millrace::testing::Scope;
using ::testing::ElementsAre;
using Strings = std::vector<std::string>;

class Bank : public ::testing::Test {
  protected:
    std::string ask(const std::string& command) {
        counter_.message(command);
        const Strings replies = counter_.replies();
        return replies.size() == ++asked_ ? replies.back() : "no answer, or more than one";
    }

    Host host_{millrace_plugin_v1(), "{}", "bank"};
    Scope& counter_ = host_.open();
    std::size_t asked_ = 0;
};

TEST_F(Bank, AnswersEachCommand) {
    const std::pair<const char*, const char*> table[] = {
        {"open alice 100", "balance 100"},
        {"open bob 0", "balance 0"},
        {"open alice 5", "refused: the account is open"},
        {"open carol x", "refused: this is no amount"},
        {"open carol -1", "refused: this is no amount"},
        {"open carol 1000000000001", "refused: this is no amount"},
        {"balance carol", "refused: there is no such account"},
        {"balance alice", "balance 100"},
        {"transfer alice bob 30", "sent 1"},
        {"7 balance bob", "7 balance 30"},
        {"8 transfer alice bob 70", "8 sent 2"},
        {"transfer alice bob 1", "refused: the balance is 0"},
        {"transfer bob bob 10", "sent 1"},
        {"balance bob", "balance 100"},
        {"transfer bob nobody 10", "sent 2"},
        {"balance bob", "balance 100"},
        {"transfer bob alice 0", "refused: this is no amount"},
        {"transfer bob alice -5", "refused: this is no amount"},
        {"transfer bob alice 5 6", "refused: this is no amount"},
        {"transfer bob ALICE 5", "refused: this is no name of an account"},
        {"transfer nobody bob 5", "refused: there is no such account"},
        {"credit bob 1000", "refused: there is no such command"},
        {"return bob 1000", "refused: there is no such command"},
        {"rob bob", "refused: there is no such command"},
        {"balance", "refused: this is no command for an account"},
        {"", "refused: this is no command for an account"},
        {"9 balance a/b", "9 refused: this is no command for an account"},
    };
    for (const auto& [command, answer] : table) EXPECT_EQ(ask(command), answer) << command;
}

TEST_F(Bank, TakesMoneyFromItsOwnAccountsOnly) {
    ask("open alice 100");
    Scope& alice = host_.channel("alice");
    alice.message_from("bank:bob", "credit 5");
    alice.message_from("other:bob", "credit 5");
    alice.message_from("bank@web:1", "credit 5");
    alice.message_from("other:bob", "return 5");
    EXPECT_EQ(ask("balance alice"), "balance 105");
}

TEST_F(Bank, WhatIsTooMuchGoesBack) {
    ask("open alice 10");
    ask("open bob 1000000000000");
    EXPECT_EQ(ask("transfer alice bob 10"), "sent 1");
    EXPECT_EQ(ask("balance alice"), "balance 10");
}

TEST_F(Bank, AnAccountOutlivesItsChannel) {
    ask("open alice 100");
    ask("transfer alice nobody 1");
    host_.channel("alice").disconnect(MILLRACE_REASON_IDLE);
    EXPECT_EQ(ask("balance alice"), "balance 100");
    EXPECT_EQ(ask("transfer alice nobody 1"), "sent 2");
}

TEST(BankElsewhere, IsAskedWhereTheNameIsAnothers) {
    Host host(millrace_plugin_v1(), R"({"accounts":"other"})", "bank");
    Scope& counter = host.open();
    counter.message("balance alice");
    ASSERT_EQ(counter.commands().size(), 1u);
    EXPECT_EQ(counter.commands()[0].address, "other:alice");
}

}  // namespace
