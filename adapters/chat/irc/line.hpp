#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// One line of the IRC protocol as views of the bytes that it came in (modern.ircdocs.horse, "Client-to-Server Protocol
// Structure"; IRCv3 message-tags).
namespace millrace::chat::irc {

// Of a line that is sent, with its CR LF and without its tags, unless the server's LINELEN is another.
inline constexpr std::size_t kLineBytes = 512;

// Of a line that is taken. Servers that announce no LINELEN, too, are known to pass 512.
inline constexpr std::size_t kHeardLineBytesMax = 4096;

// Of the tags, with `@` and the space behind them: those that a server sends, and those that a client does.
inline constexpr std::size_t kHeardTagBytesMax = 8191;
inline constexpr std::size_t kTagBytesMax = 4096;

// The fifteenth has all of what is left.
inline constexpr std::size_t kParamsMax = 15;

// Who a line comes from. A server's name stands in `nick` alone; what is not told is empty.
struct Source {
    std::string_view nick{};
    std::string_view user{};
    std::string_view host{};
};

Source parse_source(std::string_view text);

struct Line {
    std::string_view tags{};     // Escaped, without `@`; tags.hpp reads them.
    std::string_view source{};   // Without `:`; parse_source() has its parts.
    std::string_view command{};  // Letters, or three digits. Never empty.
    std::array<std::string_view, kParamsMax> params{};
    std::uint8_t size = 0;  // How many there are.

    // Empty where there is none.
    std::string_view param(std::size_t index) const { return index < size ? params[index] : std::string_view(); }
    std::string_view last() const { return size == 0 ? std::string_view() : params[size - 1u]; }
};

// What is wrong with a line. `none` converts to false.
enum class LineFault : std::uint8_t {
    none,
    empty,       // Nothing is in it: to be passed over, as servers and clients do.
    too_long,    // It passes the limits above.
    control,     // NUL, CR or LF stands within.
    no_command,  // Nothing, or anything but letters and three digits, stands in its place.
    bad_param,   // One that is not the last is empty, has a space, or begins with `:`.
    too_many_params,
    bad_tag,   // A key has other characters than letters, digits and `-./+`.
    not_utf8,  // A tag's value.
};

const char* to_string(LineFault fault);

// The line as one text again, as parse_line takes it.
std::string text_of(const Line& line);

// `text` has no line end.
LineFault parse_line(std::string_view text, Line& line);

}  // namespace millrace::chat::irc
