#pragma once

#include <optional>
#include <string_view>

// Bytes to lines. No I/O, no clock.
namespace lines {

// Takes the first whole line from the front of `in`, without its line break (LF or CR LF); nothing where none is whole.
std::optional<std::string_view> take_line(std::string_view& in);

// Is it UTF-8? The gateway's texts are.
bool is_utf8(std::string_view text);

}  // namespace lines
