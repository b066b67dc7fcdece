#include "adapters/mqtt/topic.hpp"

#include <gtest/gtest.h>

namespace millrace::mqtt {
namespace {

TEST(TopicTemplate, BecomesAFilter) {
    const struct {
        const char* text;
        const char* filter;
        bool is_shared;
    } cases[] = {
        {"a", "a", false},
        {"/", "/", false},
        {"a/b/", "a/b/", false},
        {"#", "#", false},
        {"+", "+", false},
        {"+/#", "+/#", false},
        {"{line}", "+", false},
        {"plant/{line}/#", "plant/+/#", false},
        {"plant/{line}/{Sensor_1-x}", "plant/+/+", false},
        {"$SYS/#", "$SYS/#", false},
        {"$share/gw/plant/{line}/#", "$share/gw/plant/+/#", true},
        {"$share/gw//", "$share/gw//", true},
        {"$shared/a", "$shared/a", false},
        {"caf\xC3\xA9/+", "caf\xC3\xA9/+", false},
    };
    for (const auto& it : cases) {
        TopicTemplate topic;
        EXPECT_EQ(topic.parse(it.text), "") << it.text;
        EXPECT_EQ(topic.filter(), it.filter);
        EXPECT_EQ(topic.is_shared(), it.is_shared) << it.text;
    }
}

TEST(TopicTemplate, ThatIsWrong) {
    const std::string_view alone = "`+` and `#` stand for whole levels: they are alone in theirs";
    const std::string_view brace = "`{name}` stands for a whole level: it is alone in its";
    const std::string_view name = "a name in braces has letters, digits, `_` and `-`";
    const std::string_view shared = "a shared subscription is `$share/GROUP/FILTER`";
    const std::string_view group = "the group of a shared subscription has at least one character, and none of `+#{}`";
    const struct {
        std::string text;
        std::string_view wrong;
    } cases[] = {
        {"", "it is empty"},
        {std::string(65'536, 'a'), "it is longer than 65,535 bytes"},
        {std::string("a\0b", 3), "it is not UTF-8, or has U+0000 in it"},
        {"\xFF", "it is not UTF-8, or has U+0000 in it"},
        {"a/#/b", "`#` stands for all that is left: it is the last level"},
        {"a#", alone},
        {"a/b+", alone},
        {"++", alone},
        {"#+", alone},
        {"a{x}", brace},
        {"{x}b", brace},
        {"a/}", brace},
        {"{", brace},
        {"{}", name},
        {"{a b}", name},
        {"{a}{b}", name},
        {"{+}", name},
        {"{x}/a/{x}", "a name is there twice"},
        {"$share/gw", shared},
        {"$share/gw/", shared},
        {"$share//a", group},
        {"$share/+/a", group},
        {"$share/{g}/a", group},
    };
    for (const auto& it : cases) {
        TopicTemplate topic;
        EXPECT_EQ(topic.parse(it.text), it.wrong) << it.text.substr(0, 20);
    }
}

// nullopt: it does not match.
std::optional<std::vector<std::string>> captures_of(std::string_view text, std::string_view topic) {
    TopicTemplate it;
    EXPECT_EQ(it.parse(text), "");
    std::vector<TopicTemplate::Capture> captures;
    if (!it.match(topic, captures)) return std::nullopt;
    std::vector<std::string> pairs;
    for (const auto& capture : captures) pairs.push_back(std::string(capture.name) + "=" + std::string(capture.value));
    return pairs;
}

TEST(TopicTemplate, Matches) {
    using Captures = std::vector<std::string>;
    const std::optional<Captures> no;
    const struct {
        const char* text;
        const char* topic;
        std::optional<Captures> captures;
    } cases[] = {
        {"a", "a", Captures{}},
        {"a", "b", no},
        {"a", "a/b", no},
        {"a/b", "a", no},
        {"a", "A", no},
        {"a/", "a", no},
        {"a", "a/", no},
        {"/a", "a", no},
        {"+/+", "/a", Captures{}},
        {"/+", "/a", Captures{}},
        {"+", "/a", no},
        {"+", "", Captures{}},
        {"#", "a/b/c", Captures{}},
        {"a/#", "a", Captures{}},
        {"a/#", "a/b/c", Captures{}},
        {"a/#", "ab", no},
        {"a/+/#", "a", no},
        {"a/+/#", "a/b", Captures{}},
        {"a/+/c", "a/b/c", Captures{}},
        {"a/+/c", "a/b/d", no},
        {"a/+", "a/b/c", no},
        {"plant/{line}/#", "plant/7/temperature", Captures{"line=7"}},
        {"plant/{line}/#", "plant/7", Captures{"line=7"}},
        {"plant/{line}/#", "plant", no},
        {"plant/{line}/{sensor}", "plant//t", (Captures{"line=", "sensor=t"})},
        {"{a}/+/{b}", "1/2/3", (Captures{"a=1", "b=3"})},
        {"$share/gw/plant/{line}", "plant/7", Captures{"line=7"}},
        {"$share/gw/plant/{line}", "$share/gw/plant/7", no},
        {"#", "$SYS/load", no},
        {"+/load", "$SYS/load", no},
        {"{x}/load", "$SYS/load", no},
        {"$SYS/#", "$SYS/load", Captures{}},
        {"$share/gw/#", "$SYS/load", no},
    };
    for (const auto& it : cases) EXPECT_EQ(captures_of(it.text, it.topic), it.captures) << it.text << " " << it.topic;
}

}  // namespace
}  // namespace millrace::mqtt
