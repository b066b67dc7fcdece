#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// The characters of HTTP, RFC 9110 §5.5 and §5.6, RFC 9112 §3. Only ASCII letters have a case.
namespace millrace::http {

enum CharacterClass : std::uint8_t {
    kToken = 1,        // of methods and of headers' names
    kFieldValue = 2,   // HTAB, SP, visible ASCII, and bytes above it
    kTarget = 4,       // visible ASCII
    kHostAndPort = 8,  // what a Host header may have
};

namespace detail {

constexpr std::array<std::uint8_t, 256> character_classes() {
    std::array<std::uint8_t, 256> classes{};
    for (unsigned c = 0; c < 256; ++c) {
        const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        const auto is_one_of = [c](std::string_view marks) {
            return c < 128 && marks.find(static_cast<char>(c)) != std::string_view::npos;
        };
        unsigned flags = 0;
        if (is_alphanumeric || is_one_of("!#$%&'*+-.^_`|~")) flags |= kToken;
        if (c == '\t' || (c >= 0x20 && c != 0x7F)) flags |= kFieldValue;
        if (c > 0x20 && c < 0x7F) flags |= kTarget;
        if (is_alphanumeric || is_one_of("-._~!$&'()*+;=:[]%")) flags |= kHostAndPort;
        classes[c] = static_cast<std::uint8_t>(flags);
    }
    return classes;
}

inline constexpr std::array<std::uint8_t, 256> kCharacterClasses = character_classes();

}  // namespace detail

inline bool is(CharacterClass wanted, char c) {
    return (detail::kCharacterClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

// Whether all characters are, which those of nothing are.
inline bool all(CharacterClass wanted, std::string_view text) {
    for (const char c : text) {
        if (!is(wanted, c)) return false;
    }
    return true;
}

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

inline std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// Whether `text` is `lower`, whatever its case.
inline bool is_word(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (to_lower(text[i]) != lower[i]) return false;
    }
    return true;
}

}  // namespace millrace::http
