#include "gateway/core/spool_duplicates.hpp"

#include <fmt/format.h>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

std::string key_of(std::string_view adapter, std::string_view external_id) {
    return fmt::format("{}:{}{}", adapter.size(), adapter, external_id);
}

std::int64_t checksum_of(std::int64_t id, std::string_view key, std::int64_t at_us, const Answer& answer) {
    return checksum("duplicates", id, key, at_us, answer.verdict, answer.code, answer.text);
}

}  // namespace

Duplicates::Duplicates(Database& database, Facts& facts, DamageLog& damage)
    : facts_(facts), damage_(damage), find_(database, "SELECT * FROM duplicates WHERE key = ?"),
      add_(database, "INSERT INTO duplicates VALUES (?, ?, ?, ?, ?, ?, ?)"),
      remove_(database, "DELETE FROM duplicates WHERE id = ?"),
      oldest_(database, "SELECT id, at FROM duplicates ORDER BY id LIMIT 1") {}

std::optional<Answer> Duplicates::find(std::string_view adapter, std::string_view external_id, std::int64_t now_us) {
    const std::string key = key_of(adapter, external_id);
    if (!find_.find(key)) return std::nullopt;
    const auto id = find_.integer(0);
    Answer answer{static_cast<std::uint32_t>(find_.integer(3)), static_cast<std::uint32_t>(find_.integer(4)),
                  find_.text(5)};
    const bool is_whole = find_.integer(6) == checksum_of(id, key, find_.integer(2), answer);
    find_.end();
    if (is_whole) return answer;
    damage_.add(now_us, fmt::format("external id {} of {}: its checksum is wrong", external_id, adapter));
    facts_.totals.duplicates -= remove_.run(id);
    return std::nullopt;
}

void Duplicates::remember(std::string_view adapter, std::string_view external_id, const Answer& answer,
                          std::int64_t now_us) {
    const std::string key = key_of(adapter, external_id);
    if (find_.find(key)) {
        const auto known = find_.integer(0);
        find_.end();
        facts_.totals.duplicates -= remove_.run(known);
    }
    find_.end();
    const auto id = facts_.new_id();
    add_.run(id, key, now_us, answer.verdict, answer.code, answer.text, checksum_of(id, key, now_us, answer));
    ++facts_.totals.duplicates;
}

std::size_t Duplicates::prune(std::int64_t until_us, std::int64_t kept, std::size_t count) {
    std::size_t pruned = 0;
    while (pruned < count && oldest_.find()) {
        const auto id = oldest_.integer(0);
        const bool is_over = oldest_.integer(1) < until_us || facts_.totals.duplicates > kept;
        oldest_.end();
        if (!is_over) break;
        const auto removed = remove_.run(id);
        if (removed == 0) break;
        facts_.totals.duplicates -= removed;
        ++pruned;
    }
    oldest_.end();
    return pruned;
}

}  // namespace millrace::spool
