#include "gateway/core/spool_messages.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

// Of a payload in a file the checksum counts too, so a body that was exchanged is damage.
std::int64_t checksum_of(const Message& message, std::int64_t body) {
    return checksum("messages", message.id, message.adapter, message.scope, message.external_id, message.route,
                    message.fields, message.payload, body, message.payload_kind, message.order, message.hops,
                    message.created_us, message.deadline_us);
}

// The bytes of the file that has its payload; 0: the row has it.
std::int64_t body_of(const Message& message) {
    const std::size_t size = message.payload.size();
    return size > Bodies::kInlineBytesMax ? static_cast<std::int64_t>(size) : 0;
}

}  // namespace

Messages::Messages(Database& database, Facts& facts, Bodies& bodies, DamageLog& damage)
    : database_(database), facts_(facts), bodies_(bodies), damage_(damage),
      add_(database, "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      read_(database, "SELECT * FROM messages WHERE id = ?"),
      size_(database, "SELECT length(fields) + length(payload) + body FROM messages WHERE id = ?"),
      unused_(database,
              "SELECT length(fields) + length(payload) + body, body FROM messages WHERE id = ?1"
              " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = ?1)"
              " AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE message = ?1)"),
      remove_(database, "DELETE FROM messages WHERE id = ?"),
      lift_deadline_(database, "UPDATE messages SET deadline = 0, checksum = ?2 WHERE id = ?1"),
      oldest_(database,
              "SELECT created FROM messages WHERE id = (SELECT message FROM deliveries ORDER BY message LIMIT 1)"),
      ids_(database, "SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?") {}

void Messages::add(Message& message) {
    message.id = facts_.new_id();
    const auto body = body_of(message);
    const bool is_large = body != 0;
    if (is_large) {
        if (auto fault = bodies_.write(message.id, message.payload)) return database_.note(std::move(*fault));
    }
    add_.run(message.id, message.adapter, message.scope, message.external_id, message.route, message.fields,
             is_large ? std::string_view() : std::string_view(message.payload), body, message.payload_kind,
             message.order, message.hops, message.created_us, message.deadline_us, checksum_of(message, body));
    ++facts_.totals.messages;
    facts_.totals.bytes += static_cast<std::int64_t>(message.fields.size() + message.payload.size());
}

std::optional<Message> Messages::read(std::int64_t id, std::int64_t now_us) {
    if (!read_.find(id)) return std::nullopt;
    Message message{read_.integer(0),  read_.text(1),
                    read_.text(2),     read_.text(3),
                    read_.text(4),     read_.text(5),
                    read_.text(6),     static_cast<std::uint32_t>(read_.integer(8)),
                    read_.number(9),   static_cast<std::uint32_t>(read_.integer(10)),
                    read_.integer(11), read_.integer(12)};
    const auto body = read_.integer(7);
    const auto sum = read_.integer(13);
    read_.end();
    if (database_.fault()) return std::nullopt;
    if (body > 0) {
        auto payload = bodies_.read(id, static_cast<std::size_t>(body));
        if (!payload) {
            put_aside(id, now_us, payload.error().text, message.fields);
            return std::nullopt;
        }
        message.payload = std::move(*payload);
    }
    if (sum == checksum_of(message, body)) return message;
    put_aside(id, now_us, "its checksum is wrong", message.fields + message.payload);
    return std::nullopt;
}

void Messages::put_aside(std::int64_t id, std::int64_t now_us, std::string_view why, std::string_view content) {
    damage_.add(now_us, fmt::format("message {}: {}", id, why), content);
    const auto bytes = size_.find(id) ? size_.integer(0) : 0;
    size_.end();
    remove(id, bytes);
}

void Messages::release(std::int64_t id) {
    if (unused_.find(id)) {
        const auto bytes = unused_.integer(0);
        if (unused_.integer(1) != 0) bodies_.remove(id);
        unused_.end();
        remove(id, bytes);
    }
    unused_.end();
}

void Messages::remove(std::int64_t id, std::int64_t bytes) {
    facts_.totals.messages -= remove_.run(id);
    facts_.totals.bytes -= bytes;
}

bool Messages::exists(std::int64_t id) {
    const bool is_there = size_.find(id);
    size_.end();
    return is_there;
}

void Messages::lift_deadline(Message& message) {
    message.deadline_us = 0;
    lift_deadline_.run(message.id, checksum_of(message, body_of(message)));
}

bool Messages::is_used(std::int64_t id) {
    const bool is_unused = unused_.find(id);
    unused_.end();
    return !is_unused;
}

std::int64_t Messages::oldest_us() {
    const auto oldest_us = oldest_.find() ? oldest_.integer(0) : 0;
    oldest_.end();
    return oldest_us;
}

std::vector<std::int64_t> Messages::ids_after(std::int64_t id, std::size_t count) {
    std::vector<std::int64_t> ids;
    ids_.query(id, count);
    while (ids_.next()) ids.push_back(ids_.integer(0));
    ids_.end();
    return ids;
}

}  // namespace millrace::spool
