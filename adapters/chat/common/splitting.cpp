#include "adapters/chat/common/splitting.hpp"

#include <algorithm>

namespace millrace::chat {
namespace {

std::size_t character_bytes(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

std::size_t units_of(std::size_t character_bytes, TextUnit unit) {
    switch (unit) {
        case TextUnit::bytes:
            return character_bytes;
        case TextUnit::characters:
            return 1;
        case TextUnit::utf16_units:
            return character_bytes == 4 ? 2 : 1;
    }
    return 1;
}

// What fits, by whole characters.
std::size_t fitting_bytes(std::string_view text, std::size_t max, TextUnit unit) {
    std::size_t end = 0;
    for (std::size_t units = 0; end < text.size();) {
        const std::size_t bytes = std::min(character_bytes(text[end]), text.size() - end);
        units += units_of(bytes, unit);
        if (units > max && end > 0) break;
        end += bytes;
        if (units > max) break;
    }
    return end;
}

}  // namespace

std::size_t text_size(std::string_view text, TextUnit unit) {
    std::size_t units = 0;
    for (std::size_t i = 0; i < text.size(); i += character_bytes(text[i]))
        units += units_of(character_bytes(text[i]), unit);
    return units;
}

std::size_t piece_size(std::string_view text, std::size_t max, TextUnit unit) {
    const std::size_t end = fitting_bytes(text, max, unit);
    if (end == text.size()) return end;
    const std::string_view piece = text.substr(0, end);
    if (const std::size_t line_end = piece.find_last_of('\n'); line_end != piece.npos) return line_end + 1;
    const std::size_t space = piece.find_last_of(" \t");
    return space != piece.npos && space >= end / 2 ? space + 1 : end;
}

std::vector<std::string_view> split(std::string_view text, std::size_t max, TextUnit unit) {
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        const std::size_t size = piece_size(text, max, unit);
        pieces.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return pieces;
}

}  // namespace millrace::chat
