#include "adapters/chat/irc/wanted_rooms.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::irc {
namespace {

using State = WantedRoom::State;

class IrcWantedRooms : public testing::Test {
  protected:
    WantedRoom& find(std::string_view name) { return *rooms_.find(casemapping_, name); }

    Casemapping casemapping_;
    WantedRooms rooms_{{{"#Ops", ""}, {"#two", "key"}}, 1};
};

TEST_F(IrcWantedRooms, AreAskedForAtOnceAndAgainWhereNobodyAnswers) {
    rooms_.connected(100);
    EXPECT_EQ(rooms_.take_due(99).size(), 0u);
    EXPECT_EQ(rooms_.take_due(100).size(), 2u);
    EXPECT_EQ(rooms_.take_due(100).size(), 0u);
    rooms_.entered(find("#OPS"), 200);
    EXPECT_EQ(rooms_.next_ms(), 100 + WantedRooms::kAnswerMs);
    const auto due = rooms_.take_due(100 + WantedRooms::kAnswerMs);
    ASSERT_EQ(due.size(), 1u);
    EXPECT_EQ(due[0]->name, "#two");
    EXPECT_EQ(due[0]->key, "key");
    EXPECT_EQ(rooms_.find(casemapping_, "#three"), nullptr);
}

TEST_F(IrcWantedRooms, WhoIsThrownOutComesBackLaterEachTime) {
    rooms_.connected(0);
    rooms_.take_due(0);
    WantedRoom& room = find("#ops");
    std::int64_t now_ms = 0;
    for (std::int64_t most_ms = WantedRooms::kKickedMs; most_ms < WantedRooms::kLongestMs * 4; most_ms *= 2) {
        rooms_.entered(room, now_ms);
        rooms_.thrown_out(room, now_ms);
        const std::int64_t bound_ms = std::min(most_ms, WantedRooms::kLongestMs);
        EXPECT_GE(room.due_ms, now_ms + bound_ms / 2);
        EXPECT_LE(room.due_ms, now_ms + bound_ms);
        now_ms = room.due_ms;
    }
    rooms_.entered(room, now_ms);
    rooms_.thrown_out(room, now_ms + WantedRooms::kPeaceMs);
    EXPECT_LE(room.due_ms, now_ms + WantedRooms::kPeaceMs + WantedRooms::kKickedMs);
}

TEST_F(IrcWantedRooms, Refusals) {
    rooms_.connected(0);
    WantedRoom& room = find("#ops");
    EXPECT_FALSE(rooms_.refused(room, "474", 0));  // Nobody has asked.
    rooms_.take_due(0);
    EXPECT_FALSE(rooms_.refused(room, "401", 0));
    EXPECT_TRUE(rooms_.refused(room, "474", 0));
    EXPECT_EQ(room.state, State::out);
    EXPECT_GE(room.due_ms, WantedRooms::kRefusedMs / 2);
    rooms_.invited(room, 10);
    EXPECT_EQ(room.due_ms, 10);
    rooms_.take_due(10);
    EXPECT_TRUE(rooms_.refused(room, "403", 10));
    EXPECT_EQ(room.state, State::refused);
    EXPECT_EQ(rooms_.take_due(1LL << 40).size(), 1u);  // The other one alone.
    rooms_.connected(50);
    EXPECT_EQ(rooms_.take_due(50).size(), 2u);
    rooms_.entered(room, 60);
    rooms_.invited(room, 70);
    EXPECT_EQ(room.state, State::inside);
}

}  // namespace
}  // namespace millrace::chat::irc
