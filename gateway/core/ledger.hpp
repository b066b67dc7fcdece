#pragma once

#include <atomic>
#include <cstdint>

// What has become of every delivery. For each loop and consumer, at any moment between two events of the loop:
//
//     created = acked + dead + expired + dropped + open
//
// where `open` is counted by walking the mailboxes, never as the remainder (contract D14).
namespace millrace {

// Written by one thread, read by any.
class Counter {
  public:
    void add(std::uint64_t n = 1) { value_.store(get() + n, std::memory_order_relaxed); }
    std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

// Written by the loop that it belongs to.
struct Ledger {
    Counter created;
    Counter acked;    // The handler succeeded; for CONNECT also: it said no.
    Counter dead;     // Dead letters: rejected, out of attempts, or the scope closed during a back-off.
    Counter expired;  // Past their deadline.
    Counter dropped;  // Given up at the drain deadline, or an unanswered CONNECT whose peer has gone.

    // What the identity says is open here; the walk has to find as many.
    std::uint64_t not_ended() const {
        return created.get() - acked.get() - dead.get() - expired.get() - dropped.get() - left.get();
    }

    Counter left;  // Open still, but on the disk alone: for the next start.

    Counter overdue;  // Of the retried: their time was over.
    Counter retried;  // Handlers that were undone and tried again, or are to be.
};

}  // namespace millrace
