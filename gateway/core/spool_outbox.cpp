#include "gateway/core/spool_outbox.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

std::int64_t checksum_of(const Command& command) {
    return checksum("outbox", command.id, command.lane, command.target, command.correlation, command.bytes,
                    command.attempt, command.due_us);
}

}  // namespace

Outbox::Outbox(Database& database, Facts& facts, DamageLog& damage)
    : facts_(facts), damage_(damage), write_(database, "INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      page_(database, "SELECT * FROM outbox WHERE id > ? ORDER BY id LIMIT ?"),
      lane_(database, "SELECT lane FROM outbox WHERE id = ?"), remove_(database, "DELETE FROM outbox WHERE id = ?"),
      count_(database, "SELECT count(*) FROM outbox") {}

void Outbox::add(Command& command) {
    if (command.id == 0) command.id = facts_.new_id();
    write_.run(command.id, command.lane, command.target, command.correlation, command.bytes, command.attempt,
               command.due_us, checksum_of(command));
}

std::vector<Command> Outbox::page(std::int64_t id, std::size_t count, std::int64_t now_us) {
    std::vector<Command> whole, damaged;
    page_.query(id, count);
    while (page_.next()) {
        Command command{page_.integer(0), page_.integer(1), page_.text(2),
                        page_.number(3),  page_.text(4),    static_cast<std::uint32_t>(page_.integer(5)),
                        page_.integer(6)};
        const bool is_whole = page_.integer(7) == checksum_of(command);
        (is_whole ? whole : damaged).push_back(std::move(command));
    }
    page_.end();
    for (const Command& command : damaged) put_aside(command, now_us);
    return whole;
}

void Outbox::put_aside(const Command& command, std::int64_t now_us) {
    damage_.add(now_us, fmt::format("command {} of lane {}: its checksum is wrong", command.id, command.lane),
                command.bytes);
    remove_.run(command.id);
}

std::int64_t Outbox::remove(std::int64_t id) {
    const auto lane = lane_.find(id) ? lane_.integer(0) : 0;
    lane_.end();
    return remove_.run(id) > 0 ? lane : 0;
}

bool Outbox::postpone(std::int64_t id, std::uint32_t attempt, std::int64_t due_us, std::int64_t now_us) {
    auto found = page(id - 1, 1, now_us);
    if (found.empty() || found.front().id != id) return false;
    found.front().attempt = attempt;
    found.front().due_us = due_us;
    add(found.front());
    return true;
}

std::int64_t Outbox::count() {
    const auto count = count_.find() ? count_.integer(0) : 0;
    count_.end();
    return count;
}

}  // namespace millrace::spool
