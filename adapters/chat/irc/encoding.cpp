#include "adapters/chat/irc/encoding.hpp"

#include <algorithm>
#include <cstdint>

#include "adapters/common/utf8.hpp"

namespace millrace::chat::irc {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// 0x80 to 0x9F of windows-1252, as the WHATWG and Unicode tables have them. 0: no character.
constexpr std::uint16_t kWindows[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                        0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

void append(std::string& out, unsigned code_point) {
    if (code_point < 0x80) {
        out += static_cast<char>(code_point);
    } else if (code_point < 0x800) {
        out += static_cast<char>(0xC0 | code_point >> 6);
        out += static_cast<char>(0x80 | (code_point & 0x3F));
    } else {
        out += static_cast<char>(0xE0 | code_point >> 12);
        out += static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code_point & 0x3F));
    }
}

// How many bytes at the end begin a character that is not all there. 0: none do.
std::size_t cut_short(std::string_view bytes) {
    for (std::size_t size = 1; size <= 3 && size <= bytes.size(); ++size) {
        const auto lead = static_cast<unsigned char>(bytes[bytes.size() - size]);
        if ((lead & 0xC0) == 0x80) continue;
        const std::size_t whole = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
        return lead >= 0xC2 && lead <= 0xF4 && size < whole ? size : 0;
    }
    return 0;
}

}  // namespace

std::string_view as_text(std::string_view bytes, Fallback fallback, std::string& storage) {
    if (is_utf8(bytes)) return bytes;
    const std::size_t cut = cut_short(bytes);
    const std::string_view before = bytes.substr(0, bytes.size() - cut);
    const bool is_utf8_elsewhere = cut > 1 || !std::all_of(before.begin(), before.end(), is_ascii);
    if (cut > 0 && is_utf8_elsewhere && is_utf8(before)) return (storage = before) += kReplacement;
    if (fallback == Fallback::replacement) return storage = as_utf8(bytes);
    storage.clear();
    for (const char c : bytes) {
        unsigned code_point = static_cast<unsigned char>(c);
        if (fallback == Fallback::windows_1252 && code_point >= 0x80 && code_point < 0xA0) {
            code_point = kWindows[code_point - 0x80];
            if (code_point == 0) code_point = 0xFFFD;
        }
        append(storage, code_point);
    }
    return storage;
}

}  // namespace millrace::chat::irc
