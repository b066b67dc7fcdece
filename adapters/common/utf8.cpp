#include "adapters/common/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace millrace {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::uint64_t kHighBits = 0x8080808080808080u;

const unsigned char* skip_ascii(const unsigned char* at, const unsigned char* end) {
    for (; end - at >= 16; at += 16) {
        std::uint64_t words[2];
        std::memcpy(words, at, 16);
        if ((words[0] | words[1]) & kHighBits) break;
    }
    while (at != end && *at < 0x80) ++at;
    return at;
}

// The length of the sequence of two bytes or more at `at`, or 0 where it is not well-formed.
std::size_t sequence(const unsigned char* at, const unsigned char* end) {
    const unsigned lead = at[0];
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || static_cast<std::size_t>(end - at) < size) return 0;
    const unsigned least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < least || at[1] > most) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    return size;
}

// U+0000 to U+001F, U+007F to U+009F.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    return first < 0x20 || first == 0x7F || (first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0);
}

// U+FFFD in place of each byte that is part of no character, and of each character that may not stay.
template <class MayStay> std::string replaced(std::string_view bytes, MayStay may_stay) {
    std::string result;
    for (std::size_t i = 0; i < bytes.size();) {
        std::size_t size = 1;
        while (size <= 4 && i + size <= bytes.size() && !is_utf8(bytes.substr(i, size))) ++size;
        const bool is_character = size <= 4 && i + size <= bytes.size();
        const bool stays = is_character && may_stay(bytes.substr(i, size));
        result.append(stays ? bytes.substr(i, size) : kReplacement);
        i += is_character ? size : 1;
    }
    return result;
}

}  // namespace

bool is_utf8(std::string_view text) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const unsigned char* end = at + text.size();
    while ((at = skip_ascii(at, end)) != end) {
        const std::size_t size = sequence(at, end);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

std::string as_utf8(std::string_view bytes) {
    return is_utf8(bytes) ? std::string(bytes) : replaced(bytes, [](std::string_view) { return true; });
}

std::string as_name(std::string_view bytes) {
    const auto is_plain = [](char c) { return c >= ' ' && c < '\x7F'; };
    if (std::all_of(bytes.begin(), bytes.end(), is_plain)) return std::string(bytes);
    return replaced(bytes, [](std::string_view character) { return !is_control(character); });
}

std::string from_utf16(std::string_view bytes) {
    const auto unit = [bytes](std::size_t i) -> std::uint32_t {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]) << 8) |
               static_cast<unsigned char>(bytes[i + 1]);
    };
    std::string result;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        std::uint32_t c = unit(i);
        const bool is_high = c >= 0xD800 && c < 0xDC00;
        const std::uint32_t low = is_high && i + 3 < bytes.size() ? unit(i + 2) : 0;
        if (low >= 0xDC00 && low < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 2;
        } else if (c >= 0xD800 && c < 0xE000) {
            c = 0xFFFD;
        }
        const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
        constexpr std::uint32_t kLeads[] = {0, 0xC0, 0xE0, 0xF0};
        result += static_cast<char>(kLeads[more] | c >> (6 * more));
        for (int k = more - 1; k >= 0; --k) result += static_cast<char>(0x80 | (c >> (6 * k) & 0x3F));
    }
    if (bytes.size() % 2 != 0) result += kReplacement;
    return result;
}

std::string_view utf8_beginning(std::string_view text, std::size_t size) {
    if (size >= text.size()) return text;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    return text.substr(0, size);
}

}  // namespace millrace
