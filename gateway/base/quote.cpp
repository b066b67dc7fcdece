#include "gateway/base/quote.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace millrace {
namespace {

bool is_inside_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Behind 0xC2, in UTF-8: the control characters above ASCII.
bool is_high_control(char c) { return static_cast<unsigned char>(c) >= 0x80 && static_cast<unsigned char>(c) < 0xA0; }

std::string escape(std::string_view text, bool is_json) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (!is_json && (byte == '"' || byte == '\\')) {
            out += {'\\', text[i]};
        } else if (byte == '\n') {
            out += "\\n";
        } else if (byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\u{:04x}", byte);
        } else if (byte == 0xC2 && i + 1 < text.size() && is_high_control(text[i + 1])) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[++i]));
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

std::string quote(std::string_view text, std::size_t bytes_max) {
    std::size_t size = std::min(text.size(), bytes_max);
    while (size < text.size() && size > 0 && is_inside_character(text[size])) --size;
    const std::string quoted = '"' + escape(text.substr(0, size)) + '"';
    return size == text.size() ? quoted : fmt::format("{} and {} bytes more", quoted, text.size() - size);
}

std::string escape(std::string_view text) { return escape(text, false); }

std::string escape_json(std::string_view json) { return escape(json, true); }

}  // namespace millrace
