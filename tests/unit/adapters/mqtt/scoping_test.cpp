#include "adapters/mqtt/scoping.hpp"

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

std::string key_of(std::string_view scope, std::string_view topic) {
    Scoping scoping;
    EXPECT_EQ(scoping.parse(scope), "") << scope;
    std::string room;
    return std::string(scoping.key_of(topic, "gw", room));
}

TEST(Scoping, HasAKeyForEachTopic) {
    const struct {
        const char* scope;
        const char* topic;
        const char* key;
    } cases[] = {
        {"topic", "plant/a/t", "plant/a/t"},
        {"client", "plant/a/t", "gw"},
        {"plant/{line}/#", "plant/a/t", "plant/a/#"},
        {"plant/{line}/#", "plant/a", "plant/a/#"},
        {"plant/{line}/#", "plant//x", "plant//#"},
        {"plant/{line}/#", "other/a/t", "other/a/t"},
        {"plant/{line}/#", "plant", "plant"},
        {"{site}/+/{line}", "x/y/z", "x/+/z"},
        {"{site}/+/{line}", "x/y/z/more", "x/y/z/more"},
        {"+/{line}", "$SYS/a", "$SYS/a"},
        {"$SYS/{what}", "$SYS/a", "$SYS/a"},
    };
    for (const auto& it : cases) EXPECT_EQ(key_of(it.scope, it.topic), it.key) << it.scope << " " << it.topic;
}

TEST(Scoping, KnowsWhatATopicSharesWithOthers) {
    const struct {
        const char* scope;
        const char* topic;
        const char* shared;
    } cases[] = {
        {"topic", "plant/a/t", ""},
        {"client", "plant/a/t", ""},
        {"plant/{line}/#", "plant/a/t", "line=a "},
        {"{site}/+/{line}", "x/y/z", "site=x line=z "},
        {"{site}/+/{line}", "x/y", ""},
    };
    for (const auto& it : cases) {
        Scoping scoping;
        EXPECT_EQ(scoping.parse(it.scope), "");
        std::vector<TopicTemplate::Capture> captures;
        scoping.find_shared(it.topic, captures);
        std::string shared;
        for (const auto& [name, value] : captures) shared.append(name).append("=").append(value).append(" ");
        EXPECT_EQ(shared, it.shared) << it.scope << " " << it.topic;
        EXPECT_EQ(scoping.is_by_topic(), std::string_view(it.scope) == "topic");
    }
}

TEST(Scoping, ThatIsWrong) {
    const struct {
        const char* scope;
        const char* wrong;
    } cases[] = {
        {"", "it is empty"},
        {"plant/+/#", "it has no `{name}`: for one scope of all, say `client`"},
        {"topics", "it has no `{name}`: for one scope of all, say `client`"},
        {"$share/g/{line}", "a shared subscription is for `subscribe` alone"},
        {"a/{topic}", "`topic` is the name of the whole topic"},
        {"a/#/{line}", "`#` stands for all that is left: it is the last level"},
    };
    for (const auto& it : cases) EXPECT_EQ(Scoping().parse(it.scope), it.wrong) << it.scope;
}

}  // namespace
}  // namespace millrace::mqtt
