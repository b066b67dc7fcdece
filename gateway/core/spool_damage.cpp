#include "gateway/core/spool_damage.hpp"

#include "gateway/base/log.hpp"

namespace millrace::spool {

DamageLog::DamageLog(Database& database, Facts& facts)
    : facts_(facts), add_(database, "INSERT INTO damage VALUES (?, ?, ?, ?)"),
      list_(database, "SELECT id, at, what FROM damage WHERE id > ? ORDER BY id LIMIT ?"),
      count_(database, "SELECT count(*) FROM damage") {}

void DamageLog::add(std::int64_t now_us, std::string_view what, std::string_view content) {
    if (!is_inspection) log::limited(log::Level::error, "spool", "damaged and put aside: {}", what);
    add_.run(facts_.new_id(), now_us, what, content);
}

std::vector<Damage> DamageLog::list(std::int64_t id, std::size_t count) {
    std::vector<Damage> all;
    list_.query(id, count);
    while (list_.next()) all.push_back({list_.integer(0), list_.integer(1), list_.text(2)});
    list_.end();
    return all;
}

std::int64_t DamageLog::count() {
    const auto count = count_.find() ? count_.integer(0) : 0;
    count_.end();
    return count;
}

}  // namespace millrace::spool
