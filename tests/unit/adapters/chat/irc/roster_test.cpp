#include "adapters/chat/irc/roster.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace millrace::chat::irc {
namespace {

Line line(std::string_view text) {
    Line parsed;
    EXPECT_EQ(parse_line(text, parsed), LineFault::none);
    return parsed;
}

class IrcRoster : public testing::Test {
  protected:
    IrcRoster() {
        isupport_.take(line("005 me PREFIX=(qov)~@+ CHANMODES=beI,k,l,imnt CASEMAPPING=rfc1459 :are"));
        room_ = roster_.enter("#Ops");
        roster_.add_name(*room_, "@me!u@h");
        roster_.add_name(*room_, "~@Ann!a@host");
        roster_.add_name(*room_, "bob");
    }

    std::string roles(std::string_view nick) {
        return std::string(roster_.roles(*room_, isupport_.casemapping().folded(nick)));
    }
    void mode(std::string_view text) { roster_.change_modes(*room_, line(text), 1); }

    Isupport isupport_;
    Roster roster_{isupport_};
    Roster::Room* room_;
};

TEST_F(IrcRoster, Names) {
    EXPECT_EQ(room_->key, "#ops");
    EXPECT_EQ(roster_.find("#OPS"), room_);
    EXPECT_EQ(roles("ann"), "~@");
    EXPECT_EQ(roles("bob"), "");
    EXPECT_EQ(roles("nobody"), "");
    EXPECT_EQ(roster_.find_user("ANN")->nick, "Ann");
    EXPECT_EQ(roster_.find_user("ann")->host, "host");
    roster_.add_name(*room_, "");
    roster_.add_name(*room_, "@+");
    EXPECT_EQ(roster_.users(), 3u);
    roster_.add_name(*room_, "+ann");  // NAMES again.
    EXPECT_EQ(roles("ann"), "+");
    EXPECT_EQ(roster_.find_user("ann")->host, "host");
}

TEST_F(IrcRoster, Modes) {
    mode("MODE #ops +v bob");
    EXPECT_EQ(roles("bob"), "+");
    mode("MODE #ops +qo-v bob bob bob");
    EXPECT_EQ(roles("bob"), "~@");
    mode("MODE #ops +v bob");
    EXPECT_EQ(roles("bob"), "~@+");
    mode("MODE #ops -o+b-k+l+i-l-o bob *!*@x key 12 ann");  // Each with its own parameters.
    EXPECT_EQ(roles("bob"), "~+");
    EXPECT_EQ(roles("ann"), "~");
    mode("MODE #ops +ooo");
    mode("MODE #ops +o nobody");
    mode("MODE #ops");
    EXPECT_EQ(roles("bob"), "~+");
}

TEST_F(IrcRoster, ComingAndGoing) {
    roster_.join(*room_, {"cid", "c", "d"}, "cid2", "Cid");
    EXPECT_EQ(roster_.find_user("cid")->account, "cid2");
    roster_.join(*room_, {"cid", "c", "d"}, "*", "");
    EXPECT_EQ(roster_.find_user("cid")->account, "");
    EXPECT_EQ(roster_.find_user("cid")->real_name, "Cid");
    Roster::Room* other = roster_.enter("#other");
    roster_.join(*other, {"cid", "c", "d"}, "", "");
    EXPECT_EQ(roster_.memberships(), 5u);
    EXPECT_EQ(roster_.rename("CID", "Dora").size(), 2u);
    EXPECT_EQ(roster_.find_user("cid"), nullptr);
    EXPECT_EQ(roster_.find_user("dora")->nick, "Dora");
    EXPECT_TRUE(roster_.part(*other, "DORA"));
    EXPECT_FALSE(roster_.part(*other, "dora"));
    EXPECT_NE(roster_.find_user("dora"), nullptr);
    EXPECT_EQ(roster_.quit("dora").size(), 1u);
    EXPECT_EQ(roster_.find_user("dora"), nullptr);
    EXPECT_TRUE(roster_.quit("dora").empty());
    EXPECT_TRUE(roster_.rename("dora", "x").empty());
    EXPECT_EQ(roster_.rename("ann", "ANN").size(), 1u);
    EXPECT_EQ(roles("ann"), "~@");
    EXPECT_EQ(roster_.rename("ann", "bob").size(), 1u);  // A server that is out of its mind.
    EXPECT_EQ(roles("bob"), "~@");
    roster_.leave("#OPS");
    EXPECT_EQ(roster_.find("#ops"), nullptr);
    EXPECT_EQ(roster_.memberships(), 0u);
    EXPECT_EQ(roster_.users(), 0u);
}

TEST_F(IrcRoster, AnotherCasemappingFoldsAnew) {
    roster_.add_name(*room_, "+a[b");
    EXPECT_NE(roster_.find_user("a{b"), nullptr);
    EXPECT_TRUE(isupport_.take(line("005 me CASEMAPPING=ascii :are")));
    roster_.fold_again();
    EXPECT_EQ(roster_.find_user("a{b"), nullptr);
    roster_.add_name(*room_, "a{b");
    EXPECT_EQ(roster_.memberships(), 5u);
    EXPECT_TRUE(isupport_.take(line("005 me CASEMAPPING=rfc1459 :are")));
    roster_.fold_again();
    EXPECT_EQ(roster_.memberships(), 4u);  // The two are one now.
    EXPECT_EQ(roster_.users(), 4u);
    EXPECT_EQ(roster_.quit("a]b").size(), 0u);
    EXPECT_EQ(roster_.quit("a{b").size(), 1u);
    roster_.leave("#ops");
    EXPECT_EQ(roster_.users(), 0u);
}

TEST_F(IrcRoster, IsBounded) {
    for (std::size_t i = 0; i < Roster::kRoomsMax + 5; ++i) roster_.enter("#r" + std::to_string(i));
    EXPECT_EQ(roster_.rooms(), Roster::kRoomsMax);
    for (std::size_t i = 0; i < Roster::kMembershipsMax + 5; ++i) roster_.add_name(*room_, "u" + std::to_string(i));
    EXPECT_EQ(roster_.memberships(), Roster::kMembershipsMax);
    EXPECT_EQ(roster_.users(), Roster::kMembershipsMax);
}

// Against a set of pairs.
TEST(IrcRosterModel, ItIsASetOfPairs) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Isupport isupport;
    Roster roster(isupport);
    std::map<std::string, std::set<std::string>> model;  // Rooms, and who is there.
    const auto nick = [&random] { return "n" + std::to_string(random() % 8); };
    for (int step = 0; step < 20'000; ++step) {
        const std::string name = "#" + std::to_string(random() % 4), who = nick();
        Roster::Room* room = roster.find(name);
        ASSERT_EQ(room != nullptr, model.contains(name));
        std::set<std::string> rooms, told;
        switch (random() % 6) {
            case 0:
                roster.enter(name);
                model[name];
                break;
            case 1:
                if (random() % 10 == 0) roster.leave(name), model.erase(name);
                break;
            case 2:
                if (room) roster.join(*room, {who, "u", "h"}, "", ""), model[name].insert(who);
                break;
            case 3:
                if (room) {
                    ASSERT_EQ(roster.part(*room, who), model[name].erase(who) > 0);
                }
                break;
            case 4:
                for (auto& [key, people] : model) {
                    if (people.erase(who) > 0) rooms.insert(key);
                }
                for (const Roster::Room* it : roster.quit(who)) told.insert(it->key);
                break;
            case 5: {
                const std::string to = nick();
                for (auto& [key, people] : model) {
                    if (to == who) continue;
                    if (std::any_of(model.begin(), model.end(), [&](auto& it) { return it.second.contains(who); }))
                        people.erase(to);
                }
                for (auto& [key, people] : model) {
                    if (people.erase(who) > 0) people.insert(to), rooms.insert(key);
                }
                for (const Roster::Room* it : roster.rename(who, to)) told.insert(it->key);
                break;
            }
        }
        ASSERT_EQ(told, rooms);
        std::size_t memberships = 0;
        std::set<std::string> everybody;
        for (const auto& [key, people] : model) {
            ASSERT_EQ(roster.find(key)->members.size(), people.size());
            for (const std::string& it : people) ASSERT_TRUE(roster.find(key)->members.contains(it));
            memberships += people.size();
            everybody.insert(people.begin(), people.end());
        }
        ASSERT_EQ(roster.memberships(), memberships);
        ASSERT_EQ(roster.users(), everybody.size());
    }
}

}  // namespace
}  // namespace millrace::chat::irc
