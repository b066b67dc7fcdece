#include <gtest/gtest.h>

#include "tests/unit/gateway/core/config_fixture.hpp"

// What `check` says of routes that no message can reach, and that it says it only where it is certain.
namespace millrace {
namespace {

struct Row {
    std::string_view first;  // The keys of two routes, in lines 5 and 6.
    std::string_view second;
};

constexpr std::string_view kHead =
    "version: 1\n"
    "adapters: { web: { type: websocket }, plant: { type: mqtt } }\n"
    "consumers: { echo: { plugin: echo } }\n"
    "routes:\n";

ConfigResult read(const testing::TemporaryFolder& folder, const std::vector<std::string_view>& routes) {
    std::string text(kHead), name = "a";
    for (std::string_view route : routes) {
        text += "  - { name: " + name + ", to: echo, " + std::string(route) + " }\n";
        ++name[0];
    }
    return testing::read_text(folder, text);
}

constexpr Row kTaken[] = {
    {"match: {}", "match: { path: /b }"},
    {"match: { path: '/r/{x}' }", "match: { path: [/r/a, '/r/b-{y}'], query: x }"},
    {"match: { adapter: [plant, web] }", "match: {}"},
    {"match: { adapter: web }", "match: { path: /b, adapter: web }"},
    {"match: { topic: 'a/#' }", "match: { adapter: plant, topic: 'a/+/c' }"},
    {"match: { path: { regex: '/[a-z]+' } }", "match: { path: /abc }"},
    {"match: { path: { regex: '/[a-z]+' } }", "match: { path: { regex: '/[a-z]+' }, query: x }"},
    {"match: { json.v: { gt: 5 } }", "match: { json.v: { gt: 5, le: 9 } }"},
    {"match: { json.v: { ge: 5 } }", "match: { json.v: { gt: 5 } }"},
    {"match: { json.v: { gt: 5 } }", "match: { json.v: [6, 7.5] }"},
    {"match: { json.v: { exists: true } }", "match: { json.v: { lt: 0 } }"},
    {"match: { json.v: { exists: false } }", "match: { json.v: { exists: false }, path: /a }"},
    {"match: { header.a: '*' }", "match: { header.a: b }"},
    {"match: { any: [ { path: /a }, { query: x } ] }", "match: { path: /b, query: x }"},
    {"match: { any: [ { path: /a }, { path: /b } ] }", "match: { path: [/b, /a] }"},
    {"match: { path: [/a, /b] }", "match: { any: [ { path: /a, query: x }, { path: /b } ] }"},
    {"match: { all: [ { path: '/*' }, { query: x } ] }", "match: { path: /b, query: x }"},
    {"match: { not: { path: /a } }", "match: { path: /b }"},
    {"match: { not: { path: /a } }", "match: { query: x, not: { path: /a } }"},
    {"match: { not: { any: [ { path: /a }, { path: /b } ] } }", "match: { path: /c }"},
    {"match: { not: { adapter: web } }", "match: { adapter: plant, topic: x }"},
    {"match: { any: [ { adapter: web, path: /a }, { adapter: plant } ] }", "match: { adapter: plant }"},
    {"match: { kind: [MESSAGE, GAP] }", "match: { kind: GAP }"},
};

constexpr Row kReached[] = {
    {"match: { path: '/r/{x}' }", "match: { path: '/r/*' }"},
    {"match: { path: '/r/*' }", "match: { path: /r/a/b }"},
    {"match: { path: /r, query: x }", "match: { path: /r }"},
    {"match: { adapter: web, host: x }", "match: { host: x }"},
    {"match: { path: /r }", "match: { path: [/r, /s] }"},
    {"match: { path: '/{x}b' }", "match: { path: '/{x}' }"},
    {"match: { path: /b }", "match: {}"},
    {"continue: true, match: {}", "match: { path: /b }"},
    {"match: { topic: 'a/+' }", "match: { topic: 'a/#' }"},
    {"match: { topic: '#' }", "match: { topic: '$SYS/#' }"},
    {"match: { path: { regex: '/[a-z]+' } }", "match: { path: /Abc }"},
    {"match: { json.v: { gt: 5 } }", "match: { json.v: { ge: 5 } }"},
    {"match: { json.v: { gt: 5, lt: 9 } }", "match: { json.v: { gt: 5 } }"},
    {"match: { json.v: { gt: 5 } }", "match: { json.w: { gt: 5 } }"},
    {"match: { json.v: { exists: true } }", "match: { json.v: { exists: false } }"},
    {"match: { not: { path: /a } }", "match: { path: '/{x}' }"},
    {"match: { not: { header.a: b } }", "match: { header.a: c }"},
    {"match: { not: { path: /a } }", "match: { not: { path: /b } }"},
    {"match: { any: [ { path: /a }, { query: x } ] }", "match: { path: /b }"},
    {"match: { text: a }", "match: { path: /b }"},
};

TEST(ConfigReach, WarnsOfRoutesThatGetNothing) {
    testing::TemporaryFolder folder;
    for (const Row& row : kTaken) {
        const ConfigResult result = read(folder, {row.first, row.second});
        EXPECT_EQ(testing::places(result), "") << row.first << "\n" << row.second;
        ASSERT_EQ(result.warnings.size(), 1u) << row.first << "\n" << row.second;
        EXPECT_EQ(to_string(result.warnings[0], "f", "warning"),
                  "f:6:5: warning[unreachable-route] route 'b' gets no message: 'a' in line 5 takes them before it");
    }
}

TEST(ConfigReach, SaysNothingOfOthers) {
    testing::TemporaryFolder folder;
    for (const Row& row : kReached) {
        const ConfigResult result = read(folder, {row.first, row.second});
        EXPECT_EQ(testing::places(result), "") << row.first << "\n" << row.second;
        EXPECT_TRUE(result.warnings.empty()) << row.first << "\n" << row.second;
    }
}

TEST(ConfigReach, SeveralMayTakeARouteTogether) {
    testing::TemporaryFolder folder;
    EXPECT_EQ(read(folder, {"match: { path: /a }", "match: { path: /b }", "match: { path: [/b, /a] }"}).warnings.size(),
              1u);
    EXPECT_EQ(
        read(folder, {"match: { adapter: web }", "match: { adapter: plant }", "match: { host: x }"}).warnings.size(),
        1u);
}

}  // namespace
}  // namespace millrace
