#include "gateway/core/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "gateway/core/consumer_host.hpp"

namespace millrace {
namespace {

std::string consumer_of(std::string_view address) { return std::string(address.substr(0, address.find(':'))); }

std::set<std::string> find_durable(const Config& config) {
    std::set<std::string> names;
    std::vector<std::string> found;
    for (const RouteConfig& route : config.routes) {
        if (route.delivery != DeliveryClass::durable) continue;
        for (const std::string& to : route.to) found.push_back(consumer_of(to));
    }
    while (!found.empty()) {
        const std::string name = std::move(found.back());
        found.pop_back();
        const auto consumer = std::ranges::find(config.consumers, name, &ConsumerConfig::name);
        if (consumer == config.consumers.end() || !names.insert(name).second) continue;
        for (const std::string& address : consumer->may_send) found.push_back(consumer_of(address));
    }
    return names;
}

}  // namespace

const RouteConfig* RouteBook::keep(const RouteConfig& route) {
    const RetryConfig& retry = route.retry;
    const bool is_bounced = route.on_reject == OnReject::bounce;
    std::string all = fmt::format("{}\n{} {} {} {} {} {} {} {} {}", route.name, static_cast<int>(route.delivery),
                                  is_bounced, route.timeout_ms, route.expires_ms, retry.attempts, retry.initial_ms,
                                  retry.multiplier, retry.max_ms, retry.jitter);
    std::lock_guard lock(mutex_);
    const auto [found, is_new] = routes_.try_emplace(std::move(all));
    if (is_new) {
        found->second.name = route.name;
        found->second.delivery = route.delivery;
        found->second.on_reject = route.on_reject;
        found->second.timeout_ms = route.timeout_ms;
        found->second.expires_ms = route.expires_ms;
        found->second.retry = retry;
    }
    return &found->second;
}

Snapshot::Snapshot(const Config& from, RouteBook& book) : config(from), router(config) {
    for (const RouteConfig& route : config.routes) routes.push_back(book.keep(route));
    for (std::uint32_t i = 0; i < config.adapters.size(); ++i) place(i, i);
    durable_names = find_durable(config);
}

bool Snapshot::is_keyed(std::string_view adapter) const {
    return std::ranges::any_of(config.adapters,
                               [&](const AdapterConfig& each) { return each.name == adapter && each.is_keyed; });
}

bool Snapshot::has_addresses(std::string_view adapter) const {
    return std::ranges::any_of(config.adapters,
                               [&](const AdapterConfig& each) { return each.name == adapter && each.has_addresses; });
}

void Snapshot::add(ConsumerHost& consumer) {
    consumers.push_back(&consumer);
    if (by_index.size() <= consumer.index()) by_index.resize(consumer.index() + 1);
    by_index[consumer.index()] = &consumer;
    durable.resize(by_index.size());
    durable[consumer.index()] = durable_names.contains(consumer.name());
}

void Snapshot::place(std::uint32_t adapter, std::uint32_t position) {
    if (positions.size() <= adapter) positions.resize(adapter + 1, kNowhere);
    positions[adapter] = position;
}

}  // namespace millrace
