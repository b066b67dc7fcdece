#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <span>
#include <string>
#include <string_view>

#include "tests/unit/gateway/core/config_fixture.hpp"

// What a plugin's manifest declares holds its part of the file, before any of its code runs.
namespace millrace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::places;
using testing::TemporaryFolder;

constexpr std::string_view kMqtt = R"({
    "id": "mqtt", "version": "1.0.0", "kind": "adapter", "abi": "0.1", "protocol": "mqtt",
    "config": [
        {"key": "url", "type": "text", "required": true},
        {"key": "subscribe", "type": "list", "required": true},
        {"key": "subscribe[].topic", "type": "text", "required": true},
        {"key": "subscribe[].qos", "type": "integer", "default": 0, "min": 0, "max": 2},
        {"key": "auth.username", "type": "text"},
        {"key": "auth.password", "type": "secret", "required": true},
        {"key": "tls", "type": "map"},
        {"key": "tls.ca", "type": "path"},
        {"key": "accept", "type": "list"},
        {"key": "accept[]", "type": "text"},
        {"key": "accept[].file", "type": "path", "required": true},
        {"key": "listen", "type": "list"},
        {"key": "listen[]", "type": "address"},
        {"key": "keep_alive", "type": "duration", "default": "60s", "min": "1s", "max": "10m"},
        {"key": "max_size", "type": "size", "default": "25MiB", "min": 1024},
        {"key": "share", "type": "number", "min": 0, "max": 1},
        {"key": "clean", "type": "bool", "default": false},
        {"key": "version", "type": "text", "default": "5", "choices": ["3.1.1", "5"]},
        {"key": "count", "type": "integer", "max": 10},
        {"key": "headers", "type": "map"},
        {"key": "extra", "type": "any"},
        {"key": "tokens", "type": "list"},
        {"key": "tokens[]", "type": "secret"}]})";

constexpr std::string_view kAlarm = R"({
    "id": "alarm", "version": "1.0.0", "kind": "consumer", "abi": "0.1",
    "config": [{"key": "limit", "type": "integer", "required": true}, {"key": "notify", "type": "list"},
               {"key": "notify[]", "type": "text"}]})";

constexpr std::string_view kEcho =
    R"({"id": "echo", "version": "1.0.0", "kind": "consumer", "abi": "0.1", "config": []})";
constexpr std::string_view kFree = R"({"id": "free", "version": "1.0.0", "kind": "consumer", "abi": "0.1"})";

Catalogue catalogue() {
    Catalogue catalogue;
    for (const std::string_view text : {kMqtt, kAlarm, kEcho, kFree}) {
        Result<Manifest> manifest = parse_manifest(text);
        EXPECT_TRUE(manifest) << manifest.error().text;
        catalogue.plugins.push_back(*std::move(manifest));
    }
    return catalogue;
}

ConfigResult read(const TemporaryFolder& folder, const std::string& text) {
    return read_config(folder.write("gateway.yaml", text), catalogue());
}

struct Row {
    std::string_view text;
    std::string_view places;  // "line:col code", one a line.
    std::string_view says;    // A part of what the first of them says.
};

// The keys of an adapter that has what it needs. They begin in line 3, column 31.
#define MILLRACE_MQTT(keys) "version: 1\nadapters:\n  p: { type: mqtt, url: u, " keys ", subscribe: { topic: a } }\n"
// The first key is in line 3, column 23.
#define MILLRACE_ALARM(keys) "version: 1\nconsumers:\n  a: { plugin: alarm, " keys " }\n"

constexpr Row kRows[] = {
    // Unknown and missing.
    {MILLRACE_MQTT("urk: x"), "3:28 unknown-key\n", "unknown key 'urk' in adapter 'p'; did you mean 'url'?"},
    {MILLRACE_MQTT("keep_alife: 5s"), "3:28 unknown-key\n", "did you mean 'keep_alive'?"},
    {MILLRACE_MQTT("typ: x"), "3:28 unknown-key\n", "did you mean 'type'?"},
    {MILLRACE_MQTT("zzzzzz: x"), "3:28 unknown-key\n", "unknown key 'zzzzzz' in adapter 'p'"},
    {"version: 1\nadapters:\n  p: { type: mqtt }\n", "3:3 missing-key\n3:3 missing-key\n",
     "adapter 'p' needs the key 'url'"},
    {"version: 1\nadapters:\n  p:\n    type: mqtt\n    url: u\n    subscribe:\n      - topic: a\n      - qos: 1\n",
     "8:9 missing-key\n", "'subscribe[1]' of adapter 'p' needs the key 'topic'"},
    {"version: 1\nadapters:\n  p:\n    type: mqtt\n    url: u\n    subscribe:\n      - { topic: a, qso: 1 }\n",
     "7:21 unknown-key\n", "unknown key 'qso' in 'subscribe[0]' of adapter 'p'; did you mean 'qos'?"},
    {MILLRACE_MQTT("tls: { cafile: x }"), "3:35 unknown-key\n", "in 'tls' of adapter 'p'; there is ca"},
    {MILLRACE_MQTT("auth: { username: u }"), "3:28 missing-key\n", "'auth' of adapter 'p' needs the key 'password'"},
    {"version: 1\nconsumers:\n  a: { plugin: alarm }\n", "3:3 missing-key\n", "consumer 'a' needs the key 'limit'"},
    {MILLRACE_ALARM("config: {}"), "3:23 missing-key\n", "needs the key 'limit'"},
    {MILLRACE_ALARM("config: { limt: 3 }"), "3:23 missing-key\n3:33 unknown-key\n", "'limit'"},
    {"version: 1\nconsumers:\n  e: { plugin: echo, config: { loud: true } }\n", "3:32 unknown-key\n",
     "unknown key 'loud': consumer 'e' has none"},
    // Types.
    {MILLRACE_MQTT("clean: yes"), "3:35 wrong-type\n", "'clean' has to be true or false, not 'yes'"},
    {MILLRACE_MQTT("keep_alive: 60"), "3:40 wrong-type\n", "a duration such as 500ms, 20s or 10m, not '60'"},
    {MILLRACE_MQTT("keep_alive: [5s]"), "3:40 wrong-type\n", "a duration such as 500ms, 20s or 10m, not a list"},
    {MILLRACE_MQTT("max_size: 5MB"), "3:38 wrong-type\n", "a size such as 64KiB or 8MiB, not '5MB'"},
    {MILLRACE_MQTT("max_size: \"5000\""), "3:38 wrong-type\n", "a size"},
    {MILLRACE_MQTT("count: 1.5"), "3:35 wrong-type\n", "'count' has to be a whole number, not '1.5'"},
    {MILLRACE_MQTT("count: \"1\""), "3:35 wrong-type\n", "a whole number"},
    {MILLRACE_MQTT("share: half"), "3:35 wrong-type\n", "'share' has to be a number, not 'half'"},
    {MILLRACE_MQTT("version: 5"), "3:37 wrong-type\n", "'version' has to be text, not '5'; text that looks like this"},
    {MILLRACE_MQTT("tls: x"), "3:33 wrong-type\n", "'tls' has to be a map of keys, not 'x'"},
    {MILLRACE_MQTT("tls: [ca]"), "3:33 wrong-type\n", "'tls' has to be a map of keys, not a list"},
    {MILLRACE_MQTT("tls:"), "3:32 wrong-type\n", "'tls' has to be a map of keys, not nothing"},
    {MILLRACE_MQTT("headers: 3"), "3:37 wrong-type\n", "'headers' has to be a map of keys"},
    {MILLRACE_MQTT("tls: { ca: { file: x } }"), "3:39 wrong-type\n", "'tls.ca' has to be a path, not a map"},
    {MILLRACE_MQTT("accept: [ x, 7, [] ]"), "3:41 wrong-type\n3:44 wrong-type\n",
     "'accept[1]' has to be text or a map of keys, not '7'"},
    {MILLRACE_MQTT("accept: [ x, { fil: y } ]"), "3:41 missing-key\n3:43 unknown-key\n", "'accept[1]' of adapter 'p'"},
    {"version: 1\nadapters:\n  p: { type: mqtt, url: u, subscribe: [ a ] }\n", "3:41 wrong-type\n",
     "'subscribe[0]' has to be a map of keys, not 'a'"},
    {MILLRACE_ALARM("config: { limit: 3, notify: [ 5 ] }"), "3:53 wrong-type\n", "'notify[0]' has to be text"},
    {MILLRACE_ALARM("config: x"), "3:31 wrong-type\n", "'config' has to be a map of keys"},
    // Values.
    {"version: 1\nadapters:\n  p: { type: mqtt, url: u, subscribe: [ { topic: a, qos: 3 } ] }\n", "3:58 bad-value\n",
     "'subscribe[0].qos' has to be from 0 to 2"},
    {"version: 1\nadapters:\n  p: { type: mqtt, url: u, subscribe: [] }\n", "3:39 bad-value\n", "'subscribe' is empty"},
    {MILLRACE_MQTT("keep_alive: 500ms"), "3:40 bad-value\n", "'keep_alive' has to be from 1s to 10m"},
    {MILLRACE_MQTT("max_size: 1023B"), "3:38 bad-value\n", "'max_size' has to be at least 1KiB"},
    {MILLRACE_MQTT("max_size: 99999999999999999999"), "3:38 bad-value\n", "too large"},
    {MILLRACE_MQTT("count: 0x0b"), "3:35 bad-value\n", "'count' has to be at most 10"},
    {MILLRACE_MQTT("count: -9223372036854775809"), "3:35 bad-value\n", ""},
    {MILLRACE_MQTT("count: 99999999999999999999"), "3:35 bad-value\n", "64 bits"},
    {MILLRACE_MQTT("share: 1.01"), "3:35 bad-value\n", "'share' has to be from 0 to 1"},
    {MILLRACE_MQTT("share: .inf"), "3:35 bad-value\n", "not a number that can be passed on"},
    {MILLRACE_MQTT("version: \"4\""), "3:37 bad-value\n", "'version' cannot be '4'; there is 3.1.1 and 5"},
    {MILLRACE_MQTT("listen: [ \"1.2.3.4:5\", nowhere ]"), "3:51 bad-value\n", "'listen[1]': 'nowhere' is no address"},
    {MILLRACE_MQTT("listen: \"1.2.3.4\""), "3:36 bad-value\n", "is no address"},
    {MILLRACE_MQTT("tls: { ca: \"\" }"), "3:39 bad-value\n", "'tls.ca' is empty"},
    // Secrets.
    {MILLRACE_MQTT("auth: { password: hunter2 }"), "3:46 bare-secret\n",
     "'auth.password' is a secret: write { env: NAME }"},
    {MILLRACE_MQTT("auth: { password: [ hunter2 ] }"), "3:46 bare-secret\n", "is a secret"},
    {MILLRACE_MQTT("auth: { password: { evn: hunter2 } }"), "3:48 unknown-key\n", "did you mean 'env'?"},
    {MILLRACE_MQTT("auth: { password: { env: A, file: hunter2 } }"), "3:46 bad-value\n", "is one of { env: NAME }"},
    {MILLRACE_MQTT("auth: { password: {} }"), "3:46 bad-value\n", "is one of { env: NAME }"},
    {MILLRACE_MQTT("auth: { password: { env: } }"), "3:53 wrong-type\n", "'auth.password.env' has to be text"},
    {MILLRACE_MQTT("auth: { password: { file: [ hunter2 ] } }"), "3:54 wrong-type\n", "'auth.password.file'"},
    {MILLRACE_MQTT("tokens: [ { env: A }, hunter2 ]"), "3:50 bare-secret\n", "'tokens[1]' is a secret"},
    // All in one run, in the order of the file.
    {"version: 1\nadapters:\n  p:\n    type: mqtt\n    urll: u\n    clean: 1\n    auth: { password: x }\n    share: "
     "2\n",
     "3:3 missing-key\n3:3 missing-key\n5:5 unknown-key\n6:12 wrong-type\n7:23 bare-secret\n8:12 bad-value\n", "'url'"},
};

TEST(PluginKeys, WhatIsWrongIsPlaced) {
    static_assert(std::size(kRows) >= 50);
    const TemporaryFolder folder;
    for (const Row& row : kRows) {
        const ConfigResult result = read(folder, std::string(row.text));
        EXPECT_EQ(places(result), row.places) << row.text;
        ASSERT_FALSE(result.errors.empty()) << row.text;
        EXPECT_THAT(result.errors[0].text, HasSubstr(std::string(row.says))) << row.text;
        for (const ConfigError& error : result.errors) EXPECT_THAT(error.text, Not(HasSubstr("hunter2"))) << row.text;
    }
}

TEST(PluginKeys, WhatIsRightIsPassedOn) {
    const TemporaryFolder folder;
    const ConfigResult result = read(folder,
                                     "version: 1\n"
                                     "adapters:\n"
                                     "  p:\n"
                                     "    type: mqtt\n"
                                     "    url: u\n"
                                     "    subscribe: [ { topic: a, qos: 2 }, { topic: b } ]\n"
                                     "    auth: { username: gw, password: { env: PASSWORD } }\n"
                                     "    tls: { ca: ca.crt }\n"
                                     "    accept: [ \"*@x\", { file: f } ]\n"
                                     "    listen: \"[::1]:80\"\n"
                                     "    keep_alive: 10m\n"
                                     "    max_size: 1KiB\n"
                                     "    share: 1\n"
                                     "    count: -5\n"
                                     "    version: \"5\"\n"
                                     "    headers: { any: [ 1, { of: these } ] }\n"
                                     "    extra: [ 1 ]\n"
                                     "consumers:\n"
                                     "  a: { plugin: alarm, config: { limit: 3, notify: \"irc:#ops\" } }\n"
                                     "  e: { plugin: echo, config: {} }\n"
                                     "  f: { plugin: free, config: { anything: { goes: [ 1 ] } } }\n");
    ASSERT_EQ(places(result), "");
    EXPECT_EQ(
        result.config.adapters[0].settings.json,
        R"({"url":"u","subscribe":[{"topic":"a","qos":2},{"topic":"b"}],"auth":{"username":"gw","password":null},)"
        R"("tls":{"ca":"ca.crt"},"accept":["*@x",{"file":"f"}],"listen":"[::1]:80","keep_alive":"10m",)"
        R"("max_size":"1KiB","share":1,"count":-5,"version":"5","headers":{"any":[1,{"of":"these"}]},"extra":[1]})");
    ASSERT_EQ(result.config.adapters[0].settings.secrets.size(), 1u);
    EXPECT_EQ(result.config.adapters[0].settings.secrets[0].path, "auth.password");
    EXPECT_EQ(result.config.consumers[2].settings.json, R"({"anything":{"goes":[1]}})");
}

}  // namespace
}  // namespace millrace
