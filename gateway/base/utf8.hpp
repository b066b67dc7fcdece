#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text as it may stand in names. Thread: any.
namespace millrace {

// The size of the UTF-8 character that `text` begins with (RFC 3629: shortest forms, no surrogates, up to U+10FFFF); 0
// where it begins with none. REQUIRES: it is not empty.
std::size_t character_size(std::string_view text);

// Is it UTF-8 without control characters (U+0000 to U+001F, U+007F to U+009F)? Fast where it is ASCII.
bool is_plain_text(std::string_view text);

// The text, with U+FFFD in place of each byte that is no part of a character.
std::string to_utf8(std::string_view text);

}  // namespace millrace
