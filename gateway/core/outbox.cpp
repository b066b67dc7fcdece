#include "gateway/core/outbox.hpp"

#include <utility>

namespace millrace {
namespace {

constexpr std::size_t kKeptBytes = 256 << 10;

bool is_answer(const Outbox::Command& command) {
    return command.verb == MILLRACE_REPLY && command.payload_kind == MILLRACE_NO_PAYLOAD;
}

}  // namespace

void Outbox::record(const millrace_command& command, std::uint32_t hops) {
    commands_.push_back({command.verb, command.payload_kind, command.code, command.flags, hops,
                         static_cast<std::uint32_t>(command.address.size),
                         static_cast<std::uint32_t>(command.body.size), command.payload.size, command.correlation,
                         command.delay_us, bytes_.size(), parcels_.size()});
    for (const millrace_bytes& piece : {command.payload, command.body, command.address}) {
        bytes_.append(reinterpret_cast<const char*>(piece.data), piece.size);
    }
}

void Outbox::record(std::uint32_t verb, std::unique_ptr<Parcel> parcel, Parcel* slot_of) {
    Command& command = commands_.emplace_back();
    command.verb = verb;
    command.offset = bytes_.size();
    command.parcel = parcels_.size();
    parcels_.push_back({std::move(parcel), slot_of, slot_of ? std::exchange(slot_of->answer_slot, {}) : Slot()});
}

void Outbox::cut(std::size_t count) {
    if (count < commands_.size()) {
        const std::size_t parcels = commands_[count].parcel;
        for (std::size_t i = parcels; i < parcels_.size(); ++i) {
            if (Sent& sent = parcels_[i]; sent.slot) sent.slot_of->answer_slot = std::move(sent.slot);
        }
        parcels_.resize(parcels);
        bytes_.resize(commands_[count].offset);
        commands_.resize(count);
    }
    if (count == 0 && bytes_.capacity() > kKeptBytes) bytes_ = {};
}

void Outbox::take(Outbox& other, std::size_t from) {
    for (std::size_t i = from; i < other.size(); ++i) {
        const Command& command = other[i];
        if (command.verb == MILLRACE_SEND || command.verb == MILLRACE_ANSWER) {
            record(command.verb, {});
            parcels_.back() = std::move(other.parcels_[command.parcel]);
        } else {
            record(
                {sizeof(millrace_command), command.verb, command.payload_kind, command.code, other.payload(command),
                 other.body(command), other.address(command), command.flags, 0, command.correlation, command.delay_us},
                command.hops);
        }
    }
    other.cut(from);
}

void Outbox::to_replies(void* const& scope_context, std::vector<millrace_send>& out) const {
    for (const Command& command : commands_) {
        if (!is_answer(command)) continue;
        out.push_back({sizeof(millrace_send),
                       command.payload_kind,
                       &scope_context,
                       1,
                       0,
                       payload(command),
                       body(command),
                       {},
                       0,
                       0,
                       0,
                       0,
                       {},
                       {}});
    }
}

void Outbox::drop_replies() { std::erase_if(commands_, is_answer); }

}  // namespace millrace
