#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "gateway/core/slab.hpp"
#include "gateway/core/snapshot.hpp"
#include "millrace/abi.h"

// The sets of routes that probes have named and adapters hold, each with the configuration that it is of (contract
// D11): so an adapter can tell whether two recipients can be one transaction, and its message is routed by the
// configuration that has answered for them, however often that is reloaded meanwhile. A configuration lives as long as
// one of its sets is held, or a scope is open that was opened with one.
// Thread: the loop's.
namespace millrace {

class PinnedRoutes {
  public:
    // Adapters that would hold more than these are told to ask again later. Each is as large as it has routes.
    static constexpr std::size_t kSetsMax = 1 << 16;

    // `loop`: for the ids.
    explicit PinnedRoutes(std::uint16_t loop) : loop_(loop) {}

    // The set's id, which is the same for equal sets of one configuration, held once more. Nothing: there are too many.
    // `captured`: by them, of what was known.
    std::optional<millrace_id> hold(const SnapshotPtr& of, std::vector<std::uint32_t> routes,
                                    std::string captured = {});

    // The configuration; null where no such set is held here.
    const SnapshotPtr* find(millrace_id id);

    // Whether it was held.
    bool release(millrace_id id);

    // Whoever has held them is gone.
    void clear();

    std::size_t size() const { return slots_.size(); }

  private:
    // By the configuration's address, which nothing else has while a set of it is held.
    using Slots = std::map<std::tuple<const Snapshot*, std::vector<std::uint32_t>, std::string>, std::uint32_t>;

    struct Set {
        Set(SnapshotPtr of, Slots::iterator place) : of(std::move(of)), place(place) {}

        const SnapshotPtr of;
        const Slots::iterator place;
        std::uint64_t holds = 0;
    };

    Set* find_set(millrace_id id);

    const std::uint16_t loop_;
    Slab<Set> sets_;
    Slots slots_;
};

}  // namespace millrace
