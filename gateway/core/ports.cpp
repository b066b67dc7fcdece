#include "gateway/core/ports.hpp"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/consumer_host.hpp"

namespace millrace {
namespace {

std::size_t hash_of(std::string_view address) { return std::hash<std::string_view>{}(address); }

}  // namespace

void Ports::set_consumers(std::span<ConsumerHost* const> consumers) {
    Consumers by_name;
    for (ConsumerHost* consumer : consumers) by_name.emplace(consumer->name(), consumer);
    ever_.push_back(std::make_unique<const Consumers>(std::move(by_name)));
    consumers_.store(ever_.back().get(), std::memory_order_release);
}

PortPtr Ports::add_peer(Port::Place place, Bound limit) {
    Shard& shard = shard_of(hash_of(place.address));
    auto made = std::make_unique<Port>(std::move(place), limit, waits_, this);
    std::lock_guard lock(shard.mutex);
    if (const auto before = shard.ports.find(made->place.address); before != shard.ports.end()) {
        if (before->second->is_closed()) shard.ports.erase(before);
    }
    shard.ports.emplace(made->place.address, made.get());
    return PortPtr(made.release());
}

std::int32_t Ports::find(const ConsumerHost& sender, std::string_view address, PortPtr& port) {
    const auto colon = address.find(':');
    if (colon == std::string_view::npos || colon + 1 == address.size()) return MILLRACE_UNKNOWN;
    const Consumers& consumers = *consumers_.load(std::memory_order_acquire);
    const auto consumer = consumers.find(address.substr(0, colon));
    const bool is_own = consumer != consumers.end() && consumer->second->index() == sender.index();
    if (!is_own && !sender.may_send(address)) return MILLRACE_NOT_ALLOWED;
    port = find_or_add(address, consumer == consumers.end() ? nullptr : consumer->second);
    return port ? MILLRACE_TAKEN : MILLRACE_UNKNOWN;
}

PortPtr Ports::channel(ConsumerHost& consumer, std::string_view key) {
    return find_or_add(fmt::format("{}:{}", consumer.name(), key), &consumer);
}

PortPtr Ports::at(std::string_view address) {
    const Consumers& consumers = *consumers_.load(std::memory_order_acquire);
    const auto consumer = consumers.find(address.substr(0, address.find(':')));
    return find_or_add(address, consumer == consumers.end() ? nullptr : consumer->second);
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
    auto made = std::make_unique<Port>(Port::Place{Port::Kind::channel, home, std::string(address), consumer, 0},
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
