#include "gateway/core/config.hpp"

#include <gtest/gtest.h>

#include "tests/unit/gateway/core/config_fixture.hpp"

namespace millrace {
namespace {

using testing::places;
using testing::read_text;
using testing::TemporaryFolder;

using Values = std::vector<ValueConfig>;

constexpr std::string_view kWhole = R"(version: 1
gateway:
  name: edge-1
  state_dir: ./state/
  plugins_dir: ../plugins
  admin: { listen: "0.0.0.0:9780", token: [ { file: new.token }, { env: OLD } ] }
  log: { level: debug, format: json }
  drain: 1500ms
adapters:
  web: { type: websocket, listen: "0.0.0.0:8080", limits: { message: 1MiB, rates: [1, 2.5, ~] } }
consumers:
  echo: { plugin: echo }
  audit:
    plugin: audit
    workers: 1
    mailbox: { messages: 16, bytes: 64KiB }
    config: { path: audit.jsonl, sync: false, mode: 0o600, size: 0x10, tag: "7", "on": yes }
routes:
  - { name: echo, match: { adapter: web, path: [/echo, "/say/{word}"] }, to: echo }
  - { name: both, match: { path: "/both/*", query: "" }, to: [audit, echo], delivery: acked, timeout: 1500ms,
      retry: { attempts: 3, initial: 1s, multiplier: 1.5, max: 2m, jitter: 0 } }
  - { name: rest, match: {}, drop: true }
)";

TEST(Config, ReadsEveryKey) {
    TemporaryFolder folder;
    ConfigResult result = read_text(folder, kWhole);
    ASSERT_EQ(places(result), "");
    const Config& config = result.config;
    EXPECT_EQ(config.file, folder.name() + "/gateway.yaml");
    EXPECT_EQ(config.name, "edge-1");
    EXPECT_EQ(config.admin, "0.0.0.0:9780");
    ASSERT_EQ(config.admin_tokens.size(), 2u);
    EXPECT_EQ(config.admin_tokens[0].name, folder.name() + "/new.token");
    EXPECT_EQ(config.admin_tokens[1].name, "OLD");
    EXPECT_EQ(config.log_level, "debug");
    EXPECT_EQ(config.log_format, "json");
    EXPECT_EQ(config.drain_ms, 1500u);
    ASSERT_EQ(config.adapters.size(), 1u);
    EXPECT_EQ(config.adapters[0].name, "web");
    EXPECT_EQ(config.adapters[0].type, "websocket");
    EXPECT_EQ(config.adapters[0].at, (Position{10, 3}));
    ASSERT_EQ(config.consumers.size(), 2u);
    EXPECT_EQ(config.consumers[1].plugin, "audit");
    EXPECT_EQ(config.consumers[1].workers, 1u);
    EXPECT_EQ(config.consumers[1].mailbox.messages, 16u);
    EXPECT_EQ(config.consumers[1].mailbox.bytes, 65536u);
    EXPECT_EQ(config.consumers[1].at, (Position{13, 3}));
}

TEST(Config, ReadsRoutes) {
    TemporaryFolder folder;
    ConfigResult result = read_text(folder, kWhole);
    ASSERT_EQ(result.config.routes.size(), 3u);
    const RouteConfig& echo = result.config.routes[0];
    EXPECT_EQ(echo.name, "echo");
    EXPECT_EQ(echo.at, (Position{19, 5}));
    ASSERT_EQ(echo.match.size(), 2u);
    EXPECT_EQ(echo.match[0].key, "adapter");
    EXPECT_EQ(echo.match[0].values, Values{"web"});
    EXPECT_EQ(echo.match[1].key, "path");
    EXPECT_EQ(echo.match[1].type, KeyType::path);
    EXPECT_EQ(echo.match[1].values, (Values{"/echo", "/say/{word}"}));
    EXPECT_EQ(echo.to, std::vector<std::string>{"echo"});
    EXPECT_EQ(result.config.routes[1].to, (std::vector<std::string>{"audit", "echo"}));
    EXPECT_EQ(result.config.routes[1].match[1].type, KeyType::text);
    EXPECT_TRUE(result.config.routes[2].drop);
    EXPECT_TRUE(result.config.routes[2].match.empty());
}

TEST(Config, ReadsHowARouteDelivers) {
    TemporaryFolder folder;
    ConfigResult result = read_text(folder, kWhole);
    ASSERT_EQ(result.config.routes.size(), 3u);
    EXPECT_EQ(result.config.routes[0].delivery, DeliveryClass::live);
    EXPECT_EQ(result.config.routes[0].retry, RetryConfig());
    EXPECT_EQ(result.config.routes[0].timeout_ms, 30'000u);
    EXPECT_EQ(result.config.routes[1].delivery, DeliveryClass::acked);
    EXPECT_EQ(result.config.routes[1].retry, (RetryConfig{3, 1000, 1.5, 120'000, 0}));
    EXPECT_EQ(result.config.routes[1].timeout_ms, 1500u);
}

TEST(Config, PathsCountFromTheFile) {
    TemporaryFolder folder;
    ConfigResult result = read_text(folder, kWhole);
    std::string parent = folder.name().substr(0, folder.name().rfind('/'));
    EXPECT_EQ(result.config.state_dir, folder.name() + "/state");
    EXPECT_EQ(result.config.plugins_dir, parent + "/plugins");
    EXPECT_EQ(read_plugins_dir(folder.name() + "/gateway.yaml"), parent + "/plugins");
    EXPECT_EQ(read_plugins_dir(folder.write("none.yaml", "version: 1\n")), std::nullopt);
    EXPECT_EQ(read_plugins_dir(folder.name() + "/absent.yaml"), std::nullopt);
    ConfigResult absolute = read_text(folder, "version: 1\ngateway: { state_dir: /var/lib/millrace }\n");
    EXPECT_EQ(absolute.config.state_dir, "/var/lib/millrace");
}

TEST(Config, PluginSettingsCrossAsJson) {
    TemporaryFolder folder;
    ConfigResult result = read_text(folder, kWhole);
    EXPECT_EQ(result.config.adapters[0].settings.json,
              R"({"listen":"0.0.0.0:8080","limits":{"message":"1MiB","rates":[1,2.5E0,null]}})");
    EXPECT_EQ(result.config.consumers[0].settings.json, "{}");
    EXPECT_EQ(result.config.consumers[1].settings.json,
              R"({"path":"audit.jsonl","sync":false,"mode":384,"size":16,"tag":"7","on":"yes"})");
}

TEST(Config, PluginSettingsKnowTheirPlaces) {
    TemporaryFolder folder;
    ConfigResult result = read_text(folder, kWhole);
    const PluginSettings& web = result.config.adapters[0].settings;
    EXPECT_EQ(web.at("listen"), (Position{10, 27}));
    EXPECT_EQ(web.at("limits.message"), (Position{10, 61}));
    EXPECT_EQ(web.at("limits.rates[1]"), (Position{10, 87}));
    EXPECT_EQ(web.at("limits.rates[9].x"), (Position{10, 76})) << "what is not there: what encloses it";
    EXPECT_EQ(web.at("limits.absent"), (Position{10, 51}));
    EXPECT_EQ(web.at("absent"), (Position{10, 3}));
    EXPECT_EQ(web.at(""), (Position{10, 3}));
    const PluginSettings& audit = result.config.consumers[1].settings;
    EXPECT_EQ(audit.at(""), (Position{17, 5}));
    EXPECT_EQ(audit.at("path"), (Position{17, 15}));
    EXPECT_EQ(result.config.consumers[0].settings.at("path"), (Position{12, 3}));
}

TEST(Config, VersionAloneIsAConfiguration) {
    TemporaryFolder folder;
    ConfigResult result = read_text(folder, "version: 1\nadapters:\nconsumers:\nroutes:\n");
    EXPECT_EQ(places(result), "");
    EXPECT_EQ(result.config.state_dir, folder.name() + "/state");
}

TEST(Config, ErrorsAreWrittenAsCompilersDo) {
    EXPECT_EQ(to_string({{12, 5}, "unknown-key", "unknown key 'x'"}, "gateway.yaml"),
              "gateway.yaml:12:5: error[unknown-key] unknown key 'x'");
    EXPECT_EQ(to_string({{}, "cannot-read", "no"}, "gateway.yaml"), "gateway.yaml: error[cannot-read] no");
}

TEST(Config, NearestNames) {
    const std::vector<std::string_view> names = {"adapter", "path", "listen", "to", "drop"};
    struct Row {
        std::string_view name;
        std::optional<std::string_view> nearest;
    };
    for (const Row& row : std::initializer_list<Row>{{"adaptor", "adapter"},
                                                     {"apdater", "adapter"},
                                                     {"adapters", "adapter"},
                                                     {"pth", "path"},
                                                     {"lsiten", "listen"},
                                                     {"drpo", "drop"},
                                                     {"t", "to"},
                                                     {"x", std::nullopt},
                                                     {"delivery", std::nullopt},
                                                     {"", std::nullopt},
                                                     {std::string_view("path\0", 5), "path"}}) {
        EXPECT_EQ(nearest(row.name, names), row.nearest) << row.name;
    }
    EXPECT_EQ(nearest(std::string(1 << 20, 'a'), names), std::nullopt);
}

}  // namespace
}  // namespace millrace
