#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <span>

#include "tests/unit/gateway/core/config_fixture.hpp"

namespace millrace {
namespace {

using testing::places;
using testing::read_text;
using testing::TemporaryFolder;

struct Row {
    std::string_view text;
    std::string_view places;  // "line:col code", one a line, in the order of the file.
    std::string_view says;    // A part of what the first of them says.
};

// Lines 1 to 3 of the rows about routes.
#define MILLRACE_PLUGINS                                              \
    "version: 1\n"                                                    \
    "adapters: { web: { type: websocket }, plant: { type: mqtt } }\n" \
    "consumers: { echo: { plugin: echo }, audit: { plugin: audit } }\n"
#define MILLRACE_ROUTE(route) MILLRACE_PLUGINS "routes:\n  - " route "\n"

constexpr Row kYaml[] = {
    {"version: 1\ngateway: { name: [a }\n", "2:21 syntax\n", ""},
    {"version: 1\ngateway:\n\tname: a\n", "3:1 syntax\n", "tab"},
    {"version: 1\ngateway: { name: \"a }\n", "2:18 syntax\n", "has no end"},
    {"version: 1\ngateway: { name: 'it''s\n", "2:18 syntax\n", "has no end"},
    {"{ version: 1 }}\n", "1:15 syntax\n", ""},
    {"version: 1\n---\nversion: 1\n", "2:1 several-documents\n", "one document"},
    {"version: 1\ngateway: { name: \"\x01\" }\n", "2:19 bad-character\n", "control character"},
    {"version: 1\n# \xc3\xa4\xff\n", "2:4 bad-character\n", "UTF-8"},
    {"version: 1\n# \xed\xa0\x80\n", "2:3 bad-character\n", "UTF-8"},
    {"version: 1\ngateway: &g { name: a }\n", "2:10 anchor\n", "anchors"},
    {"version: 1\ngateway: { name: &n a, state_dir: *n }\n", "2:18 anchor\n2:35 anchor\n", "anchors"},
    {"version: 1\ngateway: *g\n", "2:10 anchor\n", "aliases"},
    {"version: !!int 1\n", "1:10 tag\n", "tags"},
    {"version: 1\ngateway: ! { name: a }\n", "2:10 tag\n", "tags"},
    {"version: 1\ngateway: { name: a, \"name\": b }\n", "2:21 duplicate-key\n", "in line 2"},
    {"version: 1\nroutes: []\nroutes: []\nversion: 2\n", "3:1 duplicate-key\n4:1 duplicate-key\n", "in line 2"},
    {"version: 1\n? [a]\n: b\n", "2:3 wrong-type\n", "a key has to be text"},
    {"version: 1\n~: b\n", "2:1 wrong-type\n", "a key has to be text"},
};

constexpr Row kRootAndGateway[] = {
    {"", "0:0 missing-key\n", "'version'"},
    {"# nothing but a comment\n", "0:0 missing-key\n", "'version'"},
    {"gateway: { name: a }\n", "0:0 missing-key\n", "'version'"},
    {"- version: 1\n", "1:1 wrong-type\n", "not a list"},
    {"version\n", "1:1 wrong-type\n", "the file has to be a map of keys, not 'version'"},
    {"version: 2\n", "1:10 bad-value\n", "version 1"},
    {"version: [1]\n", "1:10 wrong-type\n", "not a list"},
    {"version: 1\nadapter: {}\n", "2:1 unknown-key\n", "did you mean 'adapters'?"},
    {"version: 1\nroute: []\nconsumer: {}\n", "2:1 unknown-key\n3:1 unknown-key\n", "did you mean 'routes'?"},
    {"version: 1\nplugins: {}\n", "2:1 unknown-key\n", "there is version, gateway, adapters, consumers and routes"},
    {"version: 1\ngateway: edge\n", "2:10 wrong-type\n", "gateway has to be a map of keys, not 'edge'"},
    {"version: 1\ngateway: { \xc3\xa4: 1, nmae: a }\n", "2:12 unknown-key\n2:18 unknown-key\n", ""},
    {"version: 1\ngateway: { nmae: a }\n", "2:12 unknown-key\n", "did you mean 'name'?"},
    {"version: 1\ngateway: { name: a b }\n", "2:18 bad-name\n", "at most 64"},
    {"version: 1\ngateway: { name: \"\" }\n", "2:18 bad-value\n", "'name' is empty"},
    {"version: 1\ngateway: { state_dir: }\n", "2:23 wrong-type\n", "'state_dir' has to be text, not nothing"},
    {"version: 1\ngateway:\n  state_dir:\n  name: a\n", "3:3 wrong-type\n", "not nothing"},
    {"version: 1\ngateway: { admin: 9780 }\n", "2:19 bad-value\n", "127.0.0.1:9780"},
    {"version: 1\ngateway: { admin: \"127.0.0.1:65536\" }\n", "2:19 bad-value\n", "no address"},
    {"version: 1\ngateway: { admin: \"::1:80\" }\n", "2:19 bad-value\n", "no address"},
    {"version: 1\ngateway: { admin: \"0.0.0.0:9780\" }\n", "2:19 no-token\n", "loopback"},
    {"version: 1\ngateway: { admin: \"[2001:db8::1]:9780\" }\n", "2:19 no-token\n", "token: { file: PATH }"},
    {"version: 1\ngateway: { admin: { listen: \"0.0.0.0:9780\" } }\n", "2:29 no-token\n", "needs a token"},
    {"version: 1\ngateway: { admin: [ 127.0.0.1:1 ] }\n", "2:19 wrong-type\n", "an address such as"},
    {"version: 1\ngateway: { admin: { token: { env: X } } }\n", "2:12 missing-key\n",
     "gateway.admin needs the key 'listen'"},
    {"version: 1\ngateway: { admin: { listen: 127.0.0.1:1, tokens: 1 } }\n", "2:42 unknown-key\n",
     "did you mean 'token'"},
    {"version: 1\ngateway: { admin: { listen: 127.0.0.1:1, token: hunter2 } }\n", "2:49 bare-secret\n",
     "'token' is a secret"},
    {"version: 1\ngateway: { admin: { listen: 127.0.0.1:1, token: [] } }\n", "2:49 bad-value\n", "'token' is empty"},
    {"version: 1\ngateway: { admin: { listen: 127.0.0.1:1, token: [ { fil: x } ] } }\n", "2:53 unknown-key\n",
     "'file'"},
    {"version: 1\ngateway: { admin: { listen: \"0.0.0.0:1\", token: { file: x, env: Y } } }\n", "2:49 bad-value\n",
     "is one of"},
    {"version: 1\ngateway: { drain: 20 }\n", "2:19 wrong-type\n", "a duration such as 500ms, 20s or 10m, not '20'"},
    {"version: 1\ngateway: { drain: 2h }\n", "2:19 bad-value\n", "from 0ms to 1h"},
    {"version: 1\ngateway: { drain: 99999999999999999999s }\n", "2:19 bad-value\n", "from 0ms to 1h"},
    {"version: 1\ngateway: { drain: -1s }\n", "2:19 wrong-type\n", "a duration"},
    {"version: 1\ngateway: { drain: 1.5s }\n", "2:19 wrong-type\n", "a duration"},
    {"version: 1\ngateway: { log: { level: warning } }\n", "2:26 bad-value\n", "debug, info, warn and error"},
    {"version: 1\ngateway: { log: { level: inof, format: josn } }\n", "2:26 bad-value\n2:40 bad-value\n",
     "did you mean 'info'?"},
    {"version: 1\ngateway: { log: { lvl: info } }\n", "2:19 unknown-key\n", "in gateway.log"},
};

constexpr Row kAdaptersAndConsumers[] = {
    {"version: 1\nadapters: [web]\n", "2:11 wrong-type\n", "a map of names, not a list"},
    {"version: 1\nadapters: { web: websocket }\n", "2:18 wrong-type\n", "adapter 'web' has to be a map of keys"},
    {"version: 1\nadapters: { web: { listen: x } }\n", "2:13 missing-key\n", "adapter 'web' needs the key 'type'"},
    {"version: 1\nadapters: { web: }\n", "2:13 missing-key\n", "'type'"},
    {"version: 1\nadapters: { web: { type: websockets } }\n", "2:26 unknown-plugin\n", "did you mean 'websocket'?"},
    {"version: 1\nadapters: { web: { type: echo } }\n", "2:26 unknown-plugin\n", "of the other kind"},
    {"version: 1\nadapters: { web: { type: [mqtt] } }\n", "2:26 wrong-type\n", "'type' has to be text"},
    {"version: 1\nadapters: { Web: { type: websocket } }\n", "2:13 bad-name\n", "no name for an adapter"},
    {"version: 1\nadapters: { channels: { type: websocket } }\n", "2:13 bad-name\n", "what the gateway calls its own"},
    {"version: 1\nadapters: { web: { type: websocket, max: 1e999 } }\n", "2:42 bad-value\n", "'1e999'"},
    {"version: 1\nadapters: { web: { type: websocket, max: .nan } }\n", "2:42 bad-value\n", "'.nan'"},
    {"version: 1\nconsumers:\n  echo: { plugin: ehco }\n", "3:19 unknown-plugin\n",
     "no consumer plugin 'ehco' in /usr/lib/millrace/consumers; did you mean 'echo'?"},
    {"version: 1\nconsumers:\n  echo: { workers: 1 }\n", "3:3 missing-key\n", "'plugin'"},
    {"version: 1\nconsumers:\n  a__b: { plugin: echo }\n  a-: { plugin: echo }\n  7: { plugin: echo }\n",
     "3:3 bad-name\n4:3 bad-name\n5:3 bad-name\n", "no name for a consumer"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, workers: 0 }\n", "3:34 bad-value\n", "from 1 to 1024"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, workers: \"4\" }\n", "3:34 wrong-type\n", "a whole number"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, workers: four }\n", "3:34 wrong-type\n", "not 'four'"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, worker: 4 }\n", "3:25 unknown-key\n", "did you mean 'workers'?"},
    {"version: 1\nconsumers:\n  echo:\n    plugin: echo\n    mailbox: { messages: 0, bytes: 0, size: 1 }\n",
     "5:26 bad-value\n5:36 bad-value\n5:39 unknown-key\n", "from 1 to"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, mailbox: { bytes: 8MB } }\n", "3:43 wrong-type\n", "8MiB"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, mailbox: 8MiB }\n", "3:34 wrong-type\n", "mailbox of consumer"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, idle: 0s, state_ttl: 1y, may_send: all }\n",
     "3:31 bad-value\n3:46 wrong-type\n3:60 wrong-type\n", "'idle' has to be from 1ms to 30d"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, may_send: [ecko:a, echo, \"echo:\", {}, \"*\", \"echo:*\"] }\n",
     "3:36 unknown-name\n3:44 bad-value\n3:50 bad-value\n3:59 wrong-type\n", "'echo'"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, config: [1] }\n", "3:33 wrong-type\n", "'config'"},
    {"version: 1\nconsumers:\n  echo: { plugin: echo, config: { n: 99999999999999999999 } }\n", "3:38 bad-value\n",
     "64 bits"},
    {"version: 1\nadapters:\n  web: { type: websocket }\nconsumers:\n  web: { plugin: echo }\n", "5:3 duplicate-name\n",
     "in line 3"},
    {"version: 1\nconsumers:\n  web: { plugin: echo }\nadapters:\n  web: { type: websocket }\n", "5:3 duplicate-name\n",
     "in line 3"},
};

constexpr Row kRoutes[] = {
    {MILLRACE_PLUGINS "routes: { name: a }\n", "4:9 wrong-type\n", "a list, not a map"},
    {MILLRACE_ROUTE("echo"), "5:5 wrong-type\n", "a route has to be a map of keys, not 'echo'"},
    {MILLRACE_ROUTE("{ }"), "5:5 missing-key\n5:5 missing-key\n5:5 no-target\n", "route needs the key 'name'"},
    {MILLRACE_ROUTE("{ name: a, match: {}, to: ehco }"), "5:31 unknown-consumer\n", "did you mean 'echo'?"},
    {MILLRACE_ROUTE("{ name: a, match: {}, to: [audit, web, nobody] }"),
     "5:39 unknown-consumer\n5:44 unknown-consumer\n", "there is echo and audit"},
    {MILLRACE_ROUTE("{ name: a, match: {}, to: [echo, echo] }"), "5:38 duplicate-name\n", "twice"},
    {MILLRACE_ROUTE("{ name: a, match: {}, to: [] }"), "5:31 no-target\n", "names no consumer"},
    {MILLRACE_ROUTE("{ name: a, match: {}, to: { echo: 1 } }"), "5:31 wrong-type\n", "a consumer's name or a list"},
    {MILLRACE_ROUTE("{ name: a, match: {} }"), "5:5 no-target\n", "drop: true"},
    {MILLRACE_ROUTE("{ name: a, match: {}, drop: false }"), "5:27 no-target\n", "drop: true"},
    {MILLRACE_ROUTE("{ name: a, match: {}, drop: yes, to: echo }"), "5:33 wrong-type\n", "true or false, not 'yes'"},
    {MILLRACE_ROUTE("{ name: a, match: {}, drop: true, to: echo }"), "5:39 to-and-drop\n", "has no 'to'"},
    {MILLRACE_ROUTE("{ name: a, match: {}, drop: true, timeout: 1s }"), "5:39 without-effect\n", "'timeout'"},
    {MILLRACE_ROUTE("{ name: a, match: {}, to: \"echo:\" }"), "5:31 bad-channel\n", "is empty"},
    {MILLRACE_ROUTE("{ name: a, match: {}, to: \"echo:{x}\" }"), "5:31 unbound-capture\n", "{x}"},
    {MILLRACE_ROUTE("{ name: A, match: {}, to: echo }"), "5:13 bad-name\n", "no name for a route"},
    {MILLRACE_ROUTE("{ name: a, match: {}, to: echo, priority: 1 }"), "5:37 unknown-key\n",
     "there is name, match, to, drop, continue, delivery, on_reject, retry, timeout and "
     "expires"},
    {MILLRACE_ROUTE("{ name: a, match: , to: echo }"), "5:23 wrong-type\n", "{} matches every message"},
    {MILLRACE_ROUTE("{ name: a, match: { adapter: wbe }, to: echo }"), "5:34 unknown-adapter\n", "did you mean 'web'?"},
    {MILLRACE_ROUTE("{ name: a, match: { adapter: [web, echo], topic: x }, to: echo }"), "5:40 unknown-adapter\n",
     "there is web and plant"},
    {MILLRACE_ROUTE("{ name: a, match: { adapter: web, pth: /x }, to: echo }"), "5:39 unknown-match-key\n",
     "did you mean 'path'?"},
    {MILLRACE_ROUTE("{ name: a, match: { adapter: web, topic: x }, to: echo }"), "5:39 unknown-match-key\n",
     "there is adapter, all, any, header.NAME, host, json.PATH, kind, not, path, query and text"},
    {MILLRACE_ROUTE("{ name: a, match: { sender: x }, to: echo }"), "5:25 unknown-match-key\n",
     "there is adapter, all, any, header.NAME, host, json.PATH, kind, not, path, query, text and topic"},
    {MILLRACE_ROUTE("{ name: a, match: { path: [] }, to: echo }"), "5:31 bad-value\n", "an empty list"},
    {MILLRACE_ROUTE("{ name: a, match: { path: }, to: echo }"), "5:31 wrong-type\n", "text, a list, or a map"},
    {MILLRACE_ROUTE("{ name: a, match: { path: [/a, [/b]] }, to: echo }"), "5:36 wrong-type\n", "not a list"},
    {MILLRACE_ROUTE("{ name: a, match: { path: \"/{a\" }, to: echo }"), "5:31 bad-pattern\n", "a { without its }"},
    {MILLRACE_ROUTE("{ name: a, match: { path: [/a, \"/**\"] }, to: echo }"), "5:36 bad-pattern\n", "two wildcards"},
    {MILLRACE_ROUTE("{ name: a, match: { path: \"/{x}\", query: \"{x}\" }, to: echo }"), "5:46 bad-pattern\n",
     "captures {x} already"},
    {MILLRACE_ROUTE("{ name: a, match: { path: /a }, to: echo }\n  - { name: a, match: { path: /b }, to: echo }"),
     "6:13 duplicate-name\n", "in line 5"},
};

// Beginning and end of a route in line 5, whose next key is in column 37.
#define MILLRACE_TIMED(keys) MILLRACE_ROUTE("{ name: a, match: {}, to: echo, " keys " }")

constexpr Row kDelivery[] = {
    {MILLRACE_TIMED("delivery: akced"), "5:47 bad-value\n", "'delivery' cannot be 'akced'; did you mean 'acked'?"},
    {MILLRACE_TIMED("delivery: once"), "5:47 bad-value\n", "there is live, acked and durable"},
    {MILLRACE_TIMED("delivery: [live]"), "5:47 wrong-type\n", "'delivery' has to be text, not a list"},
    {MILLRACE_TIMED("delivery:"), "5:47 wrong-type\n", "not nothing"},
    {MILLRACE_TIMED("delivry: acked"), "5:37 unknown-key\n", "did you mean 'delivery'?"},
    {MILLRACE_TIMED("timeout: 5"), "5:46 wrong-type\n", "a duration such as 500ms, 20s or 10m, not '5'"},
    {MILLRACE_TIMED("timeout: 0s"), "5:46 bad-value\n", "from 1ms to 1d"},
    {MILLRACE_TIMED("timeout: 25h"), "5:46 bad-value\n", "from 1ms to 1d"},
    {MILLRACE_TIMED("timeout: { s: 5 }"), "5:46 wrong-type\n", "not a map"},
    {MILLRACE_TIMED("retry: 8"), "5:44 wrong-type\n", "retry has to be a map of keys, not '8'"},
    {MILLRACE_TIMED("retry: { attempt: 3 }"), "5:46 unknown-key\n", "'attempt' in retry; did you mean 'attempts'?"},
    {MILLRACE_TIMED("retry: { attempts: 0 }"), "5:56 bad-value\n", "from 1 to 100"},
    {MILLRACE_TIMED("retry: { attempts: 101 }"), "5:56 bad-value\n", "from 1 to 100"},
    {MILLRACE_TIMED("retry: { attempts: 2.5 }"), "5:56 wrong-type\n", "a whole number, not '2.5'"},
    {MILLRACE_TIMED("retry: { initial: 500 }"), "5:55 wrong-type\n", "a duration"},
    {MILLRACE_TIMED("retry: { initial: 2m }"), "5:55 bad-value\n", "longer than the longest"},
    {MILLRACE_TIMED("retry: { initial: 1s, max: 999ms }"), "5:64 bad-value\n", "longer than the longest"},
    {MILLRACE_TIMED("retry: { initial: 2m, max: 3 }"), "5:64 wrong-type\n", "'max' has to be a duration"},
    {MILLRACE_TIMED("retry: { multiplier: 0.99 }"), "5:58 bad-value\n", "'multiplier' has to be from 1 to 100"},
    {MILLRACE_TIMED("retry: { multiplier: two }"), "5:58 wrong-type\n", "has to be a number, not 'two'"},
    {MILLRACE_TIMED("retry: { multiplier: .inf }"), "5:58 wrong-type\n", "has to be a number"},
    {MILLRACE_TIMED("retry: { multiplier: 1e999 }"), "5:58 bad-value\n", "from 1 to 100"},
    {MILLRACE_TIMED("retry: { multiplier: \"2\" }"), "5:58 wrong-type\n", "has to be a number"},
    {MILLRACE_TIMED("retry: { jitter: -0.1 }"), "5:54 bad-value\n", "from 0 to 1"},
    {MILLRACE_TIMED("retry: { jitter: 20% }"), "5:54 wrong-type\n", "has to be a number, not '20%'"},
    {MILLRACE_TIMED("retry: { jitter: 1.5, max: 2, attempts: x }, timeout: soon, delivery: fast"),
     "5:54 bad-value\n5:64 wrong-type\n5:77 wrong-type\n5:91 wrong-type\n5:107 bad-value\n", "from 0 to 1"},
};

std::vector<Row> all_rows() {
    std::vector<Row> rows;
    for (auto table : {std::span<const Row>(kYaml), std::span<const Row>(kRootAndGateway),
                       std::span<const Row>(kAdaptersAndConsumers), std::span<const Row>(kRoutes),
                       std::span<const Row>(kDelivery)}) {
        rows.insert(rows.end(), table.begin(), table.end());
    }
    return rows;
}

TEST(ConfigErrors, EachHasItsPlaceAndCode) {
    TemporaryFolder folder;
    for (const Row& row : all_rows()) {
        ConfigResult result = read_text(folder, row.text);
        EXPECT_EQ(places(result), row.places) << row.text;
        ASSERT_FALSE(result.errors.empty()) << row.text;
        EXPECT_THAT(result.errors[0].text, ::testing::HasSubstr(std::string(row.says))) << row.text;
    }
}

TEST(ConfigErrors, AllAreFoundInOnePass) {
    TemporaryFolder folder;
    ConfigResult result = read_text(folder, R"(version: 3
routes:
  - { name: a, match: { path: /a }, to: nobody }
gateway: { dran: 5s, admin: here }
consumers:
  echo: { plugin: nothing, workers: -1 }
)");
    EXPECT_EQ(places(result),
              "1:10 bad-value\n3:25 unknown-match-key\n3:41 unknown-consumer\n4:12 unknown-key\n4:29 bad-value\n"
              "6:19 unknown-plugin\n6:37 wrong-type\n");
}

TEST(ConfigErrors, OfTheFileAsAWhole) {
    TemporaryFolder folder;
    EXPECT_EQ(places(read_config(folder.name() + "/absent.yaml", {})), "0:0 cannot-read\n");
    EXPECT_EQ(places(read_config(folder.name(), {})), "0:0 cannot-read\n");
    EXPECT_EQ(places(read_text(folder, "version: 1\n#" + std::string(1 << 20, '-'))), "0:0 too-large\n");
}

TEST(ConfigErrors, DeepNestingEnds) {
    TemporaryFolder folder;
    const std::string head = "version: 1\nadapters: { a: { type: mqtt, x: ";
    EXPECT_EQ(places(read_text(folder, head + std::string(61, '[') + std::string(61, ']') + " } }\n")), "");
    EXPECT_EQ(places(read_text(folder, head + std::string(62, '[') + std::string(62, ']') + " } }\n")),
              "2:94 too-deep\n");
    for (char open : {'[', '{', '-'}) {
        ConfigResult result = read_text(folder, std::string(100'000, open));
        ASSERT_EQ(result.errors.size(), 1u) << open;
    }
}

TEST(ConfigErrors, APluginThatNobodyLooksForSaysSo) {
    TemporaryFolder folder;
    ConfigResult result = read_config(folder.write("gateway.yaml", "version: 1\nadapters: { web: { type: x } }\n"), {});
    ASSERT_EQ(places(result), "2:26 unknown-plugin\n");
    EXPECT_THAT(result.errors[0].text, ::testing::HasSubstr("no folder to look for plugins"));
}

TEST(ConfigErrors, DocumentationListsExactlyTheCodes) {
    std::ifstream stream(std::string(MILLRACE_SOURCE_DIR "/docs/configuration.md"));
    const std::string text(std::istreambuf_iterator<char>(stream), {});
    std::set<std::string> documented;
    const std::regex line("\n\\| `([a-z-]+)` \\|");
    const std::size_t start = text.find("\n## Errors");
    ASSERT_NE(start, std::string::npos);
    for (std::sregex_iterator at(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(), line), end; at != end;
         ++at) {
        documented.insert((*at)[1]);
    }
    std::set<std::string> tested = {"cannot-read", "too-large", "too-deep", "too-many", "unreachable-route"};
    tested.merge(std::set<std::string>{"bare-secret", "no-secret", "open-secret", "bad-setting", "plugin-refused"});
    tested.insert("live-mail");  // By config_classes_test.
    // By e2e/reload_test.py and e2e/tls_test.py.
    tested.merge(std::set<std::string>{"cannot-start", "loop-held", "needs-restart", "no-file"});
    TemporaryFolder folder;
    for (const Row& row : all_rows()) {
        for (const ConfigError& error : read_text(folder, row.text).errors) tested.insert(error.code);
    }
    EXPECT_EQ(documented, tested);
}

}  // namespace
}  // namespace millrace
