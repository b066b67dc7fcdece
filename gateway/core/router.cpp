#include "gateway/core/router.hpp"

#include <algorithm>
#include <utility>

namespace millrace {
namespace {

std::uint32_t index_of(const std::vector<ConsumerConfig>& consumers, std::string_view name) {
    auto found = std::ranges::find(consumers, name, &ConsumerConfig::name);
    return static_cast<std::uint32_t>(found - consumers.begin());
}

}  // namespace

Router::Router(const Config& config) {
    for (const RouteConfig& route : config.routes) add_route(route, config.consumers);
    adapters_.reserve(config.adapters.size());
    for (const AdapterConfig& adapter : config.adapters) add_adapter(adapter);
}

void Router::add_route(const RouteConfig& config, const std::vector<ConsumerConfig>& consumers) {
    Route& route = routes_.emplace_back();
    route.condition = Condition::compile(config.match, paths_);
    route.drop = config.drop;
    route.goes_on = config.goes_on;
    route.delivery = config.delivery;
    for (const std::string& text : config.to) {
        const TargetName name = TargetName::of(text);
        Target& target = route.targets.emplace_back();
        target.consumer = index_of(consumers, name.consumer);
        if (name.key) target.channel = ChannelKey::compile(*name.key).value();
        if (!name.key) route.consumers.push_back(target.consumer);
    }
}

void Router::add_adapter(const AdapterConfig& config) {
    std::vector<std::string> keys, changing;
    for (const MatchKey& key : config.match_keys) {
        keys.push_back(key.key);
        if (!key.is_constant) changing.push_back(key.key);
    }
    Adapter& adapter = adapters_.emplace_back(Adapter{config.name, std::move(keys), std::move(changing), {}, {}, {}});
    adapter.unknown_at_open.assign(adapter.changing.begin(), adapter.changing.end());
    std::vector<RouteIndex::Row> rows;
    for (std::uint32_t i = 0; i < routes_.size(); ++i) {
        if (!is_for(static_cast<std::uint32_t>(adapters_.size() - 1), i)) continue;
        RouteIndex::Row& row = rows.emplace_back();
        row.route = i;
        for (const Condition& part : routes_[i].condition.parts()) {
            const bool is_key = part.kind() == Condition::Kind::predicate && part.predicate().name != "adapter";
            if (is_key) row.keys.push_back(RouteIndex::Key::of(part.predicate()));
        }
    }
    adapter.index = RouteIndex(rows);
    adapter.key = FactKey::of(adapter.index.key(), paths_);
}

Facts Router::facts_of(std::uint32_t adapter, std::span<const Attribute> attributes) const {
    Facts facts;
    facts.adapter = adapters_[adapter].name;
    facts.attributes = attributes;
    facts.paths = &paths_;
    return facts;
}

RouteIndex::Candidates Router::candidates(std::uint32_t adapter, const Facts& facts) const {
    return adapters_[adapter].index.find(facts.find(adapters_[adapter].key));
}

bool Router::is_for(std::uint32_t adapter, std::uint32_t route) const {
    Facts facts = facts_of(adapter, {});
    facts.knows_attributes = false;
    Captures captures;
    return routes_[route].condition.evaluate(facts, captures) != Truth::no;
}

bool Router::is_constant(std::uint32_t adapter, std::uint32_t route) const {
    const auto& changing = adapters_[adapter].changing;
    return routes_[route].condition.every([&changing](const Predicate& predicate) {
        if (predicate.key.source == FactKey::Source::adapter) return true;
        return predicate.key.source == FactKey::Source::attribute &&
               std::ranges::count(changing, predicate.key.name) == 0;
    });
}

void Router::add(std::uint32_t index, Captures captures, Routing& routing) const {
    const Route& route = routes_[index];
    if (!route.drop) {
        routing.outcome = Routing::Outcome::deliver;
        routing.delivery = std::max(routing.delivery, route.delivery);
    } else if (routing.outcome == Routing::Outcome::unmatched) {
        routing.outcome = Routing::Outcome::drop;
    }
    routing.matches.push_back({index, std::move(captures)});
}

Opening Router::at_open(std::uint32_t adapter, std::span<const Attribute> attributes, bool varies) const {
    Opening opening;
    opening.is_per_message = varies;
    Facts facts = facts_of(adapter, attributes);
    facts.unknown = adapters_[adapter].unknown_at_open;
    std::vector<std::string_view> unknown;
    if (varies) {
        for (const std::string& key : adapters_[adapter].keys) {
            if (std::ranges::count(attributes, std::string_view(key), &Attribute::key) == 0) unknown.push_back(key);
        }
        facts.unknown = unknown;
    }
    RouteIndex::Candidates routes = candidates(adapter, facts);
    while (auto route = routes.next()) {
        Captures captures;
        const Truth truth = routes_[*route].condition.evaluate(facts, captures);
        if (truth == Truth::no) continue;
        opening.may_deliver = opening.may_deliver || !routes_[*route].drop;
        opening.is_per_message = opening.is_per_message || truth == Truth::maybe;
        if (truth == Truth::yes) add(*route, std::move(captures), opening.sure);
        if (truth == Truth::yes && !routes_[*route].goes_on) break;
    }
    return opening;
}

Routing Router::match(std::uint32_t adapter, std::span<const Attribute> attributes, MessageView& message) const {
    Routing routing;
    Facts facts = facts_of(adapter, attributes);
    facts.message = &message;
    RouteIndex::Candidates routes = candidates(adapter, facts);
    while (auto route = routes.next()) {
        Captures captures;
        if (routes_[*route].condition.evaluate(facts, captures) != Truth::yes) continue;
        add(*route, std::move(captures), routing);
        if (!routes_[*route].goes_on) break;
    }
    return routing;
}

Probe Router::probe(std::uint32_t adapter, std::span<const Attribute> attributes,
                    std::span<const std::string_view> unknown) const {
    Probe probe;
    Facts facts = facts_of(adapter, attributes);
    facts.unknown = unknown;
    facts.kind = MILLRACE_MESSAGE;
    bool may_be_dropped = false;
    RouteIndex::Candidates routes = candidates(adapter, facts);
    while (auto index = routes.next()) {
        const Route& route = routes_[*index];
        const Truth truth = route.condition.judge(facts);
        if (truth == Truth::no) continue;
        if (!route.drop) {
            probe.routes.push_back(*index);
            Captures captures;
            route.condition.gather(facts, captures);
            for (const Capture& each : captures) probe.captured.append(each.value).append(1, '\0');
            probe.answer = std::max(probe.answer, may_be_dropped ? Truth::maybe : truth);
        }
        if (route.goes_on) continue;
        if (truth == Truth::yes) break;
        may_be_dropped = may_be_dropped || route.drop;
    }
    return probe;
}

std::vector<RouteReport> Router::explain(std::uint32_t adapter, std::span<const Attribute> attributes,
                                         std::span<const std::string_view> unknown, MessageView* message) const {
    std::vector<RouteReport> reports;
    Facts facts = facts_of(adapter, attributes);
    facts.unknown = unknown;
    facts.message = message;
    bool is_reached = true;
    for (std::uint32_t i = 0; i < routes_.size(); ++i) {
        if (!is_for(adapter, i)) continue;
        RouteReport& report = reports.emplace_back(RouteReport{i, Truth::no, is_reached, {}});
        for (const Condition& part : routes_[i].condition.parts()) part.explain(facts, 0, report.predicates);
        Captures captures;
        report.truth = routes_[i].condition.evaluate(facts, captures);
        is_reached = is_reached && (report.truth != Truth::yes || routes_[i].goes_on);
    }
    return reports;
}

Decision Router::match(std::uint32_t adapter, std::span<const Attribute> attributes) const {
    Decision decision;
    const Facts facts = facts_of(adapter, attributes);
    RouteIndex::Candidates routes = candidates(adapter, facts);
    while (auto route = routes.next()) {
        if (routes_[*route].condition.evaluate(facts, decision.captures) != Truth::yes) continue;
        decision.outcome = routes_[*route].drop ? Decision::Outcome::drop : Decision::Outcome::deliver;
        decision.route = *route;
        decision.consumers = routes_[*route].consumers;
        break;
    }
    return decision;
}

}  // namespace millrace
