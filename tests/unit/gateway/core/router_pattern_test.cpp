#include "gateway/core/router_pattern.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

// "no", or "yes" and the captures: "yes room=lobby".
std::string outcome(std::string_view pattern, KeyType type, std::string_view value) {
    Result<Pattern> compiled = Pattern::compile(pattern, type);
    if (!compiled) return compiled.error().text;
    Captures captures;
    bool matches = compiled->match(value, captures);
    std::string text = matches ? "yes" : "no";
    for (const Capture& capture : captures) {
        text += " " + std::string(capture.name) + "=" + std::string(capture.value);
    }
    return text;
}

struct Row {
    std::string_view pattern;
    std::string_view value;
    std::string_view as_path;
    std::string_view as_text;
};

constexpr Row kRows[] = {
    // literal
    {"/echo", "/echo", "yes", "yes"},
    {"/echo", "/echo/", "no", "no"},
    {"/echo", "/ech", "no", "no"},
    {"/echo", "/Echo", "no", "no"},
    {"/echo", "", "no", "no"},
    {"", "", "yes", "yes"},
    {"", "x", "no", "no"},
    // glob
    {"*", "", "yes", "yes"},
    {"*", "abc", "yes", "yes"},
    {"*", "a/b", "no", "yes"},
    {"/rooms/*", "/rooms/", "yes", "yes"},
    {"/rooms/*", "/rooms/lobby", "yes", "yes"},
    {"/rooms/*", "/rooms/a/b", "no", "yes"},
    {"/rooms/*", "/rooms", "no", "no"},
    {"*.example.com", "in.example.com", "yes", "yes"},
    {"*.example.com", "example.com", "no", "no"},
    {"/a/*/c", "/a/b/c", "yes", "yes"},
    {"/a/*/c", "/a/b/x/c", "no", "yes"},
    {"/a/*/c", "/a//c", "yes", "yes"},
    {"/a/*/c", "/a/c", "no", "no"},
    {"a*b*c", "abc", "yes", "yes"},
    {"a*b*c", "a-b-b-c", "yes", "yes"},
    {"a*b*c", "acb", "no", "no"},
    {"*a*a", "aa", "yes", "yes"},
    {"*a*a", "a", "no", "no"},
    {"*/a*", "x/a/a", "no", "yes"},
    // captures
    {"/rooms/{room}", "/rooms/lobby", "yes room=lobby", "yes room=lobby"},
    {"/rooms/{room}", "/rooms/", "no", "no"},
    {"/rooms/{room}", "/rooms/a/b", "no", "yes room=a/b"},
    {"/{a}/{b}", "/x/y", "yes a=x b=y", "yes a=x b=y"},
    {"/{a}/{b}", "/x/", "no", "no"},
    {"/{a}/{b}", "//y", "no", "no"},
    {"/{a}/{b}", "//x/y", "no", "yes a=/x b=y"},
    {"{a}-{b}", "x-y-z", "yes a=x b=y-z", "yes a=x b=y-z"},
    {"{a}-{b}", "--", "no", "no"},
    {"{a}-{b}", "---", "yes a=- b=-", "yes a=- b=-"},
    {"/{user}.json", "/bob.json", "yes user=bob", "yes user=bob"},
    {"/{user}.json", "/.json", "no", "no"},
    {"/v1/*/{id}", "/v1/x/7", "yes id=7", "yes id=7"},
    {"/v1/*/{id}", "/v1//7", "yes id=7", "yes id=7"},
    {"/{a}x", "/xx", "yes a=x", "yes a=x"},
    {"/{a}x", "/x", "no", "no"},
    // what is no pattern
    {"/a}", "", "a } without its {", "a } without its {"},
    {"/{a", "", "a { without its }", "a { without its }"},
    {"**", "", "two wildcards with nothing between them", "two wildcards with nothing between them"},
    {"{a}{b}", "", "two wildcards with nothing between them", "two wildcards with nothing between them"},
    {"{a}/{a}", "", "{a} stands there twice", "{a} stands there twice"},
};

TEST(Pattern, Table) {
    for (const Row& row : kRows) {
        EXPECT_EQ(outcome(row.pattern, KeyType::path, row.value), row.as_path)
            << row.pattern << " as path, " << row.value;
        EXPECT_EQ(outcome(row.pattern, KeyType::text, row.value), row.as_text)
            << row.pattern << " as text, " << row.value;
    }
}

struct TopicRow {
    std::string_view filter;
    std::string_view topic;
    std::string_view outcome;
};

constexpr TopicRow kTopicRows[] = {
    {"plant/7", "plant/7", "yes"},
    {"plant/7", "plant/7/x", "no"},
    // a level
    {"plant/+/heat", "plant/7/heat", "yes"},
    {"plant/+/heat", "plant//heat", "yes"},
    {"plant/+/heat", "plant/7/8/heat", "no"},
    {"plant/+", "plant", "no"},
    {"plant/+", "plant/", "yes"},
    {"+/+", "/heat", "yes"},
    {"+", "/heat", "no"},
    {"+", "heat", "yes"},
    // all that is left
    {"#", "plant/7/heat", "yes"},
    {"plant/#", "plant/7/heat", "yes"},
    {"plant/#", "plant/", "yes"},
    {"plant/#", "plant", "yes"},
    {"plant/#", "plants", "no"},
    {"plant/#", "plants/7", "no"},
    {"/#", "/plant", "yes"},
    {"/#", "plant", "no"},
    {"+/7/#", "plant/7", "yes"},
    {"+/7/#", "plant/8/7", "no"},
    // captures and globs
    {"plant/{line}/#", "plant/7/heat", "yes line=7"},
    {"plant/{line}/#", "plant/7", "yes line=7"},
    {"plant/{line}/#", "plant/", "no"},
    {"{site}/{line}/heat", "plant/7/heat", "yes site=plant line=7"},
    {"plant/line-*/heat", "plant/line-7/heat", "yes"},
    {"plant/line-{n}", "plant/line-7", "yes n=7"},
    {"plant/*", "plant/7/heat", "no"},
    // what a broker keeps for itself
    {"#", "$SYS/load", "no"},
    {"+/load", "$SYS/load", "no"},
    {"{x}/load", "$SYS/load", "no"},
    {"$SYS/#", "$SYS/load", "yes"},
    {"a/+", "a/$b", "yes"},
    // what is no filter
    {"a+", "", "'+' stands for a whole level of the topic"},
    {"a/+b/c", "", "'+' stands for a whole level of the topic"},
    {"#/a", "", "'#' stands for all that is left of the topic: it is the last level, and alone in it"},
    {"a#", "", "'#' stands for all that is left of the topic: it is the last level, and alone in it"},
    {"a/##", "", "'#' stands for all that is left of the topic: it is the last level, and alone in it"},
    {"a/{x}*", "", "two wildcards with nothing between them"},
};

TEST(Pattern, TableOfTopics) {
    for (const TopicRow& row : kTopicRows) {
        EXPECT_EQ(outcome(row.filter, KeyType::topic, row.topic), row.outcome) << row.filter << " " << row.topic;
    }
    EXPECT_EQ(outcome("a+b#", KeyType::path, "a+b#"), "yes") << "in a path they are characters like others";
}

TEST(Pattern, CoversOnlyWhatIsCertain) {
    struct CoverRow {
        std::string_view pattern;
        std::string_view other;
        bool covers;
    };
    auto covers = [](const CoverRow& row, KeyType type) {
        return Pattern::compile(row.pattern, type)->covers(*Pattern::compile(row.other, type));
    };
    for (const CoverRow& row : std::initializer_list<CoverRow>{{"/a", "/a", true},
                                                               {"/a", "/b", false},
                                                               {"/r/*", "/r/x-{y}", true},
                                                               {"/r/{x}", "/r/{y}", true},
                                                               {"/r/{x}", "/r/*", false},
                                                               {"/r/*", "/r/*/a", false},
                                                               {"/{x}b", "/{x}", false},
                                                               {"/\x01", "/*", false}}) {
        EXPECT_EQ(covers(row, KeyType::path), row.covers) << row.pattern << " " << row.other;
    }
    for (const CoverRow& row : std::initializer_list<CoverRow>{{"#", "a/+/b", true},
                                                               {"#", "#", true},
                                                               {"#", "$SYS/#", false},
                                                               {"a/#", "a/+/#", true},
                                                               {"a/+/#", "a/#", false},
                                                               {"a/+/#", "a/+", true},
                                                               {"a/+", "a/#", false},
                                                               {"+/#", "#", false},
                                                               {"a/#", "a", true},
                                                               {"a/{x}", "a/+", false}}) {
        EXPECT_EQ(covers(row, KeyType::topic), row.covers) << row.pattern << " " << row.other;
    }
    EXPECT_FALSE(Pattern::compile("*", KeyType::path)->covers(*Pattern::compile("*", KeyType::text)));
}

TEST(Pattern, NamesOfCaptures) {
    for (std::string_view wrong : {"{}", "{A}", "{1a}", "{a-b}", "{a b}", "{*}"}) {
        EXPECT_FALSE(Pattern::compile(wrong, KeyType::path).has_value()) << wrong;
    }
    Pattern pattern = Pattern::compile("/{a}/*/{b_2}", KeyType::path).value();
    EXPECT_EQ(pattern.names(), (std::vector<std::string>{"a", "b_2"}));
    EXPECT_EQ(pattern.prefix(), "/");
}

TEST(Pattern, KeepsEarlierCaptures) {
    Pattern pattern = Pattern::compile("{a}/{b}!", KeyType::text).value();
    Captures captures = {{"kept", "x"}};
    EXPECT_FALSE(pattern.match("1/2", captures));
    EXPECT_EQ(captures.size(), 1u);
    EXPECT_TRUE(pattern.match("1/2!", captures));
    EXPECT_EQ(captures.size(), 3u);
}

TEST(Pattern, HostileTextIsLinear) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "*a";
    Pattern pattern = Pattern::compile(text + "b", KeyType::text).value();
    Captures captures;
    EXPECT_FALSE(pattern.match(std::string(1 << 20, 'a'), captures));
}

}  // namespace
}  // namespace millrace
