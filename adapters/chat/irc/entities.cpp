#include "adapters/chat/irc/entities.hpp"

#include <algorithm>
#include <cstdint>

namespace millrace::chat::irc {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// Of a nick: bytes beyond ASCII are letters.
bool is_of_word(char c) {
    const char letter = lower(c);
    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("-_[]\\`^{}|").find(c) != std::string_view::npos;
}

void add(std::vector<Span>& spans, Span::Kind kind, std::size_t begin, std::size_t size) {
    if (size == 0 || spans.size() >= kSpansMax) return;
    spans.push_back({kind, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(size)});
}

void add_links(std::string_view text, std::vector<Span>& spans) {
    constexpr std::string_view kBehind = ".,:;!?'*_~";
    for (std::size_t at = 0; (at = text.find("http", at)) != text.npos;) {
        const std::string_view rest = text.substr(at);
        const std::size_t scheme = rest.starts_with("http://") ? 7 : rest.starts_with("https://") ? 8 : 0;
        const bool is_begun = at == 0 || !is_of_word(text[at - 1]);
        if (scheme == 0 || !is_begun) {
            at += 4;
            continue;
        }
        std::size_t size = std::min(rest.find_first_of(" \t\n<>\""), rest.size());
        while (size > scheme && kBehind.find(rest[size - 1]) != kBehind.npos) --size;
        const std::string_view link = rest.substr(0, size);
        if (link.ends_with(')') && link.find('(') == link.npos) --size;
        if (size > scheme) add(spans, Span::Kind::link, at, size);
        at += size;
    }
}

void add_mentions(std::string_view text, std::string_view nick, std::vector<Span>& spans) {
    if (nick.empty()) return;
    const auto is_same = [](char a, char b) { return lower(a) == lower(b); };
    const char first[] = {lower(nick[0]), upper(nick[0])};
    std::size_t at[] = {text.find(first[0]), first[0] == first[1] ? text.npos : text.find(first[1])};
    while (at[0] != text.npos || at[1] != text.npos) {
        std::size_t& next = at[0] < at[1] ? at[0] : at[1];
        const std::size_t begin = next;
        const std::size_t end = begin + nick.size();
        next = text.find(&next == at ? first[0] : first[1], begin + 1);
        if (end > text.size()) return;
        if (!std::equal(nick.begin(), nick.end(), text.substr(begin).begin(), is_same)) continue;
        const bool is_word =
            (begin == 0 || !is_of_word(text[begin - 1])) && (end == text.size() || !is_of_word(text[end]));
        if (is_word) add(spans, Span::Kind::mention, begin, nick.size());
    }
}

}  // namespace

void add_entities(std::string_view text, std::string_view nick, std::vector<Span>& spans) {
    const std::size_t before = spans.size();
    add_links(text, spans);
    add_mentions(text, nick, spans);
    if (spans.size() == before) return;
    std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
}

}  // namespace millrace::chat::irc
