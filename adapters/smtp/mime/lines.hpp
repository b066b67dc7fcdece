#pragma once

#include <cstring>
#include <string_view>

#include "adapters/smtp/mime/defects.hpp"

namespace millrace::smtp::mime {

// One line of a message. Lines end in CRLF or LF; a lone CR ends nothing.
struct Line {
    std::size_t begin;
    std::size_t end;   // Of its text.
    std::size_t next;  // Where the following line begins. At the last one the size of the message.
};

// The line that begins at `begin`, which is less than the size.
inline Line line_at(std::string_view text, std::size_t begin) {
    const void* found = std::memchr(text.data() + begin, '\n', text.size() - begin);
    if (found == nullptr) return {begin, text.size(), text.size()};
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    return {begin, at > begin && text[at - 1] == '\r' ? at - 1 : at, at + 1};
}

// Looks through the whole message for NUL, bare CR, bare LF and long lines: defects of part 0.
void check_lines(std::string_view raw, Defects& defects);

}  // namespace millrace::smtp::mime
