#include "gateway/core/spool_lanes.hpp"

#include <fmt/format.h>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

std::int64_t checksum_of(const Lane& lane) {
    return checksum("lanes", lane.id, lane.consumer, lane.scope, lane.prefix);
}

std::int64_t checksum_of_place(std::int64_t id, std::uint64_t epoch, std::uint64_t seq) {
    return checksum("places", id, epoch, seq);
}

std::int64_t checksum_of_state(std::int64_t id, std::string_view state, std::int64_t until_us) {
    return checksum("states", id, state, until_us);
}

std::int64_t checksum_of(std::int64_t lane, const Timer& timer) {
    return checksum("timers", lane, timer.name, timer.due_us, timer.hops);
}

constexpr const char* kReleaseSql =
    "DELETE FROM lanes WHERE id = ?1 AND state_until = 0"
    " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE lane = ?1) AND NOT EXISTS (SELECT 1 FROM timers WHERE lane = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE lane = ?1)";

constexpr const char* kSweepSql =
    "DELETE FROM lanes WHERE state_until = 0 AND NOT EXISTS (SELECT 1 FROM deliveries WHERE lane = lanes.id)"
    " AND NOT EXISTS (SELECT 1 FROM timers WHERE lane = lanes.id)"
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE lane = lanes.id)";

constexpr const char* kExpiredSql =
    "SELECT id FROM lanes WHERE state_until > 0 AND state_until <= ?"
    " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE lane = lanes.id)"
    " AND NOT EXISTS (SELECT 1 FROM timers WHERE lane = lanes.id)";

constexpr const char* kBusySql =
    "SELECT min(lane) FROM (SELECT min(lane) AS lane FROM deliveries WHERE lane > ?1"
    " UNION ALL SELECT min(lane) FROM timers WHERE lane > ?1)";

}  // namespace

Lanes::Lanes(Database& database, Facts& facts, DamageLog& damage)
    : facts_(facts), damage_(damage), add_(database, "INSERT INTO lanes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      read_(database, "SELECT * FROM lanes WHERE id = ?"),
      find_(database, "SELECT id FROM lanes WHERE scope = ? AND consumer = ?"),
      set_place_(database, "UPDATE lanes SET epoch = ?2, seq = ?3, place_checksum = ?4 WHERE id = ?1"),
      set_state_(database, "UPDATE lanes SET state = ?2, state_until = ?3, state_checksum = ?4 WHERE id = ?1"),
      remove_(database, "DELETE FROM lanes WHERE id = ?"), release_(database, kReleaseSql), sweep_(database, kSweepSql),
      expired_(database, kExpiredSql), set_timer_(database, "INSERT OR REPLACE INTO timers VALUES (?, ?, ?, ?, ?)"),
      stop_timer_(database, "DELETE FROM timers WHERE lane = ? AND name = ?"),
      timers_(database, "SELECT name, due, hops, checksum FROM timers WHERE lane = ?"), busy_(database, kBusySql),
      next_(database, "SELECT id FROM lanes WHERE id > ? ORDER BY id LIMIT 1") {}

void Lanes::add(Lane& lane) {
    lane.id = facts_.new_id();
    add_.run(lane.id, lane.consumer, lane.scope, lane.prefix, checksum_of(lane), lane.epoch, lane.seq,
             checksum_of_place(lane.id, lane.epoch, lane.seq), lane.state, lane.state_until_us,
             checksum_of_state(lane.id, lane.state, lane.state_until_us));
}

std::optional<Lane> Lanes::read(std::int64_t id, std::int64_t now_us) {
    if (!read_.find(id)) return std::nullopt;
    Lane lane{read_.integer(0), read_.text(1),   read_.text(2), read_.text(3),
              read_.number(5),  read_.number(6), read_.text(8), read_.integer(9)};
    const bool is_whole = read_.integer(4) == checksum_of(lane) &&
                          read_.integer(7) == checksum_of_place(id, lane.epoch, lane.seq) &&
                          read_.integer(10) == checksum_of_state(id, lane.state, lane.state_until_us);
    read_.end();
    if (is_whole) return lane;
    damage_.add(now_us, fmt::format("lane {}: its checksum is wrong", id), lane.state);
    remove_.run(id);
    return std::nullopt;
}

std::optional<Lane> Lanes::find(std::string_view consumer, std::string_view scope, std::int64_t now_us) {
    const auto id = find_.find(scope, consumer) ? find_.integer(0) : 0;
    find_.end();
    return id == 0 ? std::nullopt : read(id, now_us);
}

void Lanes::set_place(std::int64_t id, std::uint64_t epoch, std::uint64_t seq) {
    set_place_.run(id, epoch, seq, checksum_of_place(id, epoch, seq));
}

void Lanes::set_state(std::int64_t id, std::string_view state, std::int64_t until_us) {
    set_state_.run(id, state, until_us, checksum_of_state(id, state, until_us));
}

void Lanes::release(std::int64_t id) {
    if (!open_.contains(id)) release_.run(id);
}

void Lanes::sweep() { sweep_.run(); }

std::size_t Lanes::expire(std::int64_t now_us, std::size_t count) {
    std::vector<std::int64_t> ids;
    expired_.query(now_us);
    while (ids.size() < count && expired_.next()) {
        if (!open_.contains(expired_.integer(0))) ids.push_back(expired_.integer(0));
    }
    expired_.end();
    for (const auto id : ids) {
        set_state(id, {}, 0);
        release(id);
    }
    return ids.size();
}

void Lanes::set_timer(std::int64_t lane, const Timer& timer) {
    set_timer_.run(lane, timer.name, timer.due_us, timer.hops, checksum_of(lane, timer));
}

void Lanes::stop_timer(std::int64_t lane, std::string_view name) { stop_timer_.run(lane, name); }

std::vector<Timer> Lanes::timers(std::int64_t lane, std::int64_t now_us) {
    std::vector<Timer> whole, damaged;
    timers_.query(lane);
    while (timers_.next()) {
        Timer timer{timers_.text(0), timers_.integer(1), static_cast<std::uint32_t>(timers_.integer(2))};
        const bool is_whole = timers_.integer(3) == checksum_of(lane, timer);
        (is_whole ? whole : damaged).push_back(std::move(timer));
    }
    timers_.end();
    for (const Timer& timer : damaged) {
        damage_.add(now_us, fmt::format("timer of lane {}: its checksum is wrong", lane), timer.name);
        stop_timer(lane, timer.name);
    }
    return whole;
}

std::int64_t Lanes::check(std::int64_t id, std::size_t count, std::int64_t now_us) {
    for (; count > 0 && next_.find(id); --count) {
        id = next_.integer(0);
        next_.end();
        read(id, now_us);
        timers(id, now_us);
    }
    next_.end();
    return count > 0 ? 0 : id;
}

std::int64_t Lanes::busy_after(std::int64_t id) {
    const auto lane = busy_.find(id) ? busy_.integer(0) : 0;
    busy_.end();
    return lane;
}

}  // namespace millrace::spool
