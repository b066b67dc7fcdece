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

}  // namespace
}  // namespace millrace
