#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/core/config.hpp"

// What scopes that are closed have left behind, for their next opening (contract A7). Bounded in time, number and
// bytes: where a new one needs the room, those go that would be forgotten soonest, and are counted. The state of an
// open scope is not here.
// Thread: the loop's.
namespace millrace {

struct KeptState {
    std::string bytes;        // ctx.state()
    std::uint64_t epoch = 0;  // Of the opening that has left it.
};

class KeptStates {
  public:
    static constexpr Bound kLimit{1'000'000, 256 << 20};

    explicit KeptStates(Bound limit = kLimit) : limit_(limit) {}

    // `address`: of the scope. `until_us`: when it is forgotten; both times in microseconds since 1970-01-01 UTC.
    void keep(std::string_view address, KeptState state, std::int64_t now_us, std::int64_t until_us);

    // Takes out what was kept; empty where there is nothing.
    KeptState take(std::string_view address, std::int64_t now_us);

    std::size_t size() const { return entries_.size(); }
    std::uint64_t bytes() const { return bytes_; }  // With those of the addresses.
    std::uint64_t evicted() const { return evicted_; }

  private:
    struct Entry {
        std::string address;
        KeptState state;
    };
    using Entries = std::multimap<std::int64_t, Entry>;  // By the time at which they are forgotten.

    void expire(std::int64_t now_us);
    void evict();
    KeptState take_out(Entries::iterator entry);

    const Bound limit_;
    Entries entries_;
    std::unordered_map<std::string_view, Entries::iterator> by_address_;
    std::uint64_t bytes_ = 0;
    std::uint64_t evicted_ = 0;
};

}  // namespace millrace
