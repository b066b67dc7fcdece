#include "codec.hpp"

#include <cstddef>
#include <cstdint>

namespace lines {

std::optional<std::string_view> take_line(std::string_view& in) {
    const std::size_t end = in.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string_view line = in.substr(0, end);
    in.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i++]);
        if (lead < 0x80) continue;
        const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        if (lead < 0xc2 || lead > 0xf4) return false;
        std::uint32_t point = lead & (0x3fu >> more);
        for (int k = 0; k < more; ++k, ++i) {
            if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return false;
            point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
        }
        constexpr std::uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
        if (point < kLeast[more] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    }
    return true;
}

}  // namespace lines
