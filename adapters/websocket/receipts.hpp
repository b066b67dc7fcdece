#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace millrace::websocket {

// Commands of one connection whose sender waits to hear what became of them, in the order in which they leave.
class Receipts {
  public:
    // `unwritten`: the bytes of all commands, this one the last, that have not left.
    void add(std::uint64_t receipt, std::uint64_t unwritten) { waiting_.push_back({receipt, written_ + unwritten}); }

    // So many bytes more have left.
    void written(std::uint64_t bytes) { written_ += bytes; }

    // The next one that has left; nothing where none is left to tell of.
    std::optional<std::uint64_t> take_written() {
        return waiting_.empty() || waiting_.front().at > written_ ? std::nullopt : take();
    }

    // The next one, though it has not.
    std::optional<std::uint64_t> take() {
        if (waiting_.empty()) return std::nullopt;
        const std::uint64_t receipt = waiting_.front().receipt;
        waiting_.pop_front();
        return receipt;
    }

  private:
    struct Waiting {
        std::uint64_t receipt;
        std::uint64_t at;  // It has left when so many bytes have.
    };

    std::deque<Waiting> waiting_;
    std::uint64_t written_ = 0;
};

}  // namespace millrace::websocket
