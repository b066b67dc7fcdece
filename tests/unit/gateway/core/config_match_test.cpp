#include "gateway/core/config_match.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <span>
#include <sstream>

#include "tests/unit/gateway/core/config_fixture.hpp"

// What may be wrong under `match` and in `to`, and what is right there.
namespace millrace {
namespace {

using testing::places;
using testing::read_text;
using testing::TemporaryFolder;

struct Row {
    std::string_view match;  // With a ^ before each place that has an error.
    std::string_view codes;  // Of these errors, in order.
    std::string_view says;   // A part of what the first of them says.
};

struct RouteRow {
    std::string_view match;
    std::string_view more;  // The keys behind `match`; marked as above.
    std::string_view codes;
    std::string_view says;
};

constexpr std::size_t kMatchColumn = 21;  // In line 5.

// A route with these keys behind its name: `match` and more.
ConfigResult read_route(const TemporaryFolder& folder, std::string_view keys) {
    return read_text(folder,
                     "version: 1\n"
                     "adapters: { web: { type: websocket }, plant: { type: mqtt } }\n"
                     "consumers: { echo: { plugin: echo }, audit: { plugin: audit } }\n"
                     "routes:\n"
                     "- { name: a, match: " +
                         std::string(keys) + " }\n");
}

// Reads a route with marks in it, and compares its errors.
void expect_errors(const TemporaryFolder& folder, const RouteRow& row) {
    SCOPED_TRACE(std::string(row.match) + ", " + std::string(row.more));
    std::string text = std::string(row.match) + ", " + std::string(row.more), expected;
    std::istringstream codes{std::string(row.codes)};
    for (std::string code; codes >> code;) {
        const std::size_t mark = text.find('^');
        ASSERT_NE(mark, text.npos);
        text.erase(mark, 1);
        expected += "5:" + std::to_string(kMatchColumn + mark) + " " + code + "\n";
    }
    const ConfigResult result = read_route(folder, text);
    EXPECT_EQ(places(result), expected);
    ASSERT_FALSE(result.errors.empty());
    EXPECT_THAT(result.errors[0].text, ::testing::HasSubstr(std::string(row.says)));
}

constexpr Row kKeys[] = {
    {"{ ^txet: x }", "unknown-match-key", "did you mean 'text'?"},
    {"{ ^knd: MESSAGE }", "unknown-match-key", "did you mean 'kind'?"},
    {"{ ^topc: x }", "unknown-match-key", "did you mean 'topic'?"},
    {"{ ^jsn.value: x }", "unknown-match-key", "did you mean 'json.value'?"},
    {"{ ^headr.subject: x }", "unknown-match-key", "did you mean 'header.subject'?"},
    {"{ ^headers.subject: x }", "unknown-match-key", "did you mean 'header.subject'?"},
    {"{ ^json: x }", "unknown-match-key", "a match key 'json'"},
    {"{ ^nto: { ^path: x } }", "unknown-match-key unknown-key", "did you mean 'not'?"},
    {"{ ^header.: x }", "bad-name", "'' is no name of a header"},
    {"{ ^\"header.a b\": x }", "bad-name", "'a b' is no name of a header"},
    {"{ ^json.: x }", "bad-name", "a key of the path is empty"},
    {"{ ^json.a..b: x }", "bad-name", "a key of the path is empty"},
    {"{ ^json.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2.3.4.5.6.7.8.9.0.1.2: x }", "bad-name", "deeper than 32"},
    {"{ kind: ^message }", "bad-value", "there is MESSAGE, RECEIPT and GAP"},
    {"{ kind: [GAP, ^MESAGE] }", "bad-value", "did you mean 'MESSAGE'?"},
    {"{ kind: ^CONNECT }", "bad-value", "no event of the kind 'CONNECT' is routed"},
    {"{ kind: ^{ exists: true } }", "wrong-type", "a kind of event"},
    {"{ kind: ^[] }", "bad-value", "an empty list"},
    {"{ adapter: ^{ regex: w } }", "wrong-type", "a name or a list of names, not a map"},
    {"{ adapter: ^[] }", "bad-value", "an empty list"},
    {"{ adapter: web, ^topic: x }", "unknown-match-key", "a match key 'topic'"},
    {"{ any: [ { adapter: plant, topic: x }, { adapter: web, ^topic: x } ] }", "unknown-match-key", "'topic'"},
    {"{ adapter: web, not: { adapter: ^plat } }", "unknown-adapter", "did you mean 'plant'?"},
};

constexpr Row kValues[] = {
    {"{ text: ^[] }", "bad-value", "an empty list: nothing would match"},
    {"{ text: ^{} }", "bad-value", "an empty map"},
    {"{ text: ^}", "wrong-type", "not nothing"},
    {"{ text: [a, ^[b]] }", "wrong-type", "not a list"},
    {"{ text: [a, ^~] }", "wrong-type", "not nothing"},
    {"{ text: ^\"{a\" }", "bad-pattern", "'{a': a { without its }"},
    {"{ text: ^\"a}\" }", "bad-pattern", "a } without its {"},
    {"{ text: [x, ^\"{A}\"] }", "bad-pattern", "a capture's name is of a-z"},
    {"{ header.a: ^\"**\" }", "bad-pattern", "two wildcards"},
    {"{ topic: ^\"a/b+\" }", "bad-pattern", "'+' stands for a whole level"},
    {"{ topic: [\"a/+\", ^\"#/a\"] }", "bad-pattern", "'#' stands for all that is left"},
    {"{ text: { regex: ^\"(\" } }", "bad-pattern", "missing )"},
    {"{ text: { regex: ^\"(?=a)b\" } }", "bad-pattern", "invalid perl operator"},
    {"{ text: [ { regex: ^\"(a{1000}){1000}\" } ] }", "bad-pattern", ""},
    {"{ text: { regex: ^\"\\\\pL{300}\" } }", "bad-pattern", "256 KiB"},
    {"{ text: { regex: ^\"\" } }", "bad-value", "'regex' is empty"},
    {"{ text: { regex: ^[a] } }", "wrong-type", "'regex' has to be text"},
    {"{ text: { ^regx: a } }", "unknown-key", "'regx' in the value of 'text'; did you mean 'regex'?"},
    {"{ text: { ^gte: 5 } }", "unknown-key", "did you mean 'gt'?"},
    {"{ json.v: { ^eq: 5 } }", "unknown-key", "there is regex, gt, ge, lt, le and exists"},
    {"{ text: { ^regex: a, gt: 5 } }", "bad-value", "'regex' stands alone"},
    {"{ text: { gt: 5, ^exists: true } }", "bad-value", "'exists' stands alone"},
    {"{ text: { exists: ^yes } }", "wrong-type", "true or false, not 'yes'"},
    {"{ json.v: { gt: ^much } }", "wrong-type", "'gt' has to be a number, not 'much'"},
    {"{ json.v: { gt: ^\"5\" } }", "wrong-type", "has to be a number"},
    {"{ json.v: { lt: ^.inf } }", "wrong-type", "has to be a number"},
    {"{ json.v: { le: ^1e999 } }", "bad-value", "'le' has to be from"},
    {"{ json.v: { gt: 5, ^ge: 6 } }", "bad-value", "'gt' and 'ge' are both bounds"},
    {"{ json.v: { le: 5, ^lt: 6 } }", "bad-value", "'lt' and 'le' are both bounds"},
    {"{ json.v: ^{ gt: 5, lt: 4 } }", "bad-value", "no number is within these bounds"},
    {"{ json.v: ^{ gt: 5, le: 5 } }", "bad-value", "no number is within these bounds"},
    {"{ json.v: [1, { gt: ^[5] }] }", "wrong-type", "not a list"},
};

constexpr Row kCombinations[] = {
    {"{ all: ^{ path: /a } }", "wrong-type", "'all' has to be a list of maps, not a map"},
    {"{ any: ^/a }", "wrong-type", "'any' has to be a list of maps, not '/a'"},
    {"{ any: [^/a, { path: /a }] }", "wrong-type", "in it is '/a'"},
    {"{ any: ^[] }", "bad-value", "'any' is empty"},
    {"{ all: ^[] }", "bad-value", "'all' is empty"},
    {"{ not: ^{} }", "bad-value", "'not' is empty"},
    {"{ not: ^[ { path: /a } ] }", "wrong-type", "'not' has to be a map, not a list"},
    {"{ not: ^}", "wrong-type", "not nothing"},
    {"{ any: [ { path: ^\"/a{\" }, { ^pth: /b } ] }", "bad-pattern unknown-match-key", "a { without"},
    {"{ not: { path: ^\"/{x}\" } }", "bad-pattern", "{x} takes nothing"},
    {"{ not: { any: [ { path: ^\"/{x}\" } ] } }", "bad-pattern", "{x} takes nothing"},
    {"{ path: \"/{x}\", any: [ { query: ^\"{x}\" } ] }", "bad-pattern", "captures {x} already"},
    {"{ all: [ { path: \"/{x}\" }, { query: ^\"{x}\" } ] }", "bad-pattern", "captures {x} already"},
    {"{ not: { not: { not: { not: { not: { not: { not: { not: { ^not: { path: /a } } } } } } } } } }", "too-deep",
     "no deeper than 8"},
};

constexpr RouteRow kTargets[] = {
    {"{}", "to: ^'ehco:{x}'", "unknown-consumer", "no consumer 'ehco'; did you mean 'echo'?"},
    {"{}", "to: [^'echo:{x}']", "unbound-capture", "{x} is not captured"},
    {"{}", "to: ^'web:1'", "unknown-consumer", "no consumer 'web', which names an adapter"},
    {"{}", "to: ^'echo:'", "bad-channel", "the key of the channel is empty"},
    {"{}", "to: ^'echo:a*'", "bad-channel", "no wildcards"},
    {"{}", "to: ^'echo:{a'", "bad-channel", "a { without its }"},
    {"{}", "to: ^'echo:a}'", "bad-channel", "a } without its {"},
    {"{}", "to: ^'echo:{A}'", "bad-channel", "{A} is no name of a capture"},
    {"{}", "to: ['echo:a', ^'echo:a']", "duplicate-name", "'to' names 'echo:a' twice"},
    {"{ path: '/{line}' }", "to: ^'echo:{lien}'", "unbound-capture", "did you mean 'line'?"},
    {"{ path: ['/{x}', /a] }", "to: ^'echo:{x}'", "unbound-capture", "whenever the route's match holds"},
    {"{ any: [ { path: '/{x}' }, { query: a } ] }", "to: ^'echo:{x}'", "unbound-capture", ""},
    {"{}", "drop: true, ^retry: { attempts: 2 }", "without-effect", "'retry' is of no effect"},
    {"{}", "drop: true, ^timeout: 2s", "without-effect", "'timeout' is of no effect"},
    {"{}", "drop: true, ^delivery: live", "without-effect", "'delivery' is of no effect"},
    {"{}", "drop: true, ^continue: true", "without-effect", "'continue' is of no effect"},
    {"{}", "to: echo, continue: ^1", "wrong-type", "true or false, not '1'"},
    {"{}", "to: echo, ^contine: true", "unknown-key", "did you mean 'continue'?"},
};

TEST(ConfigMatch, WhatIsWrongInMatchHasItsPlaceAndCode) {
    TemporaryFolder folder;
    for (auto table :
         {std::span<const Row>(kKeys), std::span<const Row>(kValues), std::span<const Row>(kCombinations)}) {
        for (const Row& row : table) expect_errors(folder, {row.match, "to: echo", row.codes, row.says});
    }
    EXPECT_GE(std::size(kKeys) + std::size(kValues) + std::size(kCombinations), 60u);
}

TEST(ConfigMatch, WhatIsWrongInTargetsHasItsPlaceAndCode) {
    TemporaryFolder folder;
    for (const RouteRow& row : kTargets) expect_errors(folder, row);
}

TEST(ConfigMatch, ReadsEveryForm) {
    TemporaryFolder folder;
    const ConfigResult result = read_route(
        folder,
        "{ path: { regex: '/[a-z]+' }, header.x: { exists: false }, json.v: [80.0, True, '80.0', { gt: 1, le: 2.5 }], "
        "not: { any: [ { kind: GAP }, { text: a, query: b } ] } }, to: echo");
    ASSERT_EQ(places(result), "");
    const MatchConfigs& match = result.config.routes.at(0).match;
    using Values = std::vector<ValueConfig>;
    ASSERT_EQ(match.size(), 4u);
    EXPECT_EQ(match[0].values, Values{RegexConfig{"/[a-z]+"}});
    EXPECT_EQ(match[1].values, Values{ExistsConfig{false}});
    EXPECT_EQ(match[2].key, "json.v");
    EXPECT_EQ(match[2].values, (Values{"80", "true", "80.0", RangeConfig{1, 2.5, true, false}}));
    ASSERT_EQ(match[3].parts.size(), 1u);
    const MatchConfig& any = match[3].parts[0].at(0);
    EXPECT_EQ(any.key, "any");
    ASSERT_EQ(any.parts.size(), 2u);
    EXPECT_EQ(any.parts[1].size(), 2u);
}

TEST(ConfigMatch, ChannelsTakeCapturesThatAreAlwaysThere) {
    TemporaryFolder folder;
    for (const RouteRow& row : std::initializer_list<RouteRow>{
             {"{ path: '/{x}' }", "to: 'echo:{x}'", "", ""},
             {"{ path: ['/{x}', '/a/{x}'] }", "to: [audit, 'echo:{x}', 'echo:a-{x}-{x}', echo]", "", ""},
             {"{ any: [ { path: '/{x}' }, { topic: 'a/{x}/#' } ] }", "to: 'echo:{x}', continue: true", "", ""},
             {"{ all: [ { path: '/{x}' }, { query: '{y}' } ] }", "to: 'echo:{y}/{x}'", "", ""},
             {"{}", "to: 'echo:all:of it'", "", ""}}) {
        EXPECT_EQ(places(read_route(folder, std::string(row.match) + ", " + std::string(row.more))), "") << row.match;
    }
}

TEST(ConfigMatch, ItsSizeIsBounded) {
    TemporaryFolder folder;
    auto list = [](std::size_t count, const std::string& item) {
        std::string text = "[" + item;
        for (std::size_t i = 1; i < count; ++i) text += "," + item;
        return text + "]";
    };
    EXPECT_EQ(places(read_route(folder, "{ text: " + list(1024, "a") + " }, to: echo")), "");
    EXPECT_EQ(places(read_route(folder, "{ text: " + list(1026, "a") + " }, to: echo")), "5:2078 too-many\n");
    EXPECT_EQ(places(read_route(folder, "{ text: " + list(1024, "{regex: a}") + " }, to: echo")), "");
    EXPECT_EQ(places(read_route(folder, "{ any: [ { text: " + list(600, "{regex: a}") +
                                            " } ] }, to: echo }\n- { name: b, "
                                            "match: { text: " +
                                            list(426, "{regex: a}") + " }, to: echo")),
              "6:4695 too-many\n");
}

// 10,000 routes, with every form of a predicate among them.
std::string many_routes() {
    std::string text =
        "version: 1\n"
        "adapters: { web: { type: websocket }, plant: { type: mqtt } }\n"
        "consumers: { echo: { plugin: echo } }\n"
        "routes:\n";
    constexpr std::string_view kForms[] = {
        "path: /@",
        "path: [/a@, '/b@/{x}']",
        "path: '/@/*', query: '*=@'",
        "topic: 't@/+/#'",
        "topic: 'a/{x}/@', json.v: { gt: @ }",
        "json.id: @, json.a.0.b: { exists: true }",
        "text: '@ {x}', not: { kind: GAP }",
        "header.x: '@-*', any: [ { host: a }, { text: b } ]",
        "all: [ { path: '/{x}/@' }, { json.v: { ge: 1, lt: @ } } ]",
        "text: [{ regex: '@-[0-9]+' }, { exists: false }]",
    };
    int regexes = 0;
    for (int i = 0; i < 10'000; ++i) {
        std::string match(kForms[i % 10]);
        if (match.find("regex") != match.npos && ++regexes > 1000) match = "text: @";
        for (std::size_t at = match.find('@'); at != match.npos; at = match.find('@')) {
            match.replace(at, 1, std::to_string(i + 2));
        }
        text += "- { name: r" + std::to_string(i) + ", to: echo, match: { " + match + " } }\n";
    }
    return text;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(NDEBUG)
constexpr auto kCheckMax = std::chrono::seconds(40);
#else
constexpr auto kCheckMax = std::chrono::seconds(2);
#endif

TEST(ConfigMatch, TenThousandRoutesAreCheckedInTime) {
    TemporaryFolder folder;
    const auto began = std::chrono::steady_clock::now();
    const ConfigResult result = read_text(folder, many_routes());
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(places(result), "");
    EXPECT_EQ(result.config.routes.size(), 10'000u);
    EXPECT_TRUE(result.warnings.empty());
    EXPECT_LE(took, kCheckMax);
    RecordProperty("took_ms", static_cast<int>(took / std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace millrace
