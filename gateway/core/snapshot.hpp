#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "gateway/core/config.hpp"
#include "gateway/core/router.hpp"

// One configuration as loops see it. A reload makes the next one; each loop changes over between two of its turns
// (contract F1), and what is opened from then on goes by it.
// Thread: any; nothing changes once a loop has it.
namespace millrace {

class ConsumerHost;

// What events refer to of the route that they came by. It is kept for as long as the gateway runs, so that nothing has
// to count who refers to it: a route that comes back after a reload is the same again, a few hundred bytes each.
// Thread: any.
class RouteBook {
  public:
    // The one that has the same name and delivers in the same way.
    const RouteConfig* keep(const RouteConfig& route);

  private:
    std::mutex mutex_;
    std::map<std::string, RouteConfig> routes_;  // By all that tells them apart.
};

struct Snapshot {
    static constexpr std::uint32_t kNowhere = UINT32_MAX;

    Snapshot(const Config& config, RouteBook& book);

    // Where in Config::adapters the adapter with this index stands, or kNowhere.
    std::uint32_t position(std::uint32_t adapter) const {
        return adapter < positions.size() ? positions[adapter] : kNowhere;
    }
    // The consumer with this index, or null where the configuration does not have it.
    ConsumerHost* consumer(std::uint32_t index) const { return index < by_index.size() ? by_index[index] : nullptr; }

    // Whether what that consumer's channels get, and keep, is on the disk: a durable route leads to it, or a consumer
    // of which that is true may send to it.
    bool is_durable(std::uint32_t index) const { return index < durable.size() && durable[index]; }

    // Whether scopes of the adapter of that name come again under the same key.
    bool is_keyed(std::string_view adapter) const;
    bool has_addresses(std::string_view adapter) const;

    void add(ConsumerHost& consumer);  // In the order of Config::consumers.
    void place(std::uint32_t adapter, std::uint32_t position);

    const Config config;
    const Router router;
    std::vector<const RouteConfig*> routes;  // By their place in Config::routes.
    std::vector<ConsumerHost*> consumers;    // By their place in Config::consumers.
    std::vector<ConsumerHost*> by_index;     // By their own index, which a name has for good.
    std::vector<std::uint32_t> positions;    // Of adapters, by their own index.
    std::set<std::string> durable_names;     // Of consumers,
    std::vector<bool> durable;               // and the same by their own index.
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace millrace
