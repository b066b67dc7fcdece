#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

// Letters and digits of US-ASCII, whatever the locale says: what SMTP's keywords are made of.
namespace millrace::smtp {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
constexpr bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }

constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Is `text` this word, in any case? `word` is in upper case.
constexpr bool is_word(std::string_view text, std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                      [](char a, char b) { return to_upper(a) == b; });
}

constexpr bool starts_with_word(std::string_view text, std::string_view word) {
    return text.size() >= word.size() && is_word(text.substr(0, word.size()), word);
}

// C0 and DEL.
constexpr bool is_control(char c) { return (c >= 0 && c < ' ') || c == 0x7F; }

constexpr bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Without the blanks at its end, and at its front.
constexpr std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace millrace::smtp
