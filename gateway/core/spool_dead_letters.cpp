#include "gateway/core/spool_dead_letters.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

std::int64_t checksum_of(const DeadLetter& letter, std::int64_t lane, std::int64_t position) {
    return checksum("dead_letters", letter.id, letter.at_us, letter.message.id, lane, position, letter.consumer,
                    letter.scope, letter.route, letter.prefix, letter.why.reason, letter.why.code, letter.why.text,
                    letter.why.version, letter.why.hash, letter.attempts, letter.bytes);
}

bool takes(const DeadLetterFilter& filter, const DeadLetter& letter) {
    return (!filter.route || *filter.route == letter.route) &&
           (!filter.reason || *filter.reason == letter.why.reason) &&
           (!filter.code || *filter.code == letter.why.code) &&
           (!filter.consumer || *filter.consumer == letter.consumer) && filter.since_us <= letter.at_us;
}

}  // namespace

DeadLetterRows::DeadLetterRows(Database& database, Facts& facts, Messages& messages, Deliveries& deliveries,
                               DamageLog& damage)
    : facts_(facts), messages_(messages), deliveries_(deliveries), damage_(damage),
      add_(database, "INSERT INTO dead_letters VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      read_(database, "SELECT * FROM dead_letters WHERE id = ?"),
      list_(database, "SELECT * FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?"),
      place_(database, "SELECT lane, position, message, bytes FROM dead_letters WHERE id = ?"),
      remove_(database, "DELETE FROM dead_letters WHERE id = ?"),
      oldest_(database, "SELECT id, at FROM dead_letters ORDER BY id LIMIT 1"),
      sum_(database, "SELECT count(*), sum(bytes) FROM dead_letters") {
    recount();
}

void DeadLetterRows::recount() {
    total_ = sum_.find() ? DeadLetterCount{sum_.integer(0), sum_.integer(1)} : DeadLetterCount{};
    sum_.end();
}

void DeadLetterRows::add(DeadLetter& letter, std::int64_t lane, std::int64_t position) {
    letter.id = facts_.new_id();
    add_.run(letter.id, letter.at_us, letter.message.id, lane, position, letter.consumer, letter.scope, letter.route,
             letter.prefix, letter.why.reason, letter.why.code, letter.why.text, letter.why.version, letter.why.hash,
             letter.attempts, letter.bytes, checksum_of(letter, lane, position));
    ++total_.letters;
    total_.bytes += static_cast<std::int64_t>(letter.bytes);
}

DeadLetterRows::Row DeadLetterRows::row_of(const Statement& statement) const {
    Row row;
    DeadLetter& letter = row.letter;
    letter.id = statement.integer(0);
    letter.at_us = statement.integer(1);
    letter.message.id = statement.integer(2);
    row.lane = statement.integer(3);
    row.position = statement.integer(4);
    letter.consumer = statement.text(5);
    letter.scope = statement.text(6);
    letter.route = statement.text(7);
    letter.prefix = statement.text(8);
    letter.why = {statement.text(9), static_cast<std::uint32_t>(statement.integer(10)), statement.text(11),
                  statement.text(12), statement.text(13)};
    letter.attempts = static_cast<std::uint32_t>(statement.integer(14));
    letter.bytes = statement.number(15);
    row.is_whole = statement.integer(16) == checksum_of(letter, row.lane, row.position);
    return row;
}

void DeadLetterRows::put_aside(const DeadLetter& letter, std::int64_t now_us) {
    damage_.add(now_us, fmt::format("dead letter {}: its checksum is wrong", letter.id), letter.why.text);
    drop(letter.id);
}

LetterPage DeadLetterRows::list(const DeadLetterFilter& filter, std::int64_t id, std::size_t count,
                                std::int64_t now_us) {
    LetterPage page;
    std::vector<DeadLetter> damaged;
    list_.query(id, count);
    while (list_.next()) {
        Row row = row_of(list_);
        page.last = row.letter.id;
        if (!row.is_whole) {
            damaged.push_back(std::move(row.letter));
        } else if (takes(filter, row.letter)) {
            page.letters.push_back(std::move(row.letter));
        }
    }
    list_.end();
    for (const DeadLetter& letter : damaged) put_aside(letter, now_us);
    return page;
}

std::optional<DeadLetterRows::Row> DeadLetterRows::read(std::int64_t id, std::int64_t now_us) {
    if (!read_.find(id)) return std::nullopt;
    Row row = row_of(read_);
    read_.end();
    if (row.is_whole) return row;
    put_aside(row.letter, now_us);
    return std::nullopt;
}

std::optional<DeadLetter> DeadLetterRows::show(std::int64_t id, std::int64_t now_us) {
    auto row = read(id, now_us);
    if (!row) return std::nullopt;
    auto message = messages_.read(row->letter.message.id, now_us);
    if (!message) {
        put_aside(row->letter, now_us);
        return std::nullopt;
    }
    row->letter.message = std::move(*message);
    row->letter.history = deliveries_.history(row->lane, row->position);
    return std::move(row->letter);
}

bool DeadLetterRows::take(std::int64_t id) {
    if (!place_.find(id)) return false;
    const auto lane = place_.integer(0);
    const auto position = place_.integer(1);
    const auto bytes = place_.integer(3);
    place_.end();
    remove_.run(id);
    deliveries_.forget_history(lane, position);
    --total_.letters;
    total_.bytes -= bytes;
    return true;
}

bool DeadLetterRows::drop(std::int64_t id) {
    const auto message = place_.find(id) ? place_.integer(2) : 0;
    place_.end();
    if (!take(id)) return false;
    messages_.release(message);
    return true;
}

std::size_t DeadLetterRows::prune(std::int64_t until_us, std::int64_t bytes, std::size_t count) {
    std::size_t pruned = 0;
    while (pruned < count && oldest_.find()) {
        const auto id = oldest_.integer(0);
        const bool is_over = oldest_.integer(1) < until_us || total_.bytes > bytes;
        oldest_.end();
        if (!is_over || !drop(id)) break;
        ++pruned;
    }
    oldest_.end();
    return pruned;
}

}  // namespace millrace::spool
