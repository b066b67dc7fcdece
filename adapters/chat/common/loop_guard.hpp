#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

// What the gateway has said comes back to it where another bridge stands in the same room, and would go round for ever.
// What ends with a text that was sent there a short while ago counts as caused by that, and carries its `hops`; the
// gateway adds one, and drops what has too many (contract C6). So nothing is lost that only happens to be the same, and
// no loop is endless. Bounded; not thread-safe.
namespace millrace::chat {

class LoopGuard {
  public:
    // `window_ms`: how long a text is remembered.
    explicit LoopGuard(std::int64_t window_ms = 60'000) : window_ms_(window_ms) {}

    // What leaves for a conversation. A short text is none that could be told again, and is not remembered.
    void sent(std::string_view conversation, std::string_view text, std::uint32_t hops, std::int64_t now_ms);

    // How many messages have led to this one, by what is known here. 0: it is not ours.
    std::uint32_t hops_of(std::string_view conversation, std::string_view text, std::int64_t now_ms);

    static constexpr std::size_t kTextsMax = 256;
    static constexpr std::size_t kTextBytesMin = 2;
    static constexpr std::size_t kTextBytesMax = 512;  // Of a longer one the end.

  private:
    struct Sent {
        std::string conversation;
        std::string text;
        std::uint32_t hops;
        std::int64_t at_ms;
    };

    void forget_old(std::int64_t now_ms);

    std::int64_t window_ms_;
    std::deque<Sent> sent_;
};

}  // namespace millrace::chat
