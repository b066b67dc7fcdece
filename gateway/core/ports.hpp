#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/core/port.hpp"

// Finds ports by their address: `bank:alice` is the channel `alice` of the consumer `bank`, made where there is none;
// `web:1f-3` is the peer of that scope of the adapter `web`, and `plant:` whatever is sent to that adapter. A port is
// listed as long as somebody refers to it, a channel at least while it is open; of those there are so many at most.
// Thread: any, once the loops of the host are known.
namespace millrace {

class Ports {
  public:
    static constexpr std::uint64_t kChannelsMax = 1'000'000;

    explicit Ports(Waits& waits, std::uint64_t channels_max = kChannelsMax)
        : waits_(waits), channels_max_(channels_max) {
        set_names({}, {});
    }
    Ports(const Ports&) = delete;

    // Before anything is sent: the loops that channels live on.
    void add_loop(Dispatcher& dispatcher) { loops_.push_back(&dispatcher); }

    // [control] The consumers that have channels, and the adapters that have addresses, from now on.
    void set_names(std::span<ConsumerHost* const> consumers, std::span<const AdapterConfig> adapters);

    // Lists the peer of a scope where no other that is open has the address, or an adapter's addresses in place of its
    // earlier generation's.
    PortPtr add_peer(Port::Place place, Bound limit);

    // An adapter's addresses again, in place of a later generation's that came to nothing.
    void list(const PortPtr& addresses);

    // -> MILLRACE_TAKEN: there is such a port, though its adapter may not be open yet; MILLRACE_UNKNOWN: there is none,
    // or it would be one channel too many;
    // MILLRACE_NOT_ALLOWED: it is not for this consumer to send to (contract C7).
    std::int32_t find(const ConsumerHost& sender, std::string_view address, PortPtr& port);

    // The channel of that key, made where there is none. Null: it would be one too many.
    PortPtr channel(ConsumerHost& consumer, std::string_view key);

    // Whose address it is: a peer that is there, or a channel, made where there is none; else null.
    PortPtr at(std::string_view address);

    // Of an adapter that has addresses, whether it is open yet or not; else null.
    PortPtr addresses(std::string_view adapter);

    std::size_t size() const;

    // Channels that were not made, being too many.
    std::uint64_t channels_refused() const { return channels_refused_.load(std::memory_order_relaxed); }

  private:
    friend void intrusive_ptr_release(Port* port);

    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<std::string_view, Port*> ports;  // By their own address.
    };

    struct Names {
        std::unordered_map<std::string_view, ConsumerHost*> consumers;
        std::set<std::string, std::less<>> adapters;
    };

    void release(Port& port);
    PortPtr addresses_of(const Names& names, std::string_view adapter);
    PortPtr find_or_add(std::string_view address, ConsumerHost* consumer);
    Shard& shard_of(std::size_t hash) { return shards_[hash % shards_.size()]; }

    Waits& waits_;
    const std::uint64_t channels_max_;
    std::atomic<std::uint64_t> channels_{0};
    std::atomic<std::uint64_t> channels_refused_{0};
    std::vector<Dispatcher*> loops_;
    std::vector<std::unique_ptr<const Names>> ever_;  // Somebody may be looking into an earlier one.
    std::atomic<const Names*> names_;
    std::array<Shard, 16> shards_;
};

}  // namespace millrace
