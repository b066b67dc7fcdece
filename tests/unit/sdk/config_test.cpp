#include "millrace/config.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using namespace std::chrono_literals;
using Errors = std::vector<std::string>;

// Collects "path: text".
struct Collected {
    Errors errors;
    millrace_errors sink{sizeof(millrace_errors), 0, this, [](void* self, millrace_bytes path, millrace_bytes text) {
                             const auto view = [](millrace_bytes b) {
                                 return std::string(reinterpret_cast<const char*>(b.data), b.size);
                             };
                             static_cast<Collected*>(self)->errors.push_back(view(path) + ": " + view(text));
                         }};
};

TEST(Config, ReadsEveryType) {
    Collected collected;
    const Config config(R"({"t":"a\u00e9\ud83d\ude00\n","f":true,"n":-12,"s":"64KiB","s2":512,"d":"250ms","d2":"3s",
                           "l":["a","b"],"l1":"a","o":{"k":"v"},"os":[{"k":"1"},{"k":"2"}],"nothing":null})",
                        &collected.sink);
    EXPECT_EQ(config.text("t"), "a\xc3\xa9\xf0\x9f\x98\x80\n");
    EXPECT_EQ(config.flag("f", false), true);
    EXPECT_EQ(config.integer("n", 0), -12);
    EXPECT_EQ(config.size("s", 0), 65536u);
    EXPECT_EQ(config.size("s2", 0), 512u);
    EXPECT_EQ(config.duration("d", 0s), 250ms);
    EXPECT_EQ(config.duration("d2", 0s), 3s);
    EXPECT_EQ(config.texts("l"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(config.texts("l1"), (std::vector<std::string>{"a"}));
    EXPECT_EQ(config.object("o")->text("k"), "v");
    ASSERT_EQ(config.objects("os").size(), 2u);
    EXPECT_EQ(config.objects("os")[1].text("k"), "2");
    EXPECT_EQ(config.objects("os")[0].text("k"), "1");
    EXPECT_FALSE(config.has("nothing"));
    EXPECT_EQ(config.text("nothing", "fallback"), "fallback");
    EXPECT_TRUE(config.finish());
    EXPECT_EQ(collected.errors, Errors{});
}

TEST(Config, AbsentKeysHaveTheirDefaults) {
    Collected collected;
    const Config config("{}", &collected.sink);
    EXPECT_EQ(config.text("t", "x"), "x");
    EXPECT_EQ(config.flag("f", true), true);
    EXPECT_EQ(config.integer("n", 7, {1, 9}), 7);
    EXPECT_EQ(config.size("s", 8), 8u);
    EXPECT_EQ(config.duration("d", 9s), 9s);
    EXPECT_EQ(config.texts("l", {"a"}), (std::vector<std::string>{"a"}));
    EXPECT_FALSE(config.object("o"));
    EXPECT_TRUE(config.objects("os").empty());
    EXPECT_TRUE(config.finish());
}

// Every mistake of a configuration, in one pass.
TEST(Config, ReportsAllMistakesWithTheirPaths) {
    Collected collected;
    const Config config(R"({"text":1,"flag":"yes","integer":1.5,"small":0,"large":11,"size":"1MB","negative":-1,
                           "duration":"fast","bare":20,"quoted":"20","short":"5ms",
                           "list":[1,"a",{}],"list2":{},"object":[],
                           "objects":[{"topc":"x"},3],"limt":1})",
                        &collected.sink);
    EXPECT_EQ(config.text("path"), "");
    EXPECT_EQ(config.text("text", "x"), "x");
    EXPECT_EQ(config.flag("flag", true), true);
    EXPECT_EQ(config.integer("integer", 3), 3);
    EXPECT_EQ(config.integer("small", 5, {1, 10}), 5);
    EXPECT_EQ(config.integer("large", 5, {.max = 10}), 5);
    EXPECT_EQ(config.size("size", 4), 4u);
    EXPECT_EQ(config.size("negative", 4), 4u);
    EXPECT_EQ(config.duration("duration", 2s), 2s);
    EXPECT_EQ(config.duration("bare", 2s), 2s);
    EXPECT_EQ(config.duration("quoted", 2s), 2s);
    EXPECT_EQ(config.duration("short", 2s, {1s}), 2s);
    config.texts("list"), config.texts("list2"), config.object("object");
    for (const Config& each : config.objects("objects")) each.text("topic"), each.error("topic", "not this one");
    config.integer("limit", 1);
    EXPECT_FALSE(config.finish());
    EXPECT_EQ(collected.errors, (Errors{
                                    ": key `path` is missing: it needs a text",
                                    "text: expected a text, found a number",
                                    "flag: expected true or false, found `yes`",
                                    "integer: expected a whole number, found a number",
                                    "small: 0 is too small: at least 1",
                                    "large: 11 is too large: at most 10",
                                    "size: expected a size like 64KiB, found `1MB`",
                                    "negative: expected a size like 64KiB, found a number",
                                    "duration: expected a time span like 20s, found `fast`",
                                    "bare: expected a time span like 20s, found a number",
                                    "quoted: expected a time span like 20s, found `20`",
                                    "short: 5ms is too small: at least 1000ms",
                                    "list[0]: expected a text, found a number",
                                    "list[2]: expected a text, found an object",
                                    "list2: expected a list of texts, found an object",
                                    "object: expected keys, found a list",
                                    "objects[1]: expected keys, found a number",
                                    "objects[0]: key `topic` is missing: it needs a text",
                                    "objects[0].topic: not this one",
                                    "limt: unknown key `limt`; did you mean `limit`?",
                                    "objects[0].topc: unknown key `topc`; did you mean `topic`?",
                                }));
}

TEST(Config, RefusesWhatIsNotJson) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "expected a value"},
        {"{", "expected a key in quotes"},
        {"{\"a\"}", "expected `:`"},
        {"{\"a\":}", "expected a value"},
        {"{\"a\":1", "expected `,` or `}`"},
        {"{\"a\":1,}", "expected a key in quotes"},
        {"{\"a\":1,\"a\":2}", "key `a` twice"},
        {"{\"a\":[1 2]}", "expected `,` or `]`"},
        {"{\"a\":01}", "expected a value"},
        {"{\"a\":-}", "expected a value"},
        {"{\"a\":1.}", "expected digits after `.`"},
        {"{\"a\":1e+}", "expected digits after `e`"},
        {"{\"a\":\"", "a text without an end"},
        {"{\"a\":\"\n\"}", "a control character in a text"},
        {"{\"a\":\"\\x\"}", "a wrong escape in a text"},
        {"{\"a\":\"\\ud800\"}", "a wrong escape in a text"},
        {"{\"a\":\"\\ud800\\u0041\"}", "a wrong escape in a text"},
        {"{\"a\":\"\\udc00\"}", "a wrong escape in a text"},
        {"{\"a\":\"\\u-001\"}", "a wrong escape in a text"},
        {"{} {}", "something follows the value"},
        {std::string(100'000, '['), "more than 64 levels"},
    };
    for (const auto& [json, reason] : cases) {
        Collected collected;
        EXPECT_FALSE(Config(json, &collected.sink).finish());
        EXPECT_EQ(collected.errors, Errors{": the configuration is not JSON: " + reason}) << json.substr(0, 40);
    }
}

TEST(Config, RefusesWhatIsNoObject) {
    for (const std::string json : {"[]", "1", "\"a\"", "null", "true"}) {
        Collected collected;
        EXPECT_FALSE(Config(json, &collected.sink).finish());
        EXPECT_EQ(collected.errors.size(), 1u) << json;
        EXPECT_TRUE(collected.errors.at(0).starts_with(": expected keys, found ")) << json;
    }
}

TEST(Config, QuantitiesDoNotOverflow) {
    Collected collected;
    const Config config(R"({"s":"9223372036854775807GiB","d":"99999999999999999d","n":9223372036854775808})",
                        &collected.sink);
    EXPECT_EQ(config.size("s", 1), 1u);
    EXPECT_EQ(config.duration("d", 1s), 1s);
    EXPECT_EQ(config.integer("n", 1), 1);
    EXPECT_EQ(collected.errors.size(), 3u);
}

TEST(Nearest, FindsWhatWasMeant) {
    const std::vector<std::string_view> keys = {"path", "limit", "notify", "size_max"};
    EXPECT_EQ(detail::nearest("pth", keys), "path");
    EXPECT_EQ(detail::nearest("limti", keys), "limit");
    EXPECT_EQ(detail::nearest("sizemax", keys), "size_max");
    EXPECT_EQ(detail::nearest("colour", keys), std::nullopt);
    EXPECT_EQ(detail::nearest("", keys), std::nullopt);
}

}  // namespace
}  // namespace millrace
