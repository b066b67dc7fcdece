#include "gateway/core/router.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

template <class Named> std::uint32_t index_of(const std::vector<Named>& all, std::string_view name) {
    auto found = std::ranges::find(all, name, &Named::name);
    return static_cast<std::uint32_t>(found - all.begin());
}

}  // namespace

std::vector<std::uint32_t> adapters_of(const RouteConfig& route, const Config& config) {
    std::vector<std::uint32_t> adapters;
    for (std::uint32_t i = 0; i < config.adapters.size(); ++i) {
        bool taken = std::ranges::all_of(route.match, [&](const MatchConfig& match) {
            return match.key != "adapter" || std::ranges::count(match.patterns, config.adapters[i].name) != 0;
        });
        if (taken) adapters.push_back(i);
    }
    return adapters;
}

Router::Router(const Config& config) {
    std::vector<std::vector<RouteIndex::Row>> rows(config.adapters.size());
    for (const RouteConfig& route : config.routes) {
        Route& compiled = routes_.emplace_back();
        compiled.drop = route.drop;
        for (const std::string& name : route.to) compiled.consumers.push_back(index_of(config.consumers, name));
        RouteIndex::Row row;
        for (const MatchConfig& match : route.match) {
            if (match.key == "adapter") continue;
            Predicate predicate{match.key, {}};
            for (const std::string& text : match.patterns) {
                predicate.patterns.push_back(Pattern::compile(text, match.is_path).value());
            }
            row.keys.push_back(RouteIndex::Key::of(match.key, predicate.patterns));
            compiled.predicates.push_back(std::move(predicate));
        }
        row.route = static_cast<std::uint32_t>(routes_.size() - 1);
        for (std::uint32_t adapter : adapters_of(route, config)) rows[adapter].push_back(row);
    }
    for (const auto& of_adapter : rows) adapters_.emplace_back(of_adapter);
}

bool Router::holds(const Route& route, std::span<const Attribute> attributes, Captures& captures) {
    return std::ranges::all_of(route.predicates, [&](const Predicate& predicate) {
        auto found = std::ranges::find(attributes, predicate.key, &Attribute::key);
        return found != attributes.end() && std::ranges::any_of(predicate.patterns, [&](const Pattern& pattern) {
                   return pattern.match(found->value, captures);
               });
    });
}

Decision Router::match(std::uint32_t adapter, std::span<const Attribute> attributes) const {
    Decision decision;
    RouteIndex::Candidates candidates = adapters_[adapter].find(attributes);
    while (auto candidate = candidates.next()) {
        const Route& route = routes_[*candidate];
        decision.captures.clear();
        if (!holds(route, attributes, decision.captures)) continue;
        decision.outcome = route.drop ? Decision::Outcome::drop : Decision::Outcome::deliver;
        decision.route = *candidate;
        decision.consumers = route.consumers;
        return decision;
    }
    decision.captures.clear();
    return decision;
}

}  // namespace millrace
