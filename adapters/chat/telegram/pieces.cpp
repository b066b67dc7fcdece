#include "adapters/chat/telegram/pieces.hpp"

#include <algorithm>

#include "adapters/chat/common/splitting.hpp"
#include "adapters/chat/telegram/utf16.hpp"

namespace millrace::chat::telegram {
namespace {

bool is_within(const v1::Chat::Span& span, std::size_t at) {
    return span.begin() < at && at < std::size_t{span.begin()} + span.size();
}

// Where a piece ends that would go through spans: before those that begin in it, or behind those that begin with it,
// if that fits. Else through these.
std::size_t outside_of(std::string_view text, const Spans& spans, const Piece& piece, std::size_t units_max) {
    std::size_t end = piece.begin + piece.size;
    for (std::size_t before = 0; before != end;) {
        before = end;
        for (const v1::Chat::Span& span : spans) {
            const bool is_begun = span.begin() <= piece.begin;
            if (!is_begun && is_within(span, end) && is_border(text, span.begin())) end = span.begin();
        }
    }
    std::size_t behind = end;
    for (const v1::Chat::Span& span : spans) {
        if (is_within(span, end)) behind = std::max(behind, std::size_t{span.begin()} + span.size());
    }
    if (behind == end || behind > text.size() || !is_border(text, behind)) return end;
    const auto is_cut = [behind](const v1::Chat::Span& span) { return is_within(span, behind); };
    const bool fits = utf16_units(text.substr(piece.begin, behind - piece.begin)) <= units_max;
    return fits && std::ranges::none_of(spans, is_cut) ? behind : end;
}

}  // namespace

std::vector<Piece> pieces_of(std::string_view text, const Spans& spans, std::size_t units_max) {
    std::vector<Piece> pieces;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = begin + piece_size(text.substr(begin), units_max, TextUnit::utf16_units);
        if (end < text.size()) end = outside_of(text, spans, {begin, end - begin}, units_max);
        const std::string_view piece = text.substr(begin, end - begin);
        if (piece.find_first_not_of(" \t\r\n") != piece.npos) pieces.push_back({begin, end - begin});
        begin = end;
    }
    return pieces;
}

}  // namespace millrace::chat::telegram
