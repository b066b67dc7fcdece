#include "gateway/core/yaml_text.hpp"

#include <algorithm>
#include <cstdint>

namespace millrace {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The size of the UTF-8 character that `text` begins with; 0 where it begins with none.
std::size_t character_size(std::string_view text) {
    auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) return 1;
    std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || size > text.size()) return 0;
    if (!std::ranges::all_of(text.substr(1, size - 1), is_continuation)) return 0;
    auto second = static_cast<unsigned char>(text[1]);
    bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
    bool outside = (lead == 0xed && second >= 0xa0) || (lead == 0xf4 && second >= 0x90);
    return overlong || outside ? 0 : size;
}

bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f; }

}  // namespace

YamlText::YamlText(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
    lines_.push_back(0);
    for (std::size_t at = 0; at < text_.size(); ++at) {
        if (text_[at] == '\n') lines_.push_back(at + 1);
        if (is_continuation(text_[at])) continuations_.push_back(at);
    }
}

std::optional<Position> YamlText::fault() const {
    for (std::size_t at = 0; at < text_.size();) {
        std::size_t size = character_size(text_.substr(at));
        if (size == 0 || is_control(text_[at])) return position(static_cast<std::ptrdiff_t>(at));
        at += size;
    }
    return std::nullopt;
}

std::size_t YamlText::clamp(std::ptrdiff_t offset) const {
    return offset < 0 ? 0 : std::min(static_cast<std::size_t>(offset), text_.size());
}

Position YamlText::position(std::ptrdiff_t offset) const {
    std::size_t at = clamp(offset);
    auto line = std::ranges::upper_bound(lines_, at) - lines_.begin();
    std::size_t start = lines_[static_cast<std::size_t>(line - 1)];
    auto first = std::ranges::lower_bound(continuations_, start);
    auto last = std::ranges::lower_bound(continuations_, at);
    auto characters = at - start - static_cast<std::size_t>(last - first);
    return {static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(characters + 1)};
}

bool YamlText::is_at(std::ptrdiff_t offset, char c) const {
    std::size_t at = clamp(offset);
    return at < text_.size() && text_[at] == c;
}

std::optional<std::ptrdiff_t> YamlText::indenting_tab(std::ptrdiff_t offset) const {
    std::size_t start = lines_[position(offset).line - 1];
    std::size_t at = text_.find_first_not_of(' ', start);
    if (at == text_.npos || text_[at] != '\t') return std::nullopt;
    return static_cast<std::ptrdiff_t>(at);
}

bool YamlText::is_open_quote(std::ptrdiff_t offset) const {
    std::size_t at = clamp(offset);
    if (at == text_.size() || (text_[at] != '"' && text_[at] != '\'')) return false;
    const char quote = text_[at];
    for (++at; at < text_.size(); ++at) {
        if (quote == '"' && text_[at] == '\\') {
            ++at;
        } else if (text_[at] == quote) {
            if (quote == '"' || !is_at(static_cast<std::ptrdiff_t>(at) + 1, quote)) return false;
            ++at;
        }
    }
    return true;
}

}  // namespace millrace
