#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The formatting of IRC texts (modern.ircdocs.horse, "IRC Formatting"): control characters that turn bold and the like
// on and off. Colours are left out.
namespace millrace::chat::irc {

struct Span {
    enum class Kind { bold, italic, underline, strike, code, link, mention };

    Kind kind;
    std::uint32_t begin;  // In bytes of the text without the formatting.
    std::uint32_t size;
};

// The text without it: itself, or what `storage` then has. `spans` gets what was formatted, in the order of `begin`, at
// most kSpansMax.
std::string_view unformatted(std::string_view text, std::string& storage, std::vector<Span>& spans);

inline constexpr std::size_t kSpansMax = 64;

}  // namespace millrace::chat::irc
