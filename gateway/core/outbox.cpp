#include "gateway/core/outbox.hpp"

namespace millrace {
namespace {

constexpr std::size_t kKeptBytes = 256 << 10;

bool is_answer(const Outbox::Command& command) {
    return command.verb == MILLRACE_REPLY && command.payload_kind == MILLRACE_NO_PAYLOAD;
}

}  // namespace

std::int32_t Room::take(std::uint64_t bytes, std::uint64_t own) {
    if (closed_.load(std::memory_order_relaxed)) return MILLRACE_UNKNOWN;
    if (bytes > kReplyBytesMax) return MILLRACE_TOO_LARGE;
    auto before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (before == own || before + bytes <= max_) return MILLRACE_TAKEN;
    give(bytes);
    return MILLRACE_FULL;
}

void Outbox::record(const millrace_command& command) {
    commands_.push_back({command.verb, command.payload_kind, command.code, command.flags,
                         static_cast<std::uint32_t>(command.address.size),
                         static_cast<std::uint32_t>(command.body.size), command.payload.size, command.correlation,
                         bytes_.size()});
    for (const millrace_bytes& piece : {command.payload, command.body, command.address}) {
        bytes_.append(reinterpret_cast<const char*>(piece.data), piece.size);
    }
}

void Outbox::cut(std::size_t count) {
    if (count < commands_.size()) {
        bytes_.resize(commands_[count].offset);
        commands_.resize(count);
    }
    if (count == 0 && bytes_.capacity() > kKeptBytes) bytes_ = {};
}

void Outbox::append(const Outbox& other, std::size_t from) {
    for (; from < other.size(); ++from) {
        const Command& command = other[from];
        record({sizeof(millrace_command), command.verb, command.payload_kind, command.code, other.payload(command),
                other.body(command), other.address(command), command.flags, 0, command.correlation});
    }
}

void Outbox::to_replies(void* const& scope_context, std::vector<millrace_send>& out) const {
    for (const Command& command : commands_) {
        if (!is_answer(command)) continue;
        out.push_back(
            {sizeof(millrace_send), command.payload_kind, &scope_context, 1, 0, payload(command), body(command)});
    }
}

void Outbox::drop_replies() { std::erase_if(commands_, is_answer); }

}  // namespace millrace
