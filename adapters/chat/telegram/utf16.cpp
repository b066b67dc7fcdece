#include "adapters/chat/telegram/utf16.hpp"

#include <algorithm>

#include "adapters/chat/common/splitting.hpp"

namespace millrace::chat::telegram {
namespace {

std::size_t character_bytes(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

}  // namespace

void Utf16Places::walk(std::string_view text) {
    std::ranges::sort(wanted_);
    found_.clear();
    std::int64_t units = 0;
    auto next = wanted_.begin();
    for (std::size_t at = 0;;) {
        next = std::find_if(next, wanted_.end(), [units](std::int64_t it) { return it >= units; });
        if (next == wanted_.end()) break;
        if (*next == units) found_.emplace_back(units, at);
        if (at >= text.size()) break;
        const std::size_t bytes = character_bytes(text[at]);
        units += bytes == 4 ? 2 : 1;
        at += bytes;
    }
}

std::optional<std::size_t> Utf16Places::bytes(std::int64_t units) const {
    const auto found = std::ranges::lower_bound(found_, units, {}, &std::pair<std::int64_t, std::size_t>::first);
    if (found == found_.end() || found->first != units) return std::nullopt;
    return found->second;
}

std::size_t utf16_units(std::string_view text) { return text_size(text, TextUnit::utf16_units); }

}  // namespace millrace::chat::telegram
