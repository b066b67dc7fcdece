#include "adapters/chat/slack/cursors.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::slack {
namespace {

using Strings = std::vector<std::string>;

constexpr std::uint64_t kSecond = 1'000'000;

class SlackCursors : public testing::Test {
  protected:
    void begin(std::uint64_t at_us, const std::string& room = "C1") { cursors_.begin(room, at_us, 0); }
    void end(std::uint64_t at_us, const std::string& room = "C1") { cursors_.end(room, at_us, 0); }
    std::uint64_t position(const std::string& room = "C1") const { return cursors_.position(room); }
    std::string kept(const std::string& room = "C1") const { return std::string(ledger_.cursor("room " + room)); }

    Ledger ledger_;
    Cursors cursors_{ledger_};
};

TEST_F(SlackCursors, StandBeforeTheFirstThatIsOpen) {
    EXPECT_EQ(position(), 0u);
    begin(10);
    EXPECT_EQ(position(), 9u);
    begin(20);
    begin(30);
    end(20);
    EXPECT_EQ(position(), 9u);
    end(10);
    EXPECT_EQ(position(), 20u);
    end(30);
    EXPECT_EQ(position(), 30u);
    begin(15);  // Slack had kept it back.
    EXPECT_EQ(position(), 14u);
    end(15);
    EXPECT_EQ(position(), 30u);
    EXPECT_EQ(position("C2"), 0u);
}

TEST_F(SlackCursors, WhatHasNoTimeIsPassedOver) {
    begin(0);
    end(0);
    cursors_.put_off("C1", 0);
    EXPECT_EQ(position(), 0u);
    EXPECT_TRUE(cursors_.rooms().empty());
}

TEST_F(SlackCursors, WhatWasPutOffIsOwedUntilItComesAgain) {
    begin(10);
    cursors_.put_off("C1", 10);
    EXPECT_TRUE(cursors_.is_owed("C1"));
    EXPECT_FALSE(cursors_.is_owed("C2"));
    EXPECT_EQ(position(), 9u);
    begin(10);
    EXPECT_FALSE(cursors_.is_owed("C1"));
    end(10);
    EXPECT_EQ(position(), 10u);
    cursors_.put_off("C1", 10);  // One that came twice was taken once.
    EXPECT_FALSE(cursors_.is_owed("C1"));
}

TEST_F(SlackCursors, WhatIsForgoneIsOpenNoMore) {
    for (const std::uint64_t at_us : {10U, 20U, 30U, 40U}) begin(at_us);
    for (const std::uint64_t at_us : {10U, 20U, 40U}) cursors_.put_off("C1", at_us);
    cursors_.forgo("C1", 20, 0);
    EXPECT_TRUE(cursors_.is_owed("C1"));
    EXPECT_EQ(position(), 20u);
    end(30);
    EXPECT_EQ(position(), 30u);
    cursors_.forgo("C1", UINT64_MAX, 0);
    EXPECT_FALSE(cursors_.is_owed("C1"));
    EXPECT_EQ(position(), 40u);
}

TEST_F(SlackCursors, AreWrittenOnceASecond) {
    begin(2 * kSecond);
    EXPECT_TRUE(cursors_.tick(999));
    EXPECT_EQ(kept(), "");
    EXPECT_TRUE(cursors_.is_dirty());
    EXPECT_TRUE(cursors_.tick(1'000));
    EXPECT_EQ(kept(), "1.999999");
    EXPECT_FALSE(cursors_.is_dirty());
    end(2 * kSecond);
    cursors_.flush();
    EXPECT_EQ(kept(), "2.000000");
    begin(kSecond);  // It goes back, too.
    cursors_.flush();
    EXPECT_EQ(kept(), "0.999999");
}

TEST_F(SlackCursors, OutliveAProcess) {
    for (const auto& [room, at_us] : {std::pair("C1", 10), std::pair("C3", 30), std::pair("C2", 20)}) {
        begin(static_cast<std::uint64_t>(at_us), room);
        end(static_cast<std::uint64_t>(at_us), room);
    }
    cursors_.flush();
    ledger_.move("person U1", "D1");
    Cursors after(ledger_);
    EXPECT_EQ(after.rooms(), (Strings{"C3", "C2", "C1"}));
    EXPECT_EQ(after.position("C2"), 20u);
    after.forget("C2");
    EXPECT_EQ(after.rooms(), (Strings{"C3", "C1"}));
    EXPECT_EQ(kept("C2"), "");
}

TEST_F(SlackCursors, AreBounded) {
    for (std::uint64_t i = 1; i <= Cursors::kRoomsMax + 1; ++i) {
        begin(i, "C" + std::to_string(i));
        end(i, "C" + std::to_string(i));
    }
    EXPECT_EQ(cursors_.rooms().size(), Cursors::kRoomsMax);
    EXPECT_EQ(position("C1"), 0u);
    EXPECT_EQ(position("C2"), 2u);
    end(1, "C1");  // Of one that is forgotten.
    EXPECT_EQ(position("C1"), 0u);
}

}  // namespace
}  // namespace millrace::chat::slack
