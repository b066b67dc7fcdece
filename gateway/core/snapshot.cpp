#include "gateway/core/snapshot.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/core/consumer_host.hpp"

namespace millrace {

const RouteConfig* RouteBook::keep(const RouteConfig& route) {
    const RetryConfig& retry = route.retry;
    std::string all =
        fmt::format("{}\n{} {} {} {} {} {} {}", route.name, static_cast<int>(route.delivery), route.timeout_ms,
                    retry.attempts, retry.initial_ms, retry.multiplier, retry.max_ms, retry.jitter);
    std::lock_guard lock(mutex_);
    const auto [found, is_new] = routes_.try_emplace(std::move(all));
    if (is_new) {
        found->second.name = route.name;
        found->second.delivery = route.delivery;
        found->second.timeout_ms = route.timeout_ms;
        found->second.retry = retry;
    }
    return &found->second;
}

Snapshot::Snapshot(const Config& from, RouteBook& book) : config(from), router(config) {
    for (const RouteConfig& route : config.routes) routes.push_back(book.keep(route));
    for (std::uint32_t i = 0; i < config.adapters.size(); ++i) place(i, i);
}

void Snapshot::add(ConsumerHost& consumer) {
    consumers.push_back(&consumer);
    if (by_index.size() <= consumer.index()) by_index.resize(consumer.index() + 1);
    by_index[consumer.index()] = &consumer;
}

void Snapshot::place(std::uint32_t adapter, std::uint32_t position) {
    if (positions.size() <= adapter) positions.resize(adapter + 1, kNowhere);
    positions[adapter] = position;
}

}  // namespace millrace
