#include "adapters/chat/common/id_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace millrace::chat {
namespace {

using Ids = std::vector<std::string>;

TEST(ChatIdMap, FindsBothWaysWithinAConversation) {
    IdMap map(10);
    map.put({"#a", "c1", {"m1", "m2"}});
    map.put({"#b", "c1", {"m1"}});
    ASSERT_NE(map.find("#a", "c1"), nullptr);
    EXPECT_EQ(map.find("#a", "c1")->message_ids, (Ids{"m1", "m2"}));
    EXPECT_EQ(map.find_message("#a", "m2")->client_id, "c1");
    EXPECT_EQ(map.find_message("#b", "m1")->conversation, "#b");
    EXPECT_EQ(map.find("#c", "c1"), nullptr);
    EXPECT_EQ(map.find_message("#b", "m2"), nullptr);
    map.put({"#a", "c1", {"m3"}});
    EXPECT_EQ(map.size(), 2u);
    EXPECT_EQ(map.find_message("#a", "m1"), nullptr);
    EXPECT_EQ(map.find_message("#a", "m3")->client_id, "c1");
}

TEST(ChatIdMap, TheOldestGoes) {
    IdMap map(2);
    map.put({"#a", "c1", {"m1"}});
    map.put({"#a", "c2", {"m2"}});
    map.put({"#a", "c3", {"m1"}});  // The network uses an id anew.
    EXPECT_EQ(map.find("#a", "c1"), nullptr);
    EXPECT_EQ(map.find_message("#a", "m1")->client_id, "c3");
    map.put({"#a", "c4", {}});
    EXPECT_EQ(map.find("#a", "c2"), nullptr);
    EXPECT_EQ(map.find("#a", "c4")->message_ids, Ids{});
}

TEST(ChatIdMap, OutlivesARestartAsAWholeAndByRecords) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    IdMap map(50);
    std::string journal;
    for (int i = 0; i < 300; ++i) {
        Ids ids(random() % 4);
        for (std::string& id : ids) id = std::string("m\0", 2) + std::to_string(random() % 1000);
        journal += map.put({"#" + std::to_string(random() % 3), "c" + std::to_string(random() % 80), ids});
        if (i == 100) journal = map.save();
    }
    for (const std::string& records : {journal, map.save()}) {
        IdMap again(50);
        ASSERT_TRUE(again.load(records));
        EXPECT_EQ(again.size(), map.size());
        EXPECT_EQ(again.save(), map.save());
    }
}

TEST(ChatIdMap, DamageIsSeen) {
    IdMap map(10);
    const std::string first = map.put({"#a", "c1", {"m1"}});
    const std::string records = first + map.put({"#a", "c2", {"m2"}});
    for (std::size_t size = 1; size < records.size(); ++size) {
        IdMap again(10);
        EXPECT_EQ(again.load(records.substr(0, size)), size == first.size()) << size;
        EXPECT_EQ(again.size(), size >= first.size() ? 1u : 0u);
    }
    IdMap again(10);
    EXPECT_FALSE(again.load(std::string(8, '\xFF')));
    EXPECT_FALSE(again.load(std::string(8, '\0')));
}

}  // namespace
}  // namespace millrace::chat
