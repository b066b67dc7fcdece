#include "adapters/sms/segments.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace millrace::sms {
namespace {

constexpr char32_t kJoiner = 0x200D;

struct Limits {
    std::uint32_t alone;
    std::uint32_t in_parts;
};

constexpr Limits kGsm7{160, 153};
constexpr Limits kUcs2{70, 67};

// The default alphabet beyond ASCII, and what of ASCII it has not or has only behind an escape.
constexpr std::u32string_view kBeyondAscii = U"¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ";
constexpr std::u32string_view kNotInIt = U"`\u007F";
constexpr std::u32string_view kEscaped = U"\f[\\]^{|}~€";

// 0: it is not in GSM7.
std::uint32_t septets_of(char32_t c) {
    if (kEscaped.find(c) != kEscaped.npos) return 2;
    if (c == '\n' || c == '\r') return 1;
    if (c >= ' ' && c <= 0x7F) return kNotInIt.find(c) == kNotInIt.npos ? 1 : 0;
    return std::binary_search(kBeyondAscii.begin(), kBeyondAscii.end(), c) ? 1 : 0;
}

std::u32string characters_of(std::string_view text) {
    std::u32string all;
    all.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i++]);
        const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
        char32_t c = more == 0 ? first : first & (0x3FU >> more);
        for (int k = 0; k < more && i < text.size(); ++k) c = c << 6 | (static_cast<unsigned char>(text[i++]) & 0x3FU);
        all += c;
    }
    return all;
}

bool is_within(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// What is shown on top of the character before it.
bool is_mark(char32_t c) {
    return is_within(c, 0x0300, 0x036F) || is_within(c, 0x1AB0, 0x1AFF) || is_within(c, 0x1DC0, 0x1DFF) ||
           is_within(c, 0x20D0, 0x20FF) || is_within(c, 0xFE00, 0xFE0F) || is_within(c, 0xFE20, 0xFE2F) ||
           is_within(c, 0x1F3FB, 0x1F3FF) || is_within(c, 0xE0020, 0xE007F) || c == kJoiner;
}

bool is_pictograph(char32_t c) { return is_within(c, 0x2190, 0x2BFF) || is_within(c, 0x1F000, 0x1FAFF); }
bool is_flag_letter(char32_t c) { return is_within(c, 0x1F1E6, 0x1F1FF); }

// The units of UTF-16 of each thing that is not cut.
std::vector<std::uint32_t> clusters_of(const std::u32string& characters) {
    std::vector<std::uint32_t> sizes;
    char32_t last = 0;
    bool is_half_flag = false;
    for (const char32_t c : characters) {
        const bool completes_flag = is_half_flag && is_flag_letter(c);
        const bool goes_on = last != 0 && (completes_flag || (is_mark(c) && last != '\n' && last != '\r') ||
                                           (last == kJoiner && is_pictograph(c)));
        const std::uint32_t units = c > 0xFFFF ? 2 : 1;
        if (!goes_on || sizes.back() + units > kUcs2.in_parts) sizes.push_back(0);
        sizes.back() += units;
        is_half_flag = is_flag_letter(c) && !completes_flag;
        last = c;
    }
    return sizes;
}

Segments filled(v1::Sms::Encoding encoding, const std::vector<std::uint32_t>& sizes, const Limits& limits) {
    Segments segments{encoding, 0, 1};
    std::uint32_t part = 0;
    for (const std::uint32_t size : sizes) {
        segments.units += size;
        if (part + size > limits.in_parts && part > 0) {
            ++segments.count;
            part = 0;
        }
        part += size;
    }
    if (segments.units <= limits.alone) segments.count = 1;
    return segments;
}

}  // namespace

Segments count_segments(std::string_view text) {
    const std::u32string characters = characters_of(text);
    std::vector<std::uint32_t> septets;
    septets.reserve(characters.size());
    for (const char32_t c : characters) {
        septets.push_back(septets_of(c));
        if (septets.back() == 0) return filled(v1::Sms::UCS2, clusters_of(characters), kUcs2);
    }
    return filled(v1::Sms::GSM7, septets, kGsm7);
}

}  // namespace millrace::sms
