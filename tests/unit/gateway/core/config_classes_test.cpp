#include <gtest/gtest.h>

#include "tests/unit/gateway/core/config_fixture.hpp"

// The class of routes that do not say theirs: what the adapters that they are for declare (contract D4).
namespace millrace {
namespace {

struct Row {
    std::string_view route;
    DeliveryClass delivery;
};

constexpr std::string_view kHead =
    "version: 1\n"
    "adapters: { web: { type: websocket }, plant: { type: mqtt } }\n"
    "consumers: { echo: { plugin: echo } }\n"
    "routes:\n";

TEST(ConfigClasses, D4_a_route_has_the_strictest_class_that_its_adapters_declare) {
    const Row rows[] = {
        {"match: { adapter: web }", DeliveryClass::live},
        {"match: { adapter: plant }", DeliveryClass::acked},
        {"match: { adapter: [web, plant], path: /a }", DeliveryClass::acked},
        {"match: { not: { adapter: plant } }", DeliveryClass::live},
        {"match: {}", DeliveryClass::acked},
        {"match: { adapter: plant }, delivery: live", DeliveryClass::live},
        {"match: { adapter: plant }, delivery: durable", DeliveryClass::durable},
        {"match: { adapter: web }, delivery: acked", DeliveryClass::acked},
    };
    Catalogue catalogue = testing::test_catalogue();
    for (Manifest& manifest : catalogue.plugins) {
        if (manifest.id == "mqtt") manifest.scope.delivery = "acked";
    }
    for (const Row& row : rows) {
        const testing::TemporaryFolder folder;
        const std::string text = std::string(kHead) + "  - { name: a, to: echo, " + std::string(row.route) + " }\n";
        const ConfigResult result = read_config(folder.write("gateway.yaml", text), catalogue);
        ASSERT_EQ(testing::places(result), "") << row.route;
        EXPECT_EQ(result.config.routes[0].delivery, row.delivery) << row.route;
    }
}

// What is refused after its sender's yes, and what is lost after it (contract D4, D6).
TEST(ConfigClasses, D6_a_durable_route_of_mail_says_what_becomes_of_what_is_refused) {
    const struct {
        std::string_view route;
        std::string_view errors;
        std::string_view warning;
    } rows[] = {
        {"match: { adapter: plant }, delivery: durable", "", ""},
        {"match: { adapter: inbox }, delivery: durable", "5:5 missing-key\n", ""},
        {"match: {}, delivery: durable", "5:5 missing-key\n", ""},
        {"match: { not: { adapter: inbox } }, delivery: durable", "", ""},
        {"match: { adapter: inbox }, delivery: durable, on_reject: dead_letter", "", ""},
        {"match: { adapter: inbox }, delivery: durable, on_reject: bounce", "", ""},
        {"match: { adapter: plant }, delivery: durable, on_reject: dead_letter", "", ""},
        {"match: { adapter: plant }, delivery: durable, on_reject: bounce", "5:5 without-effect\n", ""},
        {"match: { adapter: inbox }, delivery: durable, on_reject: drop", "5:83 bad-value\n", ""},
        {"match: { adapter: inbox }, on_reject: dead_letter", "", ""},
        {"match: { adapter: inbox }, on_reject: bounce", "5:53 without-effect\n", ""},
        {"match: { adapter: inbox }", "", ""},
        {"match: { adapter: inbox }, delivery: acked", "", ""},
        {"match: { adapter: inbox }, delivery: live", "", "live-mail"},
        {"match: { adapter: plant }, delivery: live", "", ""},
    };
    Catalogue catalogue = testing::test_catalogue();
    for (Manifest& manifest : catalogue.plugins) {
        if (manifest.id != "smtp") continue;
        manifest.scope.lifetime = "transaction";
        manifest.scope.reply = "any";
        manifest.scope.delivery = "acked";
    }
    constexpr std::string_view kMailHead =
        "version: 1\n"
        "adapters: { inbox: { type: smtp }, plant: { type: mqtt } }\n"
        "consumers: { echo: { plugin: echo } }\n"
        "routes:\n";
    for (const auto& row : rows) {
        const testing::TemporaryFolder folder;
        const std::string text = std::string(kMailHead) + "  - { name: a, to: echo, " + std::string(row.route) + " }\n";
        const ConfigResult result = read_config(folder.write("gateway.yaml", text), catalogue);
        EXPECT_EQ(testing::places(result), row.errors) << row.route;
        EXPECT_EQ(result.warnings.empty() ? "" : result.warnings[0].code, row.warning) << row.route;
    }
}

}  // namespace
}  // namespace millrace
