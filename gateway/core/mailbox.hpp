#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/base/prefetch.hpp"
#include "gateway/core/body_file.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/parcel.hpp"
#include "gateway/core/settlement.hpp"
#include "millrace/abi.h"

// Step 5, "is delivered": the events that wait for one consumer of one scope.
// Thread: the scope's loop. A worker may read an Event that a turn shows it; it stays until the turn is back.
namespace millrace {

// An event that the gateway keeps: one block of memory, shared by the mailboxes it is in.
class Event {
  public:
    struct Head {
        std::uint32_t kind = 0;
        std::uint32_t payload_kind = 0;
        std::uint32_t reason = 0;
        std::uint64_t order = 0;
        std::uint32_t hops = 0;              // How many messages have led to it, one by the other.
        const RouteConfig* route = nullptr;  // That brought it here, or its scope.
        std::int64_t deadline_us = 0;        // No handler begins with it behind that; 0: at any time.
    };

    // Copies the pieces, but no body that is a file. `settlement`: of the message, where its sender waits for one.
    // `parcel`: what it came in, where somebody sent it.
    static Event make(const Head& head, millrace_bytes event, millrace_bytes payload, SettlementPtr settlement = {},
                      std::unique_ptr<Parcel> parcel = {}, const Body& body = {});

    Event() = default;
    Event(const Event& other) : block_(other.block_) {
        if (block_) ++block_->owners;
    }
    Event(Event&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    Event& operator=(Event other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~Event() { release(); }

    const Head& head() const { return block_->head; }
    millrace_bytes event() const { return {bytes(), block_->event_size}; }
    millrace_bytes payload() const { return {bytes() + block_->event_size, block_->payload_size}; }
    Body body() const { return {block_->body, block_->body_file}; }
    std::uint64_t size() const { return block_->event_size + block_->payload_size + block_->body.size; }
    Settlement* settlement() const { return block_->settlement.get(); }
    Parcel* parcel() const { return block_->parcel.get(); }

  private:
    struct Block {
        std::uint32_t owners;
        std::uint32_t event_size;
        std::uint64_t payload_size;
        Head head;
        SettlementPtr settlement;
        std::unique_ptr<Parcel> parcel;
        millrace_bytes body;
        BodyFilePtr body_file;
    };

    const std::uint8_t* bytes() const { return reinterpret_cast<const std::uint8_t*>(block_ + 1); }
    void release();

    Block* block_ = nullptr;
};

// Of an event that is on the disk.
struct DiskPlace {
    std::int64_t position = 0;  // In its lane.
    std::uint32_t attempt = 1;
    std::int64_t due_us = 0;  // Not before; 0: at once.
};

// A queue bounded in messages and bytes. What comes in a parcel holds its room at the port that it was sent to, beside
// that of the source's messages; all that is no message has places of its own (contract A5): no flood can refuse it.
class Mailbox {
  public:
    struct Entry {
        Event event;
        std::uint64_t seq = 0;
        std::uint32_t attempt = 1;
        std::int64_t position = 0;  // In its lane, of one that is on the disk.
        std::int64_t due_us = 0;    // Until it is first in line, and not before.
        bool is_counted = false;    // A GAP: says how much was lost until it was first shown.
    };

    explicit Mailbox(Bound limit) : limit_(limit) {}

    // Whether a message of that size may be pushed. An empty mailbox takes one that is larger than its limit.
    bool has_room(std::uint64_t bytes) const {
        return messages_ < limit_.messages && (bytes_ + bytes <= limit_.bytes || messages_ == 0);
    }

    // Half of it is free: time to let a paused sender go on.
    bool is_relaxed() const { return messages_ <= limit_.messages / 2 && bytes_ <= limit_.bytes / 2; }

    // Has the memory of its next event on its way.
    void prefetch() const { millrace::prefetch(entries_.data() + entries_.size()); }

    void push(Event event, std::uint64_t seq, const DiskPlace& place = {});
    void pop(std::size_t count);

    // Moves all messages but those among the first `kept` entries out.
    std::vector<Entry> take_messages(std::size_t kept);

    bool empty() const { return head_ == entries_.size(); }
    std::size_t size() const { return entries_.size() - head_; }
    std::uint64_t bytes() const { return bytes_; }
    Entry& operator[](std::size_t index) { return entries_[head_ + index]; }
    const Entry& operator[](std::size_t index) const { return entries_[head_ + index]; }

  private:
    static bool is_message(const Event& event) { return event.head().kind == MILLRACE_MESSAGE; }
    static bool is_bounded(const Event& event) {
        return is_message(event) && !(event.parcel() && event.parcel()->hold);
    }
    void count_out(const Event& event);

    std::vector<Entry> entries_;
    std::uint32_t head_ = 0;
    std::uint32_t messages_ = 0;
    std::uint64_t bytes_ = 0;
    Bound limit_;
};

}  // namespace millrace
