#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "millrace/abi.h"

// Step 6, "is answered": the commands of one handler call. They leave together when the handler succeeds, or not at
// all.
namespace millrace {

// What may wait for one peer, in bytes. Room is taken as a command is recorded, so that a commit can neither wait nor
// fail (contract C1), and given back when the adapter has written it. Thread: any.
class Room {
  public:
    explicit Room(std::uint64_t max) : max_(max) {}

    // -> MILLRACE_TAKEN, MILLRACE_FULL, MILLRACE_TOO_LARGE or MILLRACE_UNKNOWN. Room that is empty but for the `own`
    // bytes of the same outbox takes more than its limit: so no handler can want more than it will ever get.
    std::int32_t take(std::uint64_t bytes, std::uint64_t own);

    void give(std::uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

    // The peer has gone: nothing is taken any more.
    void close() { closed_.store(true, std::memory_order_relaxed); }

    bool has(std::uint64_t bytes) const {
        auto used = used_.load(std::memory_order_relaxed);
        return used == 0 || used + bytes <= max_;
    }

    std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }

  private:
    const std::uint64_t max_;
    std::atomic<std::uint64_t> used_{0};
    std::atomic<bool> closed_{false};
};

// The largest single reply: one that nobody waits for may still not fill memory.
inline constexpr std::uint64_t kReplyBytesMax = 64 << 20;

// Commands in the order of their recording, their bytes beside each other.
// Thread: the one that runs the handler, then the scope's loop.
class Outbox {
  public:
    struct Command {
        std::uint32_t verb = 0;
        std::uint32_t payload_kind = 0;
        std::uint32_t code = 0;
        std::uint32_t body_size = 0;
        std::uint64_t payload_size = 0;
        std::uint64_t offset = 0;

        std::uint64_t size() const { return payload_size + body_size; }
    };

    void record(const millrace_command& command);

    // Forgets all commands but the first `count`.
    void cut(std::size_t count);
    void clear() { cut(0); }

    // Copies the commands of `other` from the `from`-th on behind these.
    void append(const Outbox& other, std::size_t from = 0);

    std::size_t size() const { return commands_.size(); }
    bool empty() const { return commands_.empty(); }
    const Command& operator[](std::size_t index) const { return commands_[index]; }

    // Valid until the next change.
    millrace_bytes payload(const Command& command) const { return {at(command.offset), command.payload_size}; }
    millrace_bytes body(const Command& command) const {
        return {at(command.offset + command.payload_size), command.body_size};
    }

    // Its replies as the adapter takes them, behind what is in `out`, up to the first close. Returns that close, or
    // null: what was recorded after it never leaves.
    const Command* to_sends(void* scope_context, std::vector<millrace_send>& out) const;

  private:
    const std::uint8_t* at(std::uint64_t offset) const {
        return reinterpret_cast<const std::uint8_t*>(bytes_.data()) + offset;
    }

    std::vector<Command> commands_;
    std::string bytes_;
};

}  // namespace millrace
