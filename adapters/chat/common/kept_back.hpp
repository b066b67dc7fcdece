#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "millrace/adapter.hpp"

// Durable commands that wait behind others of their conversation. The gateway has a number of commands under way for an
// adapter, and no more before one has its outcome; it is told that these do not count (MILLRACE_KEPT), so that a
// conversation that is slow holds up no other. Thread: the adapter's loop.
namespace millrace::chat {

class KeptBack {
  public:
    // That may wait in all conversations together: above it the gateway holds what follows.
    static constexpr std::size_t kMost = 4'096;

    // One has been taken. `receipt`: see millrace::Outgoing. With it so many wait in its conversation, and in all.
    void took(std::uint64_t receipt, std::size_t in_conversation, std::size_t in_all) {
        if (receipt != 0 && in_conversation > 1 && in_all <= kMost) receipts_.push_back(receipt);
    }

    // Tells the gateway, when no call into it is under way, and before it hears what became of any of them.
    void tell(const AdapterHost& host, millrace_loop* loop) {
        for (const std::uint64_t receipt : std::exchange(receipts_, {}))
            host.report(loop, {.receipt = receipt, .outcome = MILLRACE_KEPT, .is_final = false});
    }

    bool is_empty() const { return receipts_.empty(); }

  private:
    std::vector<std::uint64_t> receipts_;
};

}  // namespace millrace::chat
