#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

// Texts that are too long for one message, in pieces that fit.
namespace millrace::chat {

// What a network counts.
enum class TextUnit {
    bytes,       // Of UTF-8.
    characters,  // Code points.
    utf16_units,
};

// Of valid UTF-8.
std::size_t text_size(std::string_view text, TextUnit unit);

// How many bytes of `text` go into a piece of at most `max` units, above 0 where `text` is not empty: up to the last
// end of a line within, or else to the last white space if that is not in the piece's first half, or else up to the
// last character that fits. Never within a character; where not even one fits, that one. White space where it is
// parted stays with the piece before it, so that the pieces together are the text. `text` is valid UTF-8.
std::size_t piece_size(std::string_view text, std::size_t max, TextUnit unit);

// All of them. An empty text has none.
std::vector<std::string_view> split(std::string_view text, std::size_t max, TextUnit unit);

}  // namespace millrace::chat
