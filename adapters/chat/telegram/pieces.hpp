#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "adapters/chat/telegram/entities.hpp"

namespace millrace::chat::telegram {

// A part of a text: its place in bytes.
struct Piece {
    std::size_t begin;
    std::size_t size;
};

// A text in pieces of at most `units_max` UTF-16 code units, of valid UTF-8. A piece ends where splitting.hpp says, but
// not within a span, unless that one begins with the piece and is larger; never within a character. Pieces of
// nothing but white space, which the network refuses, are left out.
std::vector<Piece> pieces_of(std::string_view text, const Spans& spans, std::size_t units_max);

}  // namespace millrace::chat::telegram
