#include "gateway/core/spool_deliveries.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

std::int64_t checksum_of(std::int64_t lane, const Delivery& delivery) {
    return checksum("deliveries", lane, delivery.position, delivery.message_id, delivery.seq, delivery.attempt,
                    delivery.crashes, delivery.due_us);
}

std::int64_t checksum_of(std::int64_t lane, std::int64_t position, const Attempt& attempt) {
    return checksum("attempts", lane, position, attempt.number, attempt.at_us, attempt.code, attempt.text);
}

struct Row {
    Delivery delivery;
    bool is_whole = false;
};

Row row_of(std::int64_t lane, const Statement& statement) {
    Row row;
    row.delivery.position = statement.integer(0);
    row.delivery.message_id = statement.integer(1);
    row.delivery.seq = statement.number(2);
    row.delivery.attempt = static_cast<std::uint32_t>(statement.integer(3));
    row.delivery.crashes = static_cast<std::uint32_t>(statement.integer(4));
    row.delivery.due_us = statement.integer(5);
    row.is_whole = statement.integer(6) == checksum_of(lane, row.delivery);
    return row;
}

}  // namespace

Deliveries::Deliveries(Database& database, Facts& facts, Messages& messages, DamageLog& damage)
    : facts_(facts), messages_(messages), damage_(damage),
      add_(database, "INSERT INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      page_(database,
            "SELECT position, message, seq, attempt, crashes, due, checksum FROM deliveries"
            " WHERE lane = ? AND position > ? ORDER BY position LIMIT ?"),
      read_(database,
            "SELECT position, message, seq, attempt, crashes, due, checksum FROM deliveries"
            " WHERE lane = ? AND position = ?"),
      postpone_(database,
                "UPDATE deliveries SET attempt = ?3, crashes = ?4, due = ?5, checksum = ?6"
                " WHERE lane = ?1 AND position = ?2"),
      remove_(database, "DELETE FROM deliveries WHERE lane = ? AND position = ?"),
      note_(database, "INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)"),
      history_(database,
               "SELECT attempt, at, code, text, checksum FROM attempts WHERE lane = ? AND position = ?"
               " ORDER BY attempt"),
      forget_(database, "DELETE FROM attempts WHERE lane = ? AND position = ?"),
      count_(database, "SELECT count(*) FROM deliveries"),
      count_of_(database, "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE lane = ? LIMIT ?)"),
      last_(database, "SELECT max(position) FROM deliveries WHERE lane = ?") {}

void Deliveries::add(std::int64_t lane, Delivery& delivery) {
    delivery.position = facts_.new_id();
    add_.run(lane, delivery.position, delivery.message_id, delivery.seq, delivery.attempt, delivery.crashes,
             delivery.due_us, checksum_of(lane, delivery));
    ++facts_.totals.deliveries;
}

Page Deliveries::page(std::int64_t lane, std::int64_t position, std::size_t count, std::size_t bytes,
                      std::int64_t now_us) {
    std::vector<Row> rows;
    page_.query(lane, position, count);
    while (page_.next()) rows.push_back(row_of(lane, page_));
    page_.end();
    Page page;
    std::size_t taken = 0;
    for (const auto& [delivery, is_whole] : rows) {
        if (!page.entries.empty() && taken >= bytes) break;
        auto message = is_whole ? messages_.read(delivery.message_id, now_us) : std::nullopt;
        if (!message) {
            put_aside(lane, delivery, now_us);
            ++page.damaged;
            continue;
        }
        taken += message->size();
        page.entries.push_back({delivery, std::move(*message)});
    }
    return page;
}

void Deliveries::put_aside(std::int64_t lane, const Delivery& delivery, std::int64_t now_us) {
    damage_.add(now_us, fmt::format("delivery {} of lane {}, of message {}: it is damaged, or its message is",
                                    delivery.position, lane, delivery.message_id));
    remove(lane, delivery.position);
    forget_history(lane, delivery.position);
}

std::optional<Delivery> Deliveries::read(std::int64_t lane, std::int64_t position, std::int64_t now_us) {
    if (!read_.find(lane, position)) return std::nullopt;
    auto [delivery, is_whole] = row_of(lane, read_);
    read_.end();
    if (is_whole) return delivery;
    put_aside(lane, delivery, now_us);
    return std::nullopt;
}

void Deliveries::postpone(std::int64_t lane, const Delivery& delivery, const Attempt& attempt) {
    note(lane, delivery.position, attempt);
    postpone_.run(lane, delivery.position, delivery.attempt, delivery.crashes, delivery.due_us,
                  checksum_of(lane, delivery));
}

void Deliveries::remove(std::int64_t lane, std::int64_t position) {
    facts_.totals.deliveries -= remove_.run(lane, position);
}

void Deliveries::note(std::int64_t lane, std::int64_t position, const Attempt& attempt) {
    note_.run(lane, position, attempt.number, attempt.at_us, attempt.code, attempt.text,
              checksum_of(lane, position, attempt));
}

std::vector<Attempt> Deliveries::history(std::int64_t lane, std::int64_t position) {
    std::vector<Attempt> attempts;
    history_.query(lane, position);
    while (history_.next()) {
        Attempt attempt{static_cast<std::uint32_t>(history_.integer(0)), history_.integer(1),
                        static_cast<std::uint32_t>(history_.integer(2)), history_.text(3)};
        if (history_.integer(4) != checksum_of(lane, position, attempt)) attempt.text = "(this row is damaged)";
        attempts.push_back(std::move(attempt));
    }
    history_.end();
    return attempts;
}

void Deliveries::forget_history(std::int64_t lane, std::int64_t position) { forget_.run(lane, position); }

std::optional<Delivery> Deliveries::head(std::int64_t lane, std::int64_t now_us) {
    while (page_.find(lane, INT64_MIN, 1)) {
        auto [delivery, is_whole] = row_of(lane, page_);
        page_.end();
        if (is_whole) return delivery;
        put_aside(lane, delivery, now_us);
    }
    page_.end();
    return std::nullopt;
}

std::int64_t Deliveries::last(std::int64_t lane) {
    const auto position = last_.find(lane) ? last_.integer(0) : 0;
    last_.end();
    return position;
}

std::int64_t Deliveries::count() {
    const auto count = count_.find() ? count_.integer(0) : 0;
    count_.end();
    return count;
}

std::int64_t Deliveries::count_of(std::int64_t lane, std::int64_t most) {
    const auto count = count_of_.find(lane, most) ? count_of_.integer(0) : 0;
    count_of_.end();
    return count;
}

}  // namespace millrace::spool
