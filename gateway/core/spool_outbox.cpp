#include "gateway/core/spool_outbox.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

std::int64_t checksum_of(const Command& command) {
    return checksum("outbox", command.id, command.lane, command.target, command.correlation, command.bytes);
}

}  // namespace

Outbox::Outbox(Database& database, Facts& facts, DamageLog& damage)
    : facts_(facts), damage_(damage), write_(database, "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?)"),
      page_(database, "SELECT * FROM outbox WHERE id > ? ORDER BY id LIMIT ?"),
      find_(database, "SELECT lane, length(target) + length(bytes) FROM outbox WHERE id = ?"),
      remove_(database, "DELETE FROM outbox WHERE id = ?"), count_(database, "SELECT count(*) FROM outbox") {}

void Outbox::add(Command& command) {
    if (command.id == 0) command.id = facts_.new_id();
    write_.run(command.id, command.lane, command.target, command.correlation, command.bytes, checksum_of(command));
    ++facts_.totals.messages;
    facts_.totals.bytes += static_cast<std::int64_t>(command.target.size() + command.bytes.size());
}

std::vector<Command> Outbox::page(std::int64_t id, std::size_t count, std::int64_t now_us) {
    std::vector<Command> whole, damaged;
    page_.query(id, count);
    while (page_.next()) {
        Command command{page_.integer(0), page_.integer(1), page_.text(2), page_.number(3), page_.text(4)};
        const bool is_whole = page_.integer(5) == checksum_of(command);
        (is_whole ? whole : damaged).push_back(std::move(command));
    }
    page_.end();
    for (const Command& command : damaged) put_aside(command, now_us);
    return whole;
}

void Outbox::put_aside(const Command& command, std::int64_t now_us) {
    damage_.add(now_us, fmt::format("command {} of lane {}: its checksum is wrong", command.id, command.lane),
                command.bytes);
    remove(command.id);
}

std::int64_t Outbox::remove(std::int64_t id) {
    const bool is_there = find_.find(id);
    const auto lane = is_there ? find_.integer(0) : 0;
    const auto bytes = is_there ? find_.integer(1) : 0;
    find_.end();
    if (!is_there || remove_.run(id) == 0) return 0;
    --facts_.totals.messages;
    facts_.totals.bytes -= bytes;
    return lane;
}

std::int64_t Outbox::count() {
    const auto count = count_.find() ? count_.integer(0) : 0;
    count_.end();
    return count;
}

}  // namespace millrace::spool
