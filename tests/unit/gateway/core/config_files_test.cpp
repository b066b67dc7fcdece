#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "gateway/core/config_sections.hpp"
#include "tests/unit/gateway/core/config_fixture.hpp"

// The files of the repository that say what can be configured say the truth.
namespace millrace {
namespace {

using testing::places;
using testing::test_catalogue;

std::string source(const std::string& name) { return MILLRACE_SOURCE_DIR "/" + name; }

std::string content(const std::string& name) {
    std::ifstream stream(source(name));
    return {std::istreambuf_iterator<char>(stream), {}};
}

// With the keys that are off: "#admin: ..." becomes "admin: ...".
std::string whole_file() {
    return std::regex_replace(content("configs/gateway.full.yaml"), std::regex("\n( *)#(\\w)"), "\n$1$2");
}

std::set<std::string> known_keys() {
    std::set<std::string> keys;
    auto add = [&keys](const std::string& prefix, auto& names) {
        for (std::string_view name : names) keys.insert(prefix + std::string(name));
    };
    add("", kRootKeys);
    add("gateway.", kGatewayKeys);
    add("gateway.log.", kLogKeys);
    keys.insert("adapters.NAME.type");
    add("consumers.NAME.", kConsumerKeys);
    add("gateway.admin.", kAdminKeys);
    add("gateway.spool.", kSpoolKeys);
    add("consumers.NAME.mailbox.", kMailboxKeys);
    add("routes[].", kRouteKeys);
    add("routes[].retry.", kRetryKeys);
    return keys;
}

// The paths of all keys of a tree, with NAME for the names of adapters and consumers.
void add_paths(const YamlNode& node, const std::string& path, std::set<std::string>& paths) {
    for (const YamlNode& item : node.items) add_paths(item, path + "[]", paths);
    for (const YamlEntry& entry : node.entries) {
        bool is_name = path == "adapters" || path == "consumers";
        std::string inner = (path.empty() ? "" : path + ".") + (is_name ? "NAME" : entry.key);
        if (!is_name) paths.insert(inner);
        add_paths(entry.value, inner, paths);
    }
}

TEST(ConfigFiles, DemoIsRight) {
    ConfigResult result = read_config(source("configs/demo.yaml"), test_catalogue());
    EXPECT_EQ(places(result), "");
    EXPECT_EQ(result.config.routes.size(), 8u);
}

TEST(ConfigFiles, TheFullFileHasTheDefaults) {
    ConfigResult result = read_config(source("configs/gateway.full.yaml"), test_catalogue());
    ASSERT_EQ(places(result), "");
    const Config& full = result.config;
    const Config defaults;
    EXPECT_EQ(full.name, defaults.name);
    EXPECT_EQ(full.state_dir, source("configs/state"));
    EXPECT_EQ(full.plugins_dir, defaults.plugins_dir);
    EXPECT_EQ(full.admin, defaults.admin);
    EXPECT_EQ(full.log_level, defaults.log_level);
    EXPECT_EQ(full.log_format, defaults.log_format);
    EXPECT_EQ(full.drain_ms, defaults.drain_ms);
    const ConsumerConfig consumer;
    ASSERT_EQ(full.consumers.size(), 1u);
    EXPECT_EQ(full.consumers[0].workers, consumer.workers);
    EXPECT_EQ(full.consumers[0].mailbox.messages, consumer.mailbox.messages);
    EXPECT_EQ(full.consumers[0].mailbox.bytes, consumer.mailbox.bytes);
    EXPECT_EQ(full.consumers[0].idle_ms, consumer.idle_ms);
    EXPECT_EQ(full.consumers[0].state_ttl_ms, consumer.state_ttl_ms);
    EXPECT_EQ(full.consumers[0].may_send, consumer.may_send);
    EXPECT_EQ(full.consumers[0].settings.json, consumer.settings.json);
    ASSERT_EQ(full.routes.size(), 1u);
    const RouteConfig route;
    EXPECT_EQ(full.routes[0].drop, route.drop);
    EXPECT_EQ(full.routes[0].delivery, route.delivery);
    EXPECT_EQ(full.routes[0].retry, route.retry);
    EXPECT_EQ(full.routes[0].timeout_ms, route.timeout_ms);
}

TEST(ConfigFiles, TheFullFileHasEveryKey) {
    testing::TemporaryFolder folder;
    ConfigResult result = testing::read_text(folder, whole_file());
    ASSERT_EQ(places(result), "") << "every key of it is known";
    EXPECT_TRUE(result.config.admin && result.config.plugins_dir) << "keys without a default have an example";
    std::set<std::string> paths;
    add_paths(parse_yaml(whole_file()).root, "", paths);
    for (const std::string& key : known_keys()) EXPECT_EQ(paths.count(key), 1u) << key;
}

TEST(ConfigFiles, TheDocumentationHasEveryKeyAndNoOther) {
    const std::string text = content("docs/configuration.md");
    const std::size_t start = text.find("\n## Keys"), end = text.find("\n## Routes");
    ASSERT_TRUE(start != std::string::npos && end != std::string::npos);
    const std::string section = text.substr(start, end - start);
    const std::regex row("\n\\| `([^`]+)` \\|");
    std::set<std::string> documented;
    for (std::sregex_iterator at(section.begin(), section.end(), row), last; at != last; ++at)
        documented.insert((*at)[1]);
    std::set<std::string> expected;
    for (const std::string& key : known_keys()) {
        bool is_section = false;
        for (const std::string& other : known_keys()) is_section = is_section || other.starts_with(key + ".");
        bool is_root = key == "adapters" || key == "consumers" || key == "routes";
        if (!is_section && !is_root) expected.insert(key);
    }
    EXPECT_EQ(documented, expected);
}

}  // namespace
}  // namespace millrace
