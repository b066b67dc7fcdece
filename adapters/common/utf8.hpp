#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace {

// Is it well-formed UTF-8 (RFC 3629: shortest forms, no surrogates, up to U+10FFFF)? Fast where it is ASCII.
bool is_utf8(std::string_view text);

// The text with U+FFFD in place of each byte that is part of no character.
std::string as_utf8(std::string_view bytes);

// At most `size` bytes of it, whole characters. `text` is valid UTF-8.
std::string_view utf8_beginning(std::string_view text, std::size_t size);

// Of UTF-16, the higher byte first. What is no character is U+FFFD.
std::string from_utf16(std::string_view bytes);

// As as_utf8(), with U+FFFD also in place of each control character (C0, DEL and C1): what logs and routes may be
// shown.
std::string as_name(std::string_view bytes);

}  // namespace millrace
