#include "gateway/core/spool_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/spool_checksum.hpp"
#include "gateway/core/spool_schema.hpp"

namespace millrace::spool {
namespace {

Result<void> prepare(Database& database) {
    if (database.fault()) return Error{"cannot open the spool " + database.fault()->text};
    if (auto configured = configure(database); !configured) return configured;
    return migrate(database);
}

constexpr int kLogPagesMax = 4096;    // 16 MiB
constexpr std::size_t kPruned = 256;  // Rows of each kind, in one transaction.

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, const Clock& clock) {
    auto claim = Claim::take(directory);
    if (!claim) return claim.error();
    auto bodies = Bodies::open(directory + "/bodies");
    if (!bodies) return bodies.error();
    std::unique_ptr<Store> store(new Store(directory, std::move(*claim), std::move(*bodies), clock));
    if (!store->prepared_) return store->prepared_.error();
    if (auto started = store->start(); !started) return started.error();
    return store;
}

Store::Store(const std::string& directory, Claim claim, Bodies bodies, const Clock& clock)
    : clock_(clock), claim_(std::move(claim)), database_(directory + "/spool.db"), bodies_(std::move(bodies)),
      prepared_(prepare(database_)), facts_(database_), damage_(database_, facts_),
      messages_(database_, facts_, bodies_, damage_), lanes_(database_, facts_, damage_),
      deliveries_(database_, facts_, messages_, damage_), outbox_(database_, facts_, damage_),
      duplicates_(database_, facts_, damage_), dead_letters_(database_, facts_, messages_, deliveries_, damage_),
      set_cursor_(database_, "INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)"),
      cursor_(database_, "SELECT value, checksum FROM cursors WHERE source = ?") {}

// Whatever is found wrong is named before anything is accepted.
Result<void> Store::start() {
    begin();
    const auto now_us = clock_.now_us();
    opened_us_ = now_us;
    if (const auto damaged = damage_.count(); damaged != 0) {
        log::warn("spool", "{} things were put aside as damaged before: `millrace spool stats` names them", damaged);
    }
    const bool is_counted = facts_.read();
    const Mark mark = claim_.mark();
    if (facts_.totals.groups == 0 && mark.groups > 0 && facts_.totals.next_id == 1) {
        roll_back();
        return Error{
            fmt::format("cannot open the spool: its database is empty, and has had {} commits: put it back, or "
                        "remove the whole directory to begin anew",
                        mark.groups)};
    }
    facts_.totals.next_id = std::max(facts_.totals.next_id, mark.next_id);
    if (is_counted) {
        facts_.totals.groups = mark.groups;
        damage_.add(now_us, "the row of totals: it was counted anew");
    } else if (mark.groups > facts_.totals.groups) {
        const auto lost = mark.groups - facts_.totals.groups;
        facts_.totals.groups = mark.groups;
        damage_.add(now_us, fmt::format("the last {} commits: the write-ahead log ends before them", lost));
    }
    lanes_.sweep();
    auto swept = bodies_.sweep([this](std::int64_t id) { return messages_.exists(id); });
    if (auto fault = commit()) return Error{"cannot open the spool " + fault->text};
    if (!swept) return swept.error();
    orphans_ = *swept;
    return {};
}

void Store::begin() {
    committed_ = facts_.totals;
    changes_ = database_.total_changes();
    database_.execute("BEGIN IMMEDIATE");
}

std::optional<Fault> Store::commit() {
    const bool has_changed = database_.total_changes() != changes_;
    if (has_changed) facts_.write();
    database_.execute("COMMIT");
    if (database_.fault()) {
        Fault fault = *database_.fault();
        roll_back();
        return fault;
    }
    if (has_changed) claim_.set_mark({facts_.totals.groups, facts_.totals.next_id});
    bodies_.committed();
    return std::nullopt;
}

std::optional<Fault> Store::checkpoint() {
    if (database_.log_pages() < kLogPagesMax) return std::nullopt;
    database_.checkpoint();
    auto fault = database_.fault();
    database_.clear_fault();
    if (fault && fault->kind == Fault::Kind::full) return std::nullopt;
    return fault;
}

void Store::roll_back() {
    database_.clear_fault();
    if (database_.is_in_transaction()) database_.execute("ROLLBACK");
    bodies_.rolled_back();
    facts_.totals = committed_;
    dead_letters_.recount();
    database_.clear_fault();
}

Lane Store::lane_of(const Lane& wanted) {
    if (wanted.id != 0) return wanted;
    Lane lane = wanted;
    if (auto known = lanes_.find(wanted.consumer, wanted.scope, clock_.now_us())) {
        lane = std::move(*known);
    } else {
        lanes_.add(lane);
    }
    lanes_.open(lane.id);
    return lane;
}

void Store::accept(Arrival& arrival) {
    Message& message = arrival.message;
    arrival.answer.reset();
    if (!message.external_id.empty()) {
        arrival.answer = duplicates_.find(message.adapter, message.external_id, clock_.now_us());
        if (arrival.answer) return;
        duplicates_.remember(message.adapter, message.external_id, {MILLRACE_ACK, 0, {}}, clock_.now_us());
    }
    messages_.add(message);
    for (Arrival::To& to : arrival.to) {
        if (to.is_found) to.lane.id = 0;  // That group was undone, and the lane with it.
        to.is_found = to.lane.id == 0;
        to.lane = lane_of(to.lane);
        to.is_behind = requeued_.contains(to.lane.id);
        Delivery delivery{0, to.seq, 1, 0, 0, message.id};
        deliveries_.add(to.lane.id, delivery);
        to.position = delivery.position;
    }
}

void Store::set_cursor(const Cursor& cursor) {
    set_cursor_.run(cursor.source, cursor.value, checksum("cursors", cursor.source, cursor.value));
}

std::optional<std::string> Store::cursor(std::string_view source) {
    if (!cursor_.find(source)) return std::nullopt;
    std::string value = cursor_.text(0);
    const bool is_whole = cursor_.integer(1) == checksum("cursors", source, value);
    cursor_.end();
    if (is_whole) return value;
    damage_.add(clock_.now_us(), fmt::format("the cursor of {}: its checksum is wrong", source), value);
    return std::nullopt;
}

void Store::end_command(std::int64_t id) {
    if (const auto lane = outbox_.remove(id); lane != 0) lanes_.release(lane);
}

Busy Store::open_lane(const Lane& wanted) {
    Lane lane = lane_of(wanted);
    auto timers = lanes_.timers(lane.id, clock_.now_us());
    auto head = deliveries_.head(lane.id, clock_.now_us());
    const auto last = deliveries_.last(lane.id);
    return {std::move(lane), head, std::move(timers), last};
}

Page Store::page(std::int64_t lane, std::int64_t position, std::size_t count, std::size_t bytes) {
    Page page = deliveries_.page(lane, position, count, bytes, clock_.now_us());
    if (page.entries.size() + page.damaged < count) requeued_.erase(lane);
    return page;
}

std::vector<Busy> Store::busy_lanes(std::int64_t after, std::size_t count) {
    std::vector<Busy> busy;
    const auto now_us = clock_.now_us();
    while (busy.size() < count && (after = lanes_.busy_after(after)) != 0) {
        auto lane = lanes_.read(after, now_us);
        if (!lane) lane = unknown_lane(after);
        busy.push_back(
            {std::move(*lane), deliveries_.head(after, now_us), lanes_.timers(after, now_us), deliveries_.last(after)});
    }
    return busy;
}

std::vector<Command> Store::commands(std::int64_t after, std::size_t count) {
    return outbox_.page(after, count, clock_.now_us());
}

std::optional<Answer> Store::answer(std::string_view adapter, std::string_view external_id) {
    return duplicates_.find(adapter, external_id, clock_.now_us());
}

void Store::remember(std::string_view adapter, std::string_view external_id, const Answer& answer) {
    duplicates_.remember(adapter, external_id, answer, clock_.now_us());
}

bool Store::prune(const Keeping& keeping) {
    const auto now_us = clock_.now_us();
    std::size_t most = lanes_.expire(now_us, kPruned);
    most = std::max(most, duplicates_.prune(now_us - keeping.duplicates_us, keeping.duplicates, kPruned));
    most = std::max(most, dead_letters_.prune(now_us - keeping.letters_us, keeping.letter_bytes, kPruned));
    return most == kPruned;
}

std::vector<std::string> Store::inspect(const std::function<void()>& read) {
    const auto changes = database_.total_changes();
    const Totals totals = facts_.totals;
    std::vector<std::string> findings;
    database_.execute("SAVEPOINT inspection");
    damage_.is_inspection = true;
    read();
    damage_.is_inspection = false;
    if (database_.total_changes() != changes) {
        for (const Damage& damage : damage_.list(totals.next_id - 1)) findings.push_back(damage.what);
        database_.execute("ROLLBACK TO inspection");
        facts_.totals = totals;
        dead_letters_.recount();
    }
    database_.execute("RELEASE inspection");
    return findings;
}

}  // namespace millrace::spool
