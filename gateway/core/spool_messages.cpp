#include "gateway/core/spool_messages.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/core/spool_checksum.hpp"

namespace millrace::spool {
namespace {

// What is in a file counts too, so one that was exchanged is damage. Messages without a body have the sum that they had
// before there were any.
std::int64_t checksum_of(const Message& message, std::int64_t file, std::int64_t attached_file) {
    const auto sum = [&](const auto&... body) {
        return checksum("messages", message.id, message.adapter, message.scope, message.external_id, message.route,
                        message.fields, message.payload, file, message.payload_kind, message.order, message.hops,
                        message.created_us, message.deadline_us, body...);
    };
    const std::string_view body = message.body_bytes();
    return body.empty() ? sum() : sum(body, attached_file);
}

// The bytes of the file that it is in; 0: the row has it.
std::int64_t file_of(std::string_view bytes) {
    return bytes.size() > Bodies::kInlineBytesMax ? static_cast<std::int64_t>(bytes.size()) : 0;
}

constexpr const char* kSize = "length(fields) + length(payload) + body + length(attached) + attached_file";

}  // namespace

Messages::Messages(Database& database, Facts& facts, Bodies& bodies, DamageLog& damage)
    : database_(database), facts_(facts), bodies_(bodies), damage_(damage),
      add_(database, "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      read_(database, "SELECT * FROM messages WHERE id = ?"),
      size_(database, fmt::format("SELECT {} FROM messages WHERE id = ?", kSize).c_str()),
      unused_(database, fmt::format("SELECT {}, body + attached_file FROM messages WHERE id = ?1"
                                    " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = ?1)"
                                    " AND NOT EXISTS (SELECT 1 FROM dead_letters WHERE message = ?1)",
                                    kSize)
                            .c_str()),
      remove_(database, "DELETE FROM messages WHERE id = ?"),
      lift_deadline_(database, "UPDATE messages SET deadline = 0, checksum = ?2 WHERE id = ?1"),
      oldest_(database,
              "SELECT created FROM messages WHERE id = (SELECT message FROM deliveries ORDER BY message LIMIT 1)"),
      ids_(database, "SELECT id FROM messages WHERE id > ? ORDER BY id LIMIT ?") {}

void Messages::add(Message& message) {
    message.id = facts_.new_id();
    const auto file = file_of(message.payload);
    const auto attached = message.body_file ? file_of(message.body_bytes()) : 0;
    if (file != 0) {
        if (auto fault = bodies_.write(message.id, message.payload)) return database_.note(std::move(*fault));
    }
    if (attached != 0) {
        if (auto fault = bodies_.attach(message.id, *message.body_file)) return database_.note(std::move(*fault));
    }
    const auto in_row = [](std::string_view bytes, bool is_file) { return is_file ? std::string_view() : bytes; };
    add_.run(message.id, message.adapter, message.scope, message.external_id, message.route, message.fields,
             in_row(message.payload, file != 0), file, message.payload_kind, message.order, message.hops,
             message.created_us, message.deadline_us, checksum_of(message, file, attached),
             in_row(message.body_bytes(), attached != 0), attached);
    ++facts_.totals.messages;
    facts_.totals.bytes += static_cast<std::int64_t>(message.size());
}

std::optional<Message> Messages::read(std::int64_t id, std::int64_t now_us) {
    if (!read_.find(id)) return std::nullopt;
    Message message{read_.integer(0),  read_.text(1),
                    read_.text(2),     read_.text(3),
                    read_.text(4),     read_.text(5),
                    read_.text(6),     static_cast<std::uint32_t>(read_.integer(8)),
                    read_.number(9),   static_cast<std::uint32_t>(read_.integer(10)),
                    read_.integer(11), read_.integer(12),
                    read_.text(14),    {}};
    const auto file = read_.integer(7);
    const auto sum = read_.integer(13);
    const auto attached = read_.integer(15);
    read_.end();
    if (database_.fault()) return std::nullopt;
    if (file > 0) {
        auto payload = bodies_.read(id, static_cast<std::size_t>(file));
        if (!payload) {
            put_aside(id, now_us, payload.error().text, message.fields);
            return std::nullopt;
        }
        message.payload = std::move(*payload);
    }
    if (attached > 0) {
        auto body = bodies_.attached(id, static_cast<std::size_t>(attached));
        if (!body) {
            put_aside(id, now_us, body.error().text, message.fields + message.payload);
            return std::nullopt;
        }
        message.body_file = std::move(*body);
    }
    if (sum == checksum_of(message, file, attached)) return message;
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
    const auto attached = message.body_file ? file_of(message.body_bytes()) : 0;
    lift_deadline_.run(message.id, checksum_of(message, file_of(message.payload), attached));
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
