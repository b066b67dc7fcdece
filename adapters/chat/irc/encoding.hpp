#pragma once

#include <string>
#include <string_view>

// IRC carries bytes. What is valid UTF-8 is that; what is not was written in the fallback, as the configuration says.
// Nothing is guessed.
namespace millrace::chat::irc {

enum class Fallback {
    windows_1252,  // Its five bytes without a character become U+FFFD.
    iso_8859_1,
    replacement,  // Each byte that is part of no UTF-8 character becomes U+FFFD.
};

// `bytes` as UTF-8: itself, or what `storage` then has. Where all but the end is UTF-8, and the end is a character cut
// short, as servers do with what is too long for a line, U+FFFD stands for that and the rest stays. A single byte at
// the end of plain ASCII is no such character, but one of the fallback.
std::string_view as_text(std::string_view bytes, Fallback fallback, std::string& storage);

}  // namespace millrace::chat::irc
