#include "gateway/core/yaml_text.hpp"

#include <algorithm>
#include <cstdint>

#include "gateway/base/utf8.hpp"

namespace millrace {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

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
