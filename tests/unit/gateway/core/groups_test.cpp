#include "gateway/core/groups.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <set>

#include "gateway/core/consumer_host.hpp"
#include "gateway/core/loops.hpp"
#include "gateway/core/waits.hpp"
#include "tests/support/manual_clock.hpp"

namespace millrace {
namespace {

using Names = std::set<std::string>;

class GroupsTest : public ::testing::Test {
  protected:
    explicit GroupsTest(std::uint32_t count = 3) {
        for (std::uint32_t slot = 0; slot < count; ++slot) {
            instances.emplace_back(scope, consumer, slot, route, Bound{1, 1});
        }
    }

    std::set<std::uint32_t> members(std::string_view name) const {
        std::set<std::uint32_t> slots;
        for (const Instance* member : groups.members(name)) EXPECT_TRUE(slots.insert(member->slot).second) << name;
        return slots;
    }

    // Both sides of every membership know each other.
    Names names_of(const Instance& instance) const {
        Names names;
        for (const auto& [group, index] : instance.memberships) {
            const auto& members = group->members;
            EXPECT_TRUE(index < members.size() && members[index] == &instance) << group->name;
            EXPECT_TRUE(names.insert(group->name).second) << group->name;
        }
        return names;
    }

    Loops loops;
    testing::ManualClock clock;
    ConsumerConfig config;
    millrace_consumer table{};
    ConsumerHost consumer{config, 0, table, loops, clock};
    RouteConfig route;
    Waits waits;
    Scope scope{1, PortPtr(new Port({}, {}, waits)), 0, nullptr};
    std::deque<Instance> instances;
    Groups groups;
};

using Slots = std::set<std::uint32_t>;

TEST_F(GroupsTest, JoiningTwiceIsJoiningOnce) {
    groups.join(instances[0], "tea");
    groups.join(instances[0], "tea");
    EXPECT_EQ(members("tea"), Slots{0});
    EXPECT_EQ(names_of(instances[0]), Names{"tea"});
    groups.leave(instances[0], "tea");
    EXPECT_EQ(members("tea"), Slots{});
    EXPECT_EQ(names_of(instances[0]), Names{});
}

TEST_F(GroupsTest, LeavingWhatOneIsNotInChangesNothing) {
    groups.join(instances[0], "tea");
    groups.leave(instances[1], "tea");
    groups.leave(instances[0], "coffee");
    groups.leave_all(instances[1]);
    EXPECT_EQ(members("tea"), Slots{0});
    EXPECT_EQ(members("coffee"), Slots{});
    EXPECT_EQ(groups.size(), 1u);
}

TEST_F(GroupsTest, NamesAreBytes) {
    groups.join(instances[0], "");
    groups.join(instances[1], std::string_view("a\0b", 3));
    groups.join(instances[2], "a");
    EXPECT_EQ(members(""), Slots{0});
    EXPECT_EQ(members(std::string_view("a\0b", 3)), Slots{1});
    EXPECT_EQ(members("a"), Slots{2});
}

// Whoever leaves is replaced by the last member, whose own memberships stand in another order.
TEST_F(GroupsTest, TheOthersStayWhereverTheLeaverStood) {
    for (std::uint32_t leaver = 0; leaver < 3; ++leaver) {
        for (Instance& each : instances) groups.join(each, "tea");
        for (std::uint32_t slot = 3; slot > 0; --slot) groups.join(instances[slot - 1], "coffee");
        groups.leave(instances[leaver], "tea");
        Slots others{0, 1, 2};
        others.erase(leaver);
        EXPECT_EQ(members("tea"), others);
        EXPECT_EQ(members("coffee"), (Slots{0, 1, 2}));
        EXPECT_EQ(names_of(instances[leaver]), Names{"coffee"});
        for (std::uint32_t slot : others) EXPECT_EQ(names_of(instances[slot]), (Names{"coffee", "tea"}));
        for (Instance& each : instances) groups.leave_all(each);
        EXPECT_EQ(groups.size(), 0u);
    }
}

TEST_F(GroupsTest, LeaveAllLeavesTheOthersWhereTheyAre) {
    for (const char* name : {"tea", "coffee", "water"}) groups.join(instances[0], name);
    groups.join(instances[1], "coffee");
    groups.leave_all(instances[0]);
    EXPECT_EQ(names_of(instances[0]), Names{});
    EXPECT_EQ(members("coffee"), Slots{1});
    EXPECT_EQ(names_of(instances[1]), Names{"coffee"});
}

TEST_F(GroupsTest, EmptyOnesVanish) {
    for (int i = 0; i < 1000; ++i) groups.join(instances[0], "room " + std::to_string(i));
    EXPECT_EQ(groups.size(), 1000u);
    groups.leave(instances[0], "room 500");
    EXPECT_EQ(groups.size(), 999u);
    groups.leave_all(instances[0]);
    EXPECT_EQ(groups.size(), 0u);
}

class RandomGroupsTest : public GroupsTest {
  protected:
    RandomGroupsTest() : GroupsTest(6) {}

    void expect_agreement(const std::map<std::string, Slots>& model) const {
        std::vector<Names> names(instances.size());
        for (const auto& [name, slots] : model) {
            EXPECT_EQ(members(name), slots) << name;
            for (std::uint32_t slot : slots) names[slot].insert(name);
        }
        for (const Instance& instance : instances) EXPECT_EQ(names_of(instance), names[instance.slot]);
        EXPECT_EQ(groups.size(), model.size());
    }
};

TEST_F(RandomGroupsTest, AgreeWithAModel) {
    const char* given = std::getenv("MILLRACE_SEED");
    const auto seed = given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    SCOPED_TRACE("MILLRACE_SEED=" + std::to_string(seed));
    std::mt19937 dice(seed);
    std::map<std::string, Slots> model;
    for (int step = 0; step < 4'000 && !HasFailure(); ++step) {
        Instance& instance = instances[dice() % instances.size()];
        const std::string name(1, static_cast<char>('a' + dice() % 6));
        const auto action = dice() % 16;
        if (action < 8) {
            groups.join(instance, name);
            model[name].insert(instance.slot);
        } else if (action < 15) {
            groups.leave(instance, name);
            model[name].erase(instance.slot);
        } else {
            groups.leave_all(instance);
            for (auto& [each, slots] : model) slots.erase(instance.slot);
        }
        std::erase_if(model, [](const auto& group) { return group.second.empty(); });
        expect_agreement(model);
    }
}

}  // namespace
}  // namespace millrace
