#include "adapters/mqtt/config.hpp"

#include <gtest/gtest.h>

#include "adapters/mqtt/adapter.hpp"
#include "millrace/detail/manifest_text.hpp"
#include "tests/support/read_settings.hpp"

namespace millrace::mqtt {
namespace {

using Errors = std::vector<std::string>;

using Read = test::ReadSettings<Settings>;

TEST(MqttConfig, Defaults) {
    const Read it(R"({"url":"mqtt://b","client_id":"gw","subscribe":"plant/{line}/#"})");
    EXPECT_EQ(it.errors, Errors{});
    ASSERT_EQ(it.settings->subscriptions.size(), 1u);
    EXPECT_EQ(it.settings->subscriptions[0].topic.filter(), "plant/+/#");
    EXPECT_EQ(it.settings->subscriptions[0].options.qos, 1);
    const GateSettings gate = it.settings->gate("secret");
    EXPECT_EQ(gate.nonce, "secret");
    EXPECT_EQ(gate.session.messages, 4096u);
    EXPECT_EQ(gate.session.bytes, 64u << 20);
    EXPECT_EQ(gate.changes.receive_maximum, 1024);
    EXPECT_EQ(gate.changes.topic_alias_max, 16);
    EXPECT_EQ(gate.changes.packet_bytes_max, 4u << 20);
    EXPECT_FALSE(gate.changes.username);
    EXPECT_EQ(gate.connack_timeout_ms, 30'000);
}

TEST(MqttConfig, AllKeys) {
    const Read it(R"({"version":"3.1.1","url":"mqtt://b","client_id":"gw","subscribe":["a",{"topic":"b/+","qos":2}],
                      "auth":{"username":"u","password":"p"},"in_flight":{"messages":20,"bytes":"1MiB"},
                      "receive_maximum":20,"topic_aliases":0,"max_packet":"64KiB","connect_timeout":"2s"})");
    EXPECT_EQ(it.errors, Errors{});
    ASSERT_EQ(it.settings->subscriptions.size(), 2u);
    EXPECT_EQ(it.settings->subscriptions[1].topic.filter(), "b/+");
    EXPECT_EQ(it.settings->subscriptions[1].options.qos, 2);
    const GateSettings gate = it.settings->gate("n");
    EXPECT_EQ(gate.session.messages, 20u);
    EXPECT_EQ(gate.session.bytes, 1u << 20);
    EXPECT_EQ(gate.changes.username, "u");
    EXPECT_EQ(gate.changes.password, "p");
    EXPECT_EQ(gate.changes.receive_maximum, 20);
    EXPECT_EQ(gate.changes.topic_alias_max, 0);
    EXPECT_EQ(gate.changes.packet_bytes_max, 65'536u);
    EXPECT_EQ(gate.connack_timeout_ms, 2000);
}

TEST(MqttConfig, WhatIsWrong) {
    const struct {
        const char* json;
        const char* error;
    } cases[] = {
        {R"({"url":"mqtt://b","client_id":"gw","subscribe":["a","b/#/c"]})",
         "subscribe: `b/#/c` is no topic filter: `#` stands for all that is left: it is the last level"},
        {R"({"url":"mqtt://b","client_id":"gw","subscribe":"a","scope":"plants"})",
         "scope: `plants` is neither topic nor client nor a template: it has no `{name}`: for one scope of all, say "
         "`client`"},
        {R"({"url":"mqtt://b","client_id":"","subscribe":"a"})",
         "client_id: it is empty: a session that outlives its connections needs a name of its own"},
        {R"({"version":"3.1.1","url":"mqtt://b","client_id":"gw","subscribe":{"topic":"a","retained":"never"}})",
         "subscribe: `retained` and `retain_as_published` are for brokers of MQTT 5"},
        {R"({"version":"3.1.1","url":"mqtt://b","client_id":"gw","subscribe":"a","auth":{"password":"p"}})",
         "auth: a password alone is for MQTT 5: add a username"},
    };
    for (const auto& it : cases) EXPECT_EQ(Read(it.json).errors, Errors{it.error}) << it.json;
}

TEST(MqttConfig, IsDeclared) {
    const auto text = millrace::detail::manifest_text(
        [](millrace::detail::ManifestWriter& out) { millrace::detail::write_scope(out, MqttAdapter::kScope); });
    EXPECT_EQ(std::string(text.data()),
              R"({"scope":{"key":"the topic, or what `scope` says","lifetime":"keyed",)"
              R"("closes_by":["idle","policy","drain","consumer"]},"reply":"any","retry":"local","delivery":"acked"})");
}

}  // namespace
}  // namespace millrace::mqtt
