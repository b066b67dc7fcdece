#include "gateway/core/router_condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/core/config_fixture.hpp"

// What each form of a predicate matches, as it is written in a configuration.
namespace millrace {
namespace {

using testing::TemporaryFolder;

// The compiled `match` of a route. Where it is wrong, the test has failed.
class Matcher {
  public:
    Matcher(const TemporaryFolder& folder, std::string_view match) {
        const ConfigResult result =
            testing::read_text(folder,
                               "version: 1\nadapters: { web: { type: websocket }, plant: { type: mqtt } }\n"
                               "consumers: { echo: { plugin: echo } }\nroutes:\n- { name: a, to: echo, match: " +
                                   std::string(match) + " }\n");
        EXPECT_EQ(testing::places(result), "") << match;
        if (!result.config.routes.empty()) {
            condition_ = Condition::compile(result.config.routes[0].match, paths_);
        }
    }

    // "no", "maybe", or "yes" and the captures.
    std::string judge(Facts facts) const {
        facts.paths = &paths_;
        Captures captures;
        const Truth truth = condition_.evaluate(facts, captures);
        std::string text = truth == Truth::no ? "no" : truth == Truth::yes ? "yes" : "maybe";
        for (const Capture& capture : captures) text.append(" ").append(capture.name).append("=").append(capture.value);
        return text;
    }

    std::string explain(Facts facts) const {
        facts.paths = &paths_;
        std::vector<PredicateReport> reports;
        condition_.explain(facts, 0, reports);
        std::string text;
        for (const PredicateReport& report : reports) {
            text += std::string(report.depth, ' ') + report.key + "|" + report.wanted + "|" + report.value + "|" +
                    "nmy"[static_cast<int>(report.truth)] + "\n";
        }
        return text;
    }

  private:
    JsonPaths paths_;
    Condition condition_;
};

struct Row {
    std::string_view match;
    std::string_view value;  // Of the text, or the payload, or the attribute that `match` asks about.
    std::string_view outcome;
};

constexpr Row kTexts[] = {
    {"{ text: hello }", "hello", "yes"},
    {"{ text: hello }", "Hello", "no"},
    {"{ text: hello }", "hello ", "no"},
    {"{ text: \"\" }", "", "yes"},
    {"{ text: [a, b] }", "b", "yes"},
    {"{ text: [a, b] }", "c", "no"},
    {"{ text: \"order *\" }", "order 7/8", "yes"},
    {"{ text: \"order *\" }", "orders", "no"},
    {"{ text: \"order {id} of {who}\" }", "order 7/8 of ann", "yes id=7/8 who=ann"},
    {"{ text: \"order {id}\" }", "order ", "no"},
    {"{ text: { regex: '[a-z]+' } }", "abc", "yes"},
    {"{ text: { regex: '[a-z]+' } }", "abc1", "no"},
    {"{ text: { regex: '[a-z]+' } }", "1abc", "no"},
    {"{ text: { regex: 'a|ab' } }", "ab", "yes"},
    {"{ text: { regex: '(?i)stop' } }", "Stop", "yes"},
    {"{ text: { regex: '.*' } }", "a\nb", "no"},
    {"{ text: { regex: '(?s).*' } }", "a\nb", "yes"},
    {"{ text: { regex: '..' } }", "\xc3\xa4x", "yes"},
    {"{ text: [x, { regex: '[0-9]+' }, { lt: 0 }] }", "12", "yes"},
    {"{ text: [x, { regex: '[0-9]+' }, { lt: 0 }] }", "-1.5", "yes"},
    {"{ text: [x, { regex: '[0-9]+' }, { lt: 0 }] }", "y", "no"},
    {"{ text: { gt: 5 } }", "5.5", "yes"},
    {"{ text: { gt: 5 } }", "5", "no"},
    {"{ text: { ge: 5 } }", "5", "yes"},
    {"{ text: { ge: 5 } }", "4.999", "no"},
    {"{ text: { lt: 5 } }", "-1e3", "yes"},
    {"{ text: { lt: 5 } }", "5", "no"},
    {"{ text: { le: 5 } }", "5", "yes"},
    {"{ text: { le: 5 } }", "5.001", "no"},
    {"{ text: { gt: 1, le: 5 } }", "5", "yes"},
    {"{ text: { gt: 1, le: 5 } }", "1", "no"},
    {"{ text: { ge: 5, le: 5 } }", "5.0", "yes"},
    {"{ text: { gt: 5 } }", "many", "no"},
    {"{ text: { gt: 5 } }", "6 apples", "no"},
    {"{ text: { gt: 5 } }", "inf", "no"},
    {"{ text: { gt: 5 } }", "", "no"},
    {"{ text: { exists: true } }", "", "yes"},
    {"{ text: { exists: false } }", "", "no"},
    {"{ not: { text: a } }", "b", "yes"},
    {"{ not: { text: a } }", "a", "no"},
    {"{ any: [ { text: a }, { text: \"b{x}\" } ] }", "b7", "yes x=7"},
    {"{ any: [ { text: a }, { text: \"b{x}\" } ] }", "c", "no"},
    {"{ all: [ { text: \"a*\" }, { text: \"*b\" } ] }", "a-b", "yes"},
    {"{ all: [ { text: \"a*\" }, { text: \"*b\" } ] }", "a-c", "no"},
    {"{ all: [ { text: \"a{x}\" }, { text: \"*b\" } ] }", "a-c", "no"},
    {"{ text: \"a*\", not: { any: [ { text: ab }, { text: ac } ] } }", "ad", "yes"},
    {"{ text: \"a*\", not: { any: [ { text: ab }, { text: ac } ] } }", "ac", "no"},
    {"{ not: { not: { text: a } } }", "a", "yes"},
    {"{}", "anything", "yes"},
};

constexpr Row kJson[] = {
    {"{ json.v: 80 }", R"({"v":80})", "yes"},
    {"{ json.v: 80 }", R"({"v":80.0})", "yes"},
    {"{ json.v: 80.0 }", R"({"v":80})", "yes"},
    {"{ json.v: 8e1 }", R"({"v":"80"})", "yes"},
    {"{ json.v: 80.1 }", R"({"v":80.1})", "yes"},
    {"{ json.v: 80 }", R"({"v":81})", "no"},
    {"{ json.v: \"80.0\" }", R"({"v":80})", "no"},
    {"{ json.v: true }", R"({"v":true})", "yes"},
    {"{ json.v: True }", R"({"v":true})", "yes"},
    {"{ json.v: true }", R"({"v":false})", "no"},
    {"{ json.v: \"null\" }", R"({"v":null})", "yes"},
    {"{ json.severity: [high, critical] }", R"({"severity":"critical"})", "yes"},
    {"{ json.severity: [high, critical] }", R"({"severity":"low"})", "no"},
    {"{ json.v: \"a*\" }", R"({"v":"a/b"})", "yes"},
    {"{ json.v: \"a-{x}\" }", R"({"v":"a-7"})", "yes x=7"},
    {"{ json.v: { regex: '[0-9]+' } }", R"({"v":12})", "yes"},
    {"{ json.v: { gt: 80 } }", R"({"v":80.5})", "yes"},
    {"{ json.v: { gt: 80 } }", R"({"v":"81"})", "yes"},
    {"{ json.v: { gt: 80 } }", R"({"v":80})", "no"},
    {"{ json.v: { gt: 80 } }", R"({"v":[81]})", "no"},
    {"{ json.v: { ge: 80.1 } }", R"({"v":80.1})", "yes"},
    {"{ json.a.0.b: x }", R"({"a":[{"b":"x"}]})", "yes"},
    {"{ json.a.1.b: x }", R"({"a":[{"b":"x"}]})", "no"},
    {"{ json.v: \"*\" }", R"({"v":{}})", "no"},
    {"{ json.v: { exists: true } }", R"({"v":{}})", "yes"},
    {"{ json.v: { exists: true } }", R"({"v":null})", "yes"},
    {"{ json.v: { exists: true } }", R"({"w":1})", "no"},
    {"{ json.v: { exists: false } }", R"({"w":1})", "yes"},
    {"{ json.v: { exists: false } }", R"({"v":1})", "no"},
    {"{ json.v: { exists: false } }", "no json", "no"},
    {"{ json.v: { exists: true } }", "no json", "no"},
    {"{ not: { json.v: 1 } }", "no json", "yes"},
    {"{ json.v: 1, json.w: \"{x}\" }", R"({"w":"y","v":1})", "yes x=y"},
};

constexpr Row kTopics[] = {
    {"{ topic: \"plant/+/heat\" }", "plant/7/heat", "yes"},
    {"{ topic: \"plant/+/heat\" }", "plant/7/8/heat", "no"},
    {"{ topic: \"plant/{line}/#\" }", "plant/7/heat", "yes line=7"},
    {"{ topic: \"plant/#\" }", "plant", "yes"},
    {"{ topic: [\"a/+\", \"b/#\"] }", "b/1/2", "yes"},
    {"{ topic: \"plant/*\" }", "plant/7/8", "no"},
    {"{ topic: { regex: 'plant/.*' } }", "plant/7/8", "yes"},
    {"{ topic: { exists: true } }", "x", "yes"},
    {"{ adapter: plant, topic: x }", "x", "yes"},
    {"{ adapter: web }", "x", "no"},
    {"{ not: { adapter: web } }", "x", "yes"},
    {"{ any: [ { adapter: web, path: \"/{x}\" }, { adapter: plant, topic: \"{x}\" } ] }", "7", "yes x=7"},
    {"{ host: { exists: false } }", "x", "yes"},
    {"{ host: \"*\" }", "x", "no"},
};

TEST(Condition, OfTexts) {
    TemporaryFolder folder;
    for (const Row& row : kTexts) {
        MessageView message;
        message.text = row.value;
        Facts facts;
        facts.message = &message;
        EXPECT_EQ(Matcher(folder, row.match).judge(facts), row.outcome) << row.match << " " << row.value;
    }
}

TEST(Condition, OfJson) {
    TemporaryFolder folder;
    for (const Row& row : kJson) {
        MessageView message;
        message.payload = row.value;
        Facts facts;
        facts.message = &message;
        EXPECT_EQ(Matcher(folder, row.match).judge(facts), row.outcome) << row.match << " " << row.value;
    }
}

TEST(Condition, OfAttributes) {
    TemporaryFolder folder;
    for (const Row& row : kTopics) {
        const Attribute attributes[] = {{"topic", row.value}};
        Facts facts;
        facts.adapter = "plant";
        facts.attributes = attributes;
        EXPECT_EQ(Matcher(folder, row.match).judge(facts), row.outcome) << row.match << " " << row.value;
    }
}

TEST(Condition, OfBytesThereIsNoText) {
    TemporaryFolder folder;
    MessageView message;
    message.payload = R"({"v":1})";
    Facts facts;
    facts.message = &message;
    EXPECT_EQ(Matcher(folder, "{ text: '*' }").judge(facts), "no");
    EXPECT_EQ(Matcher(folder, "{ text: { exists: false } }").judge(facts), "yes");
    EXPECT_EQ(Matcher(folder, "{ json.v: 1 }").judge(facts), "yes") << "JSON may come as bytes";
}

TEST(Condition, OfHeaders) {
    TemporaryFolder folder;
    const Attribute headers[] = {{"Subject", "Order 7"}, {"X-Tag", "a"}, {"x-tag", "b"}};
    MessageView message;
    message.headers = headers;
    Facts facts;
    facts.message = &message;
    for (const Row& row : std::initializer_list<Row>{{"{ header.subject: 'Order {n}' }", "", "yes n=7"},
                                                     {"{ header.SUBJECT: 'order*' }", "", "no"},
                                                     {"{ header.x-tag: a }", "", "yes"},
                                                     {"{ header.x-tag: b }", "", "yes"},
                                                     {"{ header.x-tag: c }", "", "no"},
                                                     {"{ not: { header.x-tag: b } }", "", "no"},
                                                     {"{ header.from: '*' }", "", "no"},
                                                     {"{ header.from: { exists: false } }", "", "yes"}}) {
        EXPECT_EQ(Matcher(folder, row.match).judge(facts), row.outcome) << row.match;
    }
}

TEST(Condition, OfKinds) {
    TemporaryFolder folder;
    MessageView message;
    Facts facts;
    facts.message = &message;
    EXPECT_EQ(Matcher(folder, "{ kind: MESSAGE }").judge(facts), "yes");
    EXPECT_EQ(Matcher(folder, "{ kind: [GAP, RECEIPT] }").judge(facts), "no");
    message.kind = MILLRACE_GAP;
    EXPECT_EQ(Matcher(folder, "{ kind: [GAP, RECEIPT] }").judge(facts), "yes");
}

TEST(Condition, WhatIsNotKnownIsMaybeOnlyWhereItMatters) {
    TemporaryFolder folder;
    const Attribute attributes[] = {{"path", "/a"}};
    const std::string_view unknown[] = {"host"};
    Facts facts;
    facts.adapter = "web";
    facts.attributes = attributes;
    facts.unknown = unknown;
    for (const Row& row : std::initializer_list<Row>{
             {"{ path: /a }", "", "yes"},
             {"{ host: x }", "", "maybe"},
             {"{ host: { exists: false } }", "", "maybe"},
             {"{ query: { exists: false } }", "", "yes"},
             {"{ text: x }", "", "maybe"},
             {"{ json.v: x }", "", "maybe"},
             {"{ header.a: x }", "", "maybe"},
             {"{ kind: GAP }", "", "maybe"},
             {"{ path: /b, text: x }", "", "no"},
             {"{ text: x, path: /b }", "", "no"},
             {"{ path: /a, text: x }", "", "maybe"},
             {"{ not: { text: x } }", "", "maybe"},
             {"{ not: { path: /a, text: x } }", "", "maybe"},
             {"{ not: { path: /b, text: x } }", "", "yes"},
             {"{ any: [ { text: x }, { path: /a } ] }", "", "yes"},
             {"{ any: [ { text: x }, { path: /b } ] }", "", "maybe"},
             {"{ any: [ { path: '/{x}' }, { text: '{x}' } ] }", "", "yes x=a"},
             {"{ any: [ { text: '{x}' }, { path: '/{x}' } ] }", "", "maybe"},  // of which x is not known
         }) {
        EXPECT_EQ(Matcher(folder, row.match).judge(facts), row.outcome) << row.match;
    }
}

TEST(Condition, ExplainsEveryPredicate) {
    TemporaryFolder folder;
    const Attribute attributes[] = {{"topic", "plant/7"}};
    MessageView message;
    message.payload = R"({"v":80,"s":"low"})";
    Facts facts;
    facts.adapter = "plant";
    facts.attributes = attributes;
    facts.message = &message;
    const std::string_view match =
        "{ adapter: plant, topic: ['plant/+', 'x/#'], json.v: { gt: 80, le: 100 }, text: { regex: 'a.*' }, "
        "any: [ { json.s: high }, { topic: 'plant/7', not: { json.w: { exists: true } } } ] }";
    EXPECT_EQ(Matcher(folder, match).explain(facts),
              "all|||n\n"
              " adapter|plant|plant|y\n"
              " topic|[plant/+, x/#]|plant/7|y\n"
              " json.v|{ gt: 80, le: 100 }|80|n\n"
              " text|{ regex: 'a.*' }||n\n"
              " any|||y\n"
              "  json.s|high|low|n\n"
              "  all|||y\n"
              "   topic|plant/7|plant/7|y\n"
              "   not|||y\n"
              "    json.w|{ exists: true }||n\n");
    facts.message = nullptr;
    EXPECT_THAT(Matcher(folder, match).explain(facts), ::testing::HasSubstr(" json.v|{ gt: 80, le: 100 }||m\n"));
}

}  // namespace
}  // namespace millrace
