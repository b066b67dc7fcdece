#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "gateway/core/spool_damage.hpp"
#include "gateway/core/spool_database.hpp"
#include "gateway/core/spool_facts.hpp"
#include "gateway/core/spool_records.hpp"

// What is kept for each consumer of each scope, beside what it has yet to receive: its state, its place in the count of
// events, its timers.
// Thread: the writer's, in a transaction.
namespace millrace::spool {

class Lanes {
  public:
    Lanes(Database& database, Facts& facts, DamageLog& damage);

    // Gives a new one its id.
    void add(Lane& lane);

    // Nothing where there is none, or it is damaged: then it has been put aside.
    std::optional<Lane> read(std::int64_t id, std::int64_t now_us);
    std::optional<Lane> find(std::string_view consumer, std::string_view scope, std::int64_t now_us);

    // What changes of it, each by itself.
    void set_place(std::int64_t id, std::uint64_t epoch, std::uint64_t seq);
    void set_state(std::int64_t id, std::string_view state, std::int64_t until_us);

    // While its scope is open a lane stays, whatever is on it. At a start none is open.
    void open(std::int64_t id) { open_.insert(id); }
    void close(std::int64_t id) { open_.erase(id); }

    // Removes it if it is closed, and nothing is on it, waits for it, or is kept for its next opening.
    void release(std::int64_t id);

    // [start] The same for all.
    void sweep();

    // Removes states of closed lanes that wait for nothing and whose time is over, at most `count`. How many it was.
    std::size_t expire(std::int64_t now_us, std::size_t count);

    void set_timer(std::int64_t lane, const Timer& timer);
    void stop_timer(std::int64_t lane, std::string_view name);
    std::vector<Timer> timers(std::int64_t lane, std::int64_t now_us);

    // Reads the lanes behind `id` and their timers, at most `count`; what is damaged is put aside. The last; 0: there
    // are no more.
    std::int64_t check(std::int64_t id, std::size_t count, std::int64_t now_us);

    // The first lane behind `id` that has deliveries or timers; 0: none.
    std::int64_t busy_after(std::int64_t id);

  private:
    Facts& facts_;
    DamageLog& damage_;
    Statement add_;
    Statement read_;
    Statement find_;
    Statement set_place_;
    Statement set_state_;
    Statement remove_;
    Statement release_;
    Statement sweep_;
    Statement expired_;
    Statement set_timer_;
    Statement stop_timer_;
    Statement timers_;
    Statement busy_;
    Statement next_;
    std::unordered_set<std::int64_t> open_;
};

}  // namespace millrace::spool
