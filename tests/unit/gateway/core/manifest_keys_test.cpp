#include "gateway/core/manifest_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "gateway/core/manifest.hpp"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Manifest> manifest_with(std::string_view more, std::string_view kind = "consumer") {
    return parse_manifest(R"({"id":"x","version":"1","abi":"0.1","protocol":"p","kind":")" + std::string(kind) +
                          R"(",)" + std::string(more) + "}");
}

TEST(ManifestKeys, AreATree) {
    const Result<Manifest> manifest = manifest_with(
        R"("config":[{"key":"subscribe[].qos","type":"integer","default":1,"min":0,"max":2,"unit":"levels","about":"a"},
                     {"key":"subscribe[].topic","type":"text","required":true},
                     {"key":"wait","type":"duration","default":"90s","min":"500ms","max":"2h","otherwise":"b"},
                     {"key":"room","type":"size","default":2048,"min":"1KiB"},
                     {"key":"share","type":"number","default":0.5,"max":1},
                     {"key":"mode","type":"text","default":"fast","choices":["fast","safe"]},
                     {"key":"on","type":"bool","default":false},
                     {"key":"tls.key","type":"secret","later":{"any":[1]}}])");
    ASSERT_TRUE(manifest) << manifest.error().text;
    ASSERT_TRUE(manifest->settings);
    const SettingKey& root = *manifest->settings;
    ASSERT_EQ(root.keys.size(), 7u);
    const SettingKey* list = root.find("subscribe");
    ASSERT_TRUE(list && list->find("[]"));
    EXPECT_EQ(list->type, SettingType::list);
    EXPECT_EQ(list->find("[]")->type, SettingType::map);
    EXPECT_EQ(list->find("[]")->path, "subscribe[]");
    const SettingKey* qos = list->find("[]")->find("qos");
    ASSERT_TRUE(qos);
    EXPECT_EQ(qos->path, "subscribe[].qos");
    EXPECT_EQ(qos->fallback, "1");
    EXPECT_EQ(qos->range(), "from 0 to 2");
    EXPECT_EQ(qos->unit, "levels");
    EXPECT_EQ(qos->about, "a");
    EXPECT_TRUE(list->find("[]")->find("topic")->is_required);
    EXPECT_EQ(root.find("wait")->fallback, "90s");
    EXPECT_EQ(root.find("wait")->range(), "from 500ms to 2h");
    EXPECT_EQ(root.find("wait")->otherwise, "b");
    EXPECT_EQ(root.find("room")->fallback, "2KiB");
    EXPECT_EQ(root.find("room")->range(), "at least 1KiB");
    EXPECT_EQ(root.find("share")->fallback, "0.5");
    EXPECT_EQ(root.find("share")->range(), "at most 1");
    EXPECT_THAT(root.find("mode")->choices, ElementsAre("fast", "safe"));
    EXPECT_EQ(root.find("on")->fallback, "false");
    EXPECT_EQ(root.find("tls")->type, SettingType::map);
    EXPECT_EQ(root.find("tls")->find("key")->type, SettingType::secret);
    EXPECT_FALSE(root.find("tls")->find("key")->fallback);
}

TEST(ManifestKeys, NoneAreNotTheSameAsNotDeclared) {
    EXPECT_FALSE(manifest_with(R"("later":1)")->settings);
    ASSERT_TRUE(manifest_with(R"("config":[])")->settings);
    EXPECT_TRUE(manifest_with(R"("config":[])")->settings->keys.empty());
}

TEST(ManifestKeys, ThatCannotBe) {
    struct Row {
        std::string config;
        std::string_view says;
    };
    const auto key = [](const std::string& more) { return R"([{"key":"k",)" + more + "}]"; };
    std::string many = "[";
    for (int i = 0; i < 257; ++i) many += (i ? "," : "") + (R"({"key":"k)" + std::to_string(i) + R"(","type":"text"})");
    const Row rows[] = {
        {"{}", "has to be a list of at most 256 objects"},
        {"[7]", "has to be a list of at most 256 objects"},
        {many + "]", "has to be a list of at most 256 objects"},
        {R"([{"type":"text"}])", "\"config[].key\" has to be a path"},
        {R"([{"key":7,"type":"text"}])", "\"config[].key\" has to be a path"},
        {R"([{"key":"","type":"text"}])", "\"config[].key\" has to be a path such as subscribe[].qos"},
        {R"([{"key":"[]","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"[].a","type":"text"}])", "has to be a path such as"},
        {R"([{"key":".a","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"a.","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"a..b","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"a[","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"a[0]","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"a[]b","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"a B","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"a.b.c.d.e.f.g.h.i","type":"text"}])", "at most 8 deep"},
        {R"([{"key":"a)" + std::string(64, 'x') + R"(","type":"text"}])", "has to be a path such as"},
        {R"([{"key":"a","type":"text"},{"key":"a","type":"path"}])", "the key \"a\": it stands there twice"},
        {R"([{"key":"a.b","type":"text"},{"key":"a","type":"map"}])", "the key \"a\": it stands there twice"},
        {R"([{"key":"a","type":"text"},{"key":"a.b","type":"text"}])",
         "the key \"a\": it is of type text: nothing is below"},
        {R"([{"key":"a","type":"map"},{"key":"a[]","type":"text"}])", "it is of type map: nothing is below"},
        {R"([{"key":"a","type":"map"},{"key":"a[].b","type":"text"}])", "it is of type map: nothing is below"},
        {R"([{"key":"a","type":"list"},{"key":"a.b","type":"text"}])", "it is of type list: nothing is below"},
        {R"([{"key":"a[]","type":"any"},{"key":"a[].b","type":"text"}])", "it is of type any: nothing is below"},
        {key(R"("about":"no type")"), "the key \"k\": \"type\" has to be one of text, integer, number, bool"},
        {key(R"("type":"regex")"), "\"type\" has to be one of"},
        {key(R"("type":7)"), "\"type\" has to be one of"},
        {key(R"("type":"text","required":1)"), "\"required\" has to be true or false"},
        {key(R"("type":"text","required":true,"default":"x")"), "it is required, and has a default"},
        {key(R"("type":"text","about":"two\nlines")"), "\"about\" has to be one line of text"},
        {key(R"("type":"text","unit":[])"), "\"unit\" has to be one line"},
        {key(R"("type":"text","about":")" + std::string(1025, 'x') + "\""), "\"about\" has to be one line"},
        {key(R"("type":"text","min":1)"), "\"min\" is for numbers, sizes and durations"},
        {key(R"("type":"duration","min":1)"), "\"min\" has to be a value of its type"},
        {key(R"("type":"duration","max":"1 s")"), "\"max\" has to be a value of its type"},
        {key(R"("type":"integer","max":"1")"), "\"max\" has to be a value of its type"},
        {key(R"("type":"integer","min":2,"max":1)"), "\"min\" is above \"max\""},
        {key(R"("type":"integer","min":2,"default":1)"), "\"default\" is out of range"},
        {key(R"("type":"integer","default":"1")"), "\"default\" has to be a value of its type"},
        {key(R"("type":"integer","default":0.5)"), "\"default\" has to be a value of its type"},
        {key(R"("type":"number","min":0e300300)"), "\"min\" has to be a value of its type"},
        {key(R"("type":"bool","default":"true")"), "\"default\" has to be a value of its type"},
        {key(R"("type":"text","default":1)"), "\"default\" has to be a value of its type"},
        {key(R"("type":"secret","default":"x")"), "\"default\" has to be a value of its type"},
        {key(R"("type":"list","default":[])"), "\"default\" has to be a value of its type"},
        {key(R"("type":"text","choices":[])"), "\"choices\" has to be a list of texts"},
        {key(R"("type":"text","choices":[1])"), "\"choices\" has to be a list of texts"},
        {key(R"("type":"integer","choices":["1"])"), "\"choices\" has to be a list of texts, for a text"},
        {key(R"("type":"text","choices":["a"],"default":"b")"), "\"default\" is none of the choices"},
    };
    for (const Row& row : rows) {
        const Result<Manifest> manifest = manifest_with(R"("config":)" + row.config);
        ASSERT_FALSE(manifest) << row.config;
        EXPECT_THAT(manifest.error().text, HasSubstr(std::string(row.says))) << row.config;
    }
}

TEST(ManifestPromise, OfAnAdapter) {
    const Result<Manifest> manifest = manifest_with(
        R"("scope":{"key":"the topic","lifetime":"keyed","closes_by":["idle","evicted"]},"reply":"any",
           "retry":"upstream","delivery":"acked","requires":["bodies.v1"])",
        "adapter");
    ASSERT_TRUE(manifest) << manifest.error().text;
    EXPECT_EQ(manifest->scope.key, "the topic");
    EXPECT_EQ(manifest->scope.lifetime, "keyed");
    EXPECT_THAT(manifest->scope.closes_by, ElementsAre("idle", "evicted"));
    EXPECT_EQ(manifest->scope.reply, "any");
    EXPECT_EQ(manifest->scope.retry, "upstream");
    EXPECT_EQ(manifest->scope.delivery, "acked");
    EXPECT_THAT(manifest->extensions, ElementsAre("bodies.v1"));
}

TEST(ManifestPromise, ThatCannotBe) {
    struct Row {
        std::string more;
        std::string_view says;
    };
    const Row rows[] = {
        {R"("scope":7)", "\"scope\" has to be an object"},
        {R"("scope":{})", "\"scope\" has to be an object"},
        {R"("scope":{"key":""})", "\"scope\" has to be an object"},
        {R"("scope":{"key":"x","lifetime":"long"})", "\"lifetime\" has to be one of connection transaction keyed"},
        {R"("scope":{"key":"x","closes_by":"idle"})", "\"closes_by\" has to be a list of at most 64 names"},
        {R"("scope":{"key":"x","closes_by":["IDLE"]})", "\"closes_by\" has to be a list of at most 64 names"},
        {R"("reply":"maybe")", "\"reply\" has to be one of connection verdict any"},
        {R"("retry":7)", "\"retry\" has to be one of local upstream"},
        {R"("delivery":"durable")", "\"delivery\" has to be one of live acked"},
        {R"("requires":"x")", "\"requires\" has to be a list"},
    };
    for (const Row& row : rows) {
        const Result<Manifest> manifest = manifest_with(row.more, "adapter");
        ASSERT_FALSE(manifest) << row.more;
        EXPECT_THAT(manifest.error().text, HasSubstr(std::string(row.says))) << row.more;
    }
}

}  // namespace
}  // namespace millrace
