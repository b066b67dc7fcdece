#include "adapters/chat/irc/tags.hpp"

#include <algorithm>

#include "adapters/common/utf8.hpp"

namespace millrace::chat::irc {
namespace {

// What each of `; SP \ CR LF NUL` becomes; a value can have no NUL.
constexpr std::string_view kRaw = "; \\\r\n";
constexpr std::string_view kEscaped = ":s\\rn";

bool is_key_character(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '/' || c == '+';
}

}  // namespace

bool TagReader::next(Tag& tag) {
    while (!rest_.empty()) {
        const std::size_t end = std::min(rest_.find(';'), rest_.size());
        const std::string_view text = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        const std::size_t equals = std::min(text.find('='), text.size());
        tag.key = text.substr(0, equals);
        tag.value = text.substr(std::min(equals + 1, text.size()));
        if (!tag.key.empty()) return true;
    }
    return false;
}

std::string_view unescaped(std::string_view value, std::string& storage) {
    if (value.find('\\') == value.npos) return value;
    storage.clear();
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '\\') {
            storage += value[i];
            continue;
        }
        if (++i == value.size()) break;
        const std::size_t which = kEscaped.find(value[i]);
        storage += which == kEscaped.npos ? value[i] : kRaw[which];
    }
    return storage;
}

LineFault append_tag(std::string& tags, std::string_view key, std::string_view value) {
    if (key.empty() || !std::all_of(key.begin(), key.end(), is_key_character)) return LineFault::bad_tag;
    if (!is_utf8(value)) return LineFault::not_utf8;
    if (value.find('\0') != value.npos) return LineFault::control;
    if (!tags.empty()) tags += ';';
    tags += key;
    if (!value.empty()) tags += '=';
    for (const char c : value) {
        const std::size_t which = kRaw.find(c);
        if (which == kRaw.npos)
            tags += c;
        else
            (tags += '\\') += kEscaped[which];
    }
    return LineFault::none;
}

}  // namespace millrace::chat::irc
