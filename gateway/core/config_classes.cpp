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

void check_answers(const Config& config, ConfigErrors& errors, ConfigErrors& warnings) {
    const Router router(config);
    for (std::uint32_t i = 0; i < config.routes.size(); ++i) {
        const RouteConfig& route = config.routes[i];
        if (route.drop) continue;
        bool is_for_transactions = false, may_bounce = false;
        for (std::uint32_t adapter = 0; adapter < config.adapters.size(); ++adapter) {
            if (!config.adapters[adapter].is_transactional || !router.is_for(adapter, i)) continue;
            is_for_transactions = true;
            may_bounce |= config.adapters[adapter].has_addresses;
        }
        const std::string name = "route '" + route.name + "' ";
        if (is_for_transactions && route.delivery == DeliveryClass::durable && !route.on_reject) {
            report(errors, route.at, "missing-key",
                   name + "is durable and takes mail, whose sender has had its yes when a consumer refuses it: say " +
                       "'on_reject: dead_letter' or 'on_reject: bounce'");
        } else if (route.on_reject == OnReject::bounce && !may_bounce) {
            report(errors, route.at, "without-effect", name + "takes messages of no adapter that can send a bounce");
        } else if (is_for_transactions && route.says_delivery && route.delivery == DeliveryClass::live) {
            report(warnings, route.at, "live-mail",
                   name + "is live and takes mail: its sender hears yes before a consumer has handled it");
        }
    }
}

}  // namespace millrace
