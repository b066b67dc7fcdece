#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/router_pattern.hpp"

namespace millrace {

// One name in a route's `to`: a consumer, and behind a colon the key of one of its channels.
struct TargetName {
    std::string_view consumer;
    std::optional<std::string_view> key;

    static TargetName of(std::string_view text);
};

// The key of a channel, in which captures of the route stand for what they took: `{line}`.
// Thread: any, once made.
class ChannelKey {
  public:
    // The error says what is wrong with the text.
    static Result<ChannelKey> compile(std::string_view text);

    // The names of the captures in it.
    std::vector<std::string_view> names() const;

    // REQUIRES: all of them are among the captures.
    std::string make(std::span<const Capture> captures) const;

  private:
    struct Piece {
        std::string text;
        bool is_capture = false;
    };

    std::vector<Piece> pieces_;
};

// Where a route sends its messages.
struct Target {
    std::uint32_t consumer = 0;         // The index in Config::consumers.
    std::optional<ChannelKey> channel;  // Absent: the consumer's instance for the scope of the source.
};

}  // namespace millrace
