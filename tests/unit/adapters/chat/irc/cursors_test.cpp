#include "adapters/chat/irc/cursors.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::irc {
namespace {

std::vector<std::pair<std::string, std::int64_t>> recalled(Ledger& ledger, const std::vector<RoomSettings>& rooms) {
    std::vector<std::pair<std::string, std::int64_t>> result;
    for (const Cursors::Recalled& it : Cursors(ledger).recall(rooms)) result.emplace_back(it.room, it.heard_us);
    return result;
}

using Rooms = std::vector<std::pair<std::string, std::int64_t>>;

TEST(IrcCursors, AreWrittenOnceASecondAndNeverGoBack) {
    Ledger ledger;
    Cursors cursors(ledger);
    cursors.entered("#ops", 5);
    EXPECT_EQ(ledger.cursor("#ops"), "5") << "at once: from now on something may be missed";
    cursors.heard("#ops", 20, 1'000);
    cursors.heard("#Ops", 10, 1'500);
    EXPECT_EQ(cursors.next_ms(), 2'000);
    cursors.tick(1'999);
    EXPECT_EQ(ledger.cursor("#ops"), "5");
    cursors.tick(2'000);
    EXPECT_EQ(ledger.cursor("#ops"), "20");
    EXPECT_EQ(cursors.next_ms(), std::nullopt);
    cursors.heard("#ops", 15, 3'000);
    cursors.entered("#ops", 99);
    cursors.flush();
    EXPECT_EQ(ledger.cursor("#ops"), "20");
}

TEST(IrcCursors, RecallRoomsThatAreStillWanted) {
    Ledger ledger;
    ledger.move("#ops{", "7");
    ledger.move("#two", "0");
    ledger.move("#odd", "-3x");
    ledger.move("#gone", "9");
    EXPECT_EQ(recalled(ledger, {{"#OPS[", ""}, {"#two", ""}, {"#odd", ""}, {"#new", ""}}),
              (Rooms{{"#OPS[", 7}, {"#two", 0}, {"#odd", 0}}));
    EXPECT_EQ(ledger.cursor("#gone"), "");
    EXPECT_EQ(ledger.cursors().size(), 3u);
}

}  // namespace
}  // namespace millrace::chat::irc
