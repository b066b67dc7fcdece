#include "gateway/core/router_target.hpp"

#include <algorithm>

namespace millrace {

TargetName TargetName::of(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

Result<ChannelKey> ChannelKey::compile(std::string_view text) {
    if (text.empty()) return Error{"the key of the channel is empty"};
    ChannelKey key;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of("*{}"), text.size());
        if (end > 0) key.pieces_.push_back({std::string(text.substr(0, end)), false});
        text.remove_prefix(end);
        if (text.empty()) break;
        if (text[0] == '*') return Error{"the key of a channel has captures, but no wildcards"};
        if (text[0] == '}') return Error{"a } without its {"};
        const std::size_t close = text.find('}');
        if (close == text.npos) return Error{"a { without its }"};
        const std::string name(text.substr(1, close - 1));
        if (!is_capture_name(name)) return Error{"{" + name + "} is no name of a capture"};
        key.pieces_.push_back({name, true});
        text.remove_prefix(close + 1);
    }
    return key;
}

std::vector<std::string_view> ChannelKey::names() const {
    std::vector<std::string_view> names;
    for (const Piece& piece : pieces_) {
        if (piece.is_capture) names.push_back(piece.text);
    }
    return names;
}

std::string ChannelKey::make(std::span<const Capture> captures) const {
    std::string key;
    for (const Piece& piece : pieces_) {
        key += piece.is_capture ? std::ranges::find(captures, std::string_view(piece.text), &Capture::name)->value
                                : std::string_view(piece.text);
    }
    return key;
}

}  // namespace millrace
