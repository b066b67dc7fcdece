#include "gateway/core/config_sections.hpp"
#include "gateway/core/router.hpp"

namespace millrace {

void choose_classes(Config& config) {
    const Router router(config);
    for (std::uint32_t i = 0; i < config.routes.size(); ++i) {
        RouteConfig& route = config.routes[i];
        if (route.says_delivery || route.drop) continue;
        for (std::uint32_t adapter = 0; adapter < config.adapters.size(); ++adapter) {
            const bool is_acked = config.adapters[adapter].is_acked && router.is_for(adapter, i);
            if (is_acked) route.delivery = DeliveryClass::acked;
        }
    }
}

}  // namespace millrace
