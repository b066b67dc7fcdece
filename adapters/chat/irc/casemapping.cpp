#include "adapters/chat/irc/casemapping.hpp"

#include <algorithm>

namespace millrace::chat::irc {

Casemapping::Casemapping(Kind kind) {
    for (std::size_t i = 0; i < table_.size(); ++i) table_[i] = static_cast<char>(i);
    for (char c = 'A'; c <= 'Z'; ++c) table_[static_cast<unsigned char>(c)] = static_cast<char>(c - 'A' + 'a');
    if (kind == Kind::ascii) return;
    constexpr std::string_view kUpper = "[]\\~";
    constexpr std::string_view kLower = "{}|^";
    const std::size_t count = kind == Kind::rfc1459 ? 4 : 3;
    for (std::size_t i = 0; i < count; ++i) table_[static_cast<unsigned char>(kUpper[i])] = kLower[i];
}

std::optional<Casemapping::Kind> Casemapping::parse(std::string_view word) {
    if (word == "ascii") return Kind::ascii;
    if (word == "rfc1459") return Kind::rfc1459;
    if (word == "rfc1459-strict" || word == "strict-rfc1459") return Kind::rfc1459_strict;
    return std::nullopt;
}

void Casemapping::fold(std::string_view text, std::string& into) const {
    into.resize(text.size());
    std::transform(text.begin(), text.end(), into.begin(), [this](char c) { return folded(c); });
}

std::string Casemapping::folded(std::string_view text) const {
    std::string result;
    fold(text, result);
    return result;
}

bool Casemapping::is_same(std::string_view a, std::string_view b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [this](char left, char right) { return folded(left) == folded(right); });
}

}  // namespace millrace::chat::irc
