#include "gateway/core/router_pattern.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

// "no", or "yes" and the captures: "yes room=lobby".
std::string outcome(std::string_view pattern, bool is_path, std::string_view value) {
    Result<Pattern> compiled = Pattern::compile(pattern, is_path);
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
        EXPECT_EQ(outcome(row.pattern, true, row.value), row.as_path) << row.pattern << " as path, " << row.value;
        EXPECT_EQ(outcome(row.pattern, false, row.value), row.as_text) << row.pattern << " as text, " << row.value;
    }
}

TEST(Pattern, NamesOfCaptures) {
    for (std::string_view wrong : {"{}", "{A}", "{1a}", "{a-b}", "{a b}", "{*}"}) {
        EXPECT_FALSE(Pattern::compile(wrong, true).has_value()) << wrong;
    }
    Pattern pattern = Pattern::compile("/{a}/*/{b_2}", true).value();
    EXPECT_EQ(pattern.names(), (std::vector<std::string>{"a", "b_2"}));
    EXPECT_EQ(pattern.prefix(), "/");
    EXPECT_EQ(pattern.sample('#'), "/#/#/#");
}

TEST(Pattern, KeepsEarlierCaptures) {
    Pattern pattern = Pattern::compile("{a}/{b}!", false).value();
    Captures captures = {{"kept", "x"}};
    EXPECT_FALSE(pattern.match("1/2", captures));
    EXPECT_EQ(captures.size(), 1u);
    EXPECT_TRUE(pattern.match("1/2!", captures));
    EXPECT_EQ(captures.size(), 3u);
}

TEST(Pattern, HostileTextIsLinear) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "*a";
    Pattern pattern = Pattern::compile(text + "b", false).value();
    Captures captures;
    EXPECT_FALSE(pattern.match(std::string(1 << 20, 'a'), captures));
}

}  // namespace
}  // namespace millrace
