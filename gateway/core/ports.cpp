#include "gateway/core/ports.hpp"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/consumer_host.hpp"

namespace millrace {
namespace {

constexpr std::uint64_t kUnopenedBytes = 1 << 20;  // What one command to an adapter that is not open may have.

std::size_t hash_of(std::string_view address) { return std::hash<std::string_view>{}(address); }

}  // namespace

void Ports::set_names(std::span<ConsumerHost* const> consumers, std::span<const AdapterConfig> adapters) {
    Names names;
    for (ConsumerHost* consumer : consumers) names.consumers.emplace(consumer->name(), consumer);
    for (const AdapterConfig& adapter : adapters) {
        if (adapter.has_addresses) names.adapters.insert(adapter.name);
    }
    ever_.push_back(std::make_unique<const Names>(std::move(names)));
    names_.store(ever_.back().get(), std::memory_order_release);
}

PortPtr Ports::add_peer(Port::Place place, Bound limit) {
    Shard& shard = shard_of(hash_of(place.address));
    auto made = std::make_unique<Port>(std::move(place), limit, waits_, this);
    std::lock_guard lock(shard.mutex);
    if (const auto before = shard.ports.find(made->place.address); before != shard.ports.end()) {
        if (before->second->is_closed() || made->stands_for_adapter()) shard.ports.erase(before);
    }
    shard.ports.emplace(made->place.address, made.get());
    return PortPtr(made.release());
}

void Ports::list(const PortPtr& addresses) {
    Shard& shard = shard_of(hash_of(addresses->place.address));
    std::lock_guard lock(shard.mutex);
    shard.ports.erase(addresses->place.address);
    shard.ports.emplace(addresses->place.address, addresses.get());
}

std::int32_t Ports::find(const ConsumerHost& sender, std::string_view address, PortPtr& port) {
    const auto colon = address.find(':');
    if (colon == std::string_view::npos || colon + 1 == address.size()) return MILLRACE_UNKNOWN;
    const Names& names = *names_.load(std::memory_order_acquire);
    const auto consumer = names.consumers.find(address.substr(0, colon));
    const bool is_consumer = consumer != names.consumers.end();
    const bool is_own = is_consumer && consumer->second->index() == sender.index();
    if (!is_own && !sender.may_send(address)) return MILLRACE_NOT_ALLOWED;
    port = find_or_add(address, is_consumer ? consumer->second : nullptr);
    if (!port && !is_consumer) port = addresses_of(names, address.substr(0, colon));
    return port ? MILLRACE_TAKEN : MILLRACE_UNKNOWN;
}

PortPtr Ports::addresses_of(const Names& names, std::string_view adapter) {
    if (!names.adapters.contains(adapter)) return {};
    std::string address = std::string(adapter) + ":";
    if (PortPtr open = find_or_add(address, nullptr); open && !open->is_closed()) return open;
    return new Port({.address = std::move(address)}, {0, kUnopenedBytes}, waits_);
}

PortPtr Ports::addresses(std::string_view adapter) {
    return addresses_of(*names_.load(std::memory_order_acquire), adapter);
}

PortPtr Ports::channel(ConsumerHost& consumer, std::string_view key) {
    return find_or_add(fmt::format("{}:{}", consumer.name(), key), &consumer);
}

PortPtr Ports::at(std::string_view address) {
    const Names& names = *names_.load(std::memory_order_acquire);
    const auto consumer = names.consumers.find(address.substr(0, address.find(':')));
    return find_or_add(address, consumer == names.consumers.end() ? nullptr : consumer->second);
}

PortPtr Ports::find_or_add(std::string_view address, ConsumerHost* consumer) {
    const std::size_t hash = hash_of(address);
    Shard& shard = shard_of(hash);
    std::lock_guard lock(shard.mutex);
    if (const auto found = shard.ports.find(address); found != shard.ports.end()) return PortPtr(found->second);
    if (!consumer || loops_.empty()) return {};
    if (channels_.fetch_add(1, std::memory_order_relaxed) >= channels_max_) {
        channels_.fetch_sub(1, std::memory_order_relaxed);
        channels_refused_.fetch_add(1, std::memory_order_relaxed);
        log::limited(log::Level::warn, consumer->name(), "there are {} channels already: no more are opened",
                     channels_max_);
        return {};
    }
    Dispatcher* home = loops_[hash / shards_.size() % loops_.size()];
    auto made = std::make_unique<Port>(
        Port::Place{.kind = Port::Kind::channel, .home = home, .address = std::string(address), .consumer = consumer},
        consumer->config().mailbox, waits_, this);
    shard.ports.emplace(made->place.address, made.get());
    return PortPtr(made.release());
}

// The last owner goes only under the lock, where nobody can find the port meanwhile.
void Ports::release(Port& port) {
    auto owners = port.owners_.load(std::memory_order_relaxed);
    while (owners > 1) {
        if (port.owners_.compare_exchange_weak(owners, owners - 1, std::memory_order_acq_rel)) return;
    }
    Shard& shard = shard_of(hash_of(port.place.address));
    std::unique_ptr<Port> last;
    std::lock_guard lock(shard.mutex);
    if (port.owners_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const auto listed = shard.ports.find(port.place.address);
    if (listed != shard.ports.end() && listed->second == &port) shard.ports.erase(listed);
    if (port.place.kind == Port::Kind::channel) channels_.fetch_sub(1, std::memory_order_relaxed);
    last.reset(&port);
}

std::size_t Ports::size() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) {
        std::lock_guard lock(shard.mutex);
        sum += shard.ports.size();
    }
    return sum;
}

}  // namespace millrace
