#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/core/parcel.hpp"
#include "millrace/abi.h"

// Step 6, "is answered": the commands of one handler call. They leave together when the handler succeeds, or not at
// all.
namespace millrace {

// Commands in the order of their recording, their bytes beside each other.
// Thread: the one that runs the handler, then the scope's loop.
class Outbox {
  public:
    struct Command {
        std::uint32_t verb = 0;
        std::uint32_t payload_kind = 0;
        std::uint32_t code = 0;
        std::uint32_t flags = 0;
        std::uint32_t hops = 0;
        std::uint32_t address_size = 0;
        std::uint32_t body_size = 0;
        std::uint64_t payload_size = 0;
        std::uint64_t correlation = 0;
        std::uint64_t delay_us = 0;
        std::uint64_t offset = 0;
        std::size_t parcel = 0;

        std::uint64_t size() const { return payload_size + body_size; }
    };

    // `hops`: how many messages have led to it.
    void record(const millrace_command& command, std::uint32_t hops = 0);

    // SEND and ANSWER are ready to leave when they are recorded. `slot_of`: the parcel whose answer slot it uses, which
    // gets that back if the command is cut.
    void record(std::uint32_t verb, std::unique_ptr<Parcel> parcel, Parcel* slot_of = nullptr);

    // Forgets all commands but the first `count`.
    void cut(std::size_t count);
    void clear() { cut(0); }

    // Takes the commands of `other` from the `from`-th on over, behind these.
    void take(Outbox& other, std::size_t from = 0);

    // Of a SEND or ANSWER, once.
    std::unique_ptr<Parcel> take_parcel(const Command& command) {
        Sent sent = std::move(parcels_[command.parcel]);
        return std::move(sent.parcel);
    }

    // The same, where it was not taken.
    Parcel& parcel(const Command& command) const { return *parcels_[command.parcel].parcel; }

    std::size_t size() const { return commands_.size(); }
    bool empty() const { return commands_.empty(); }
    const Command& operator[](std::size_t index) const { return commands_[index]; }

    // Valid until the next change.
    millrace_bytes payload(const Command& command) const { return {at(command.offset), command.payload_size}; }
    millrace_bytes body(const Command& command) const {
        return {at(command.offset + command.payload_size), command.body_size};
    }

    millrace_bytes address(const Command& command) const {
        return {at(command.offset + command.payload_size + command.body_size), command.address_size};
    }

    // Those of its commands that are the answer to CONNECT itself (a body without a payload), behind what is in `out`.
    void to_replies(void* const& scope_context, std::vector<millrace_send>& out) const;
    void drop_replies();

  private:
    const std::uint8_t* at(std::uint64_t offset) const {
        return reinterpret_cast<const std::uint8_t*>(bytes_.data()) + offset;
    }

    struct Sent {
        std::unique_ptr<Parcel> parcel;
        Parcel* slot_of = nullptr;
        Slot slot;
    };

    std::vector<Command> commands_;
    std::string bytes_;
    std::vector<Sent> parcels_;
};

}  // namespace millrace
