#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

// What a client of the subprotocol `millrace.ack.v1` hears of its messages, without I/O: README.md has the subprotocol.
namespace millrace::websocket {

inline constexpr std::string_view kAckSubprotocol = "millrace.ack.v1";

// The messages of one connection, numbered from 1 in the order in which they came. They settle in any order; the client
// is told how many have from the first on, so that it knows which of its messages are safe.
class Acks {
  public:
    // A message with so many between it and the first unsettled one is not to be taken yet: what is remembered of each
    // is bounded, and so is a text that tells of them.
    static constexpr std::size_t kUnsettledMax = 16 * 1024;

    // How many more may be numbered.
    std::size_t room() const { return kUnsettledMax - fates_.size(); }

    // `count` messages are to be submitted, at most room(). Returns the number of the first.
    std::uint64_t number(std::size_t count);
    // The last `count` that have a number were not taken: their numbers go to the next ones.
    void take_back(std::size_t count);

    // `verdict` is MILLRACE_ACK, MILLRACE_REJECT, or MILLRACE_RETRY: the message is given back and never settles. What
    // is not numbered, or is settled, stays as it is.
    void settle(std::uint64_t number, std::uint32_t verdict);

    // There is something to tell.
    bool is_due() const { return settled_ != told_; }
    // A message was given back: no later one can be told of.
    bool is_stuck() const { return is_stuck_; }

    // `{"ack":N}`: so many are settled. With `"rejected":[n,...]` where some were rejected of those that this tells of
    // for the first time.
    std::string take_text();

  private:
    enum class Fate : std::uint8_t { open, acked, rejected };

    std::deque<Fate> fates_;  // Of the messages from settled_ + 1 on.
    std::uint64_t settled_ = 0;
    std::uint64_t told_ = 0;
    std::vector<std::uint64_t> rejected_;  // Of those from told_ + 1 to settled_.
    bool is_stuck_ = false;
};

}  // namespace millrace::websocket
