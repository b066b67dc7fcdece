#include "adapters/smtp/mime/file_name.hpp"

#include <algorithm>
#include <array>

#include "adapters/common/utf8.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::size_t kBytesMax = 255;  // Of a name in most file systems.
constexpr std::size_t kEndingBytesMax = 32;

// U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069.
constexpr std::array<std::string_view, 12> kDirections = {
    "\xD8\x9C",     "\xE2\x80\x8E", "\xE2\x80\x8F", "\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC",
    "\xE2\x80\xAD", "\xE2\x80\xAE", "\xE2\x81\xA6", "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9"};

// The size of what may not stay at the beginning of the text; 0: it may.
std::size_t forbidden(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x20 || first == 0x7F || std::string_view("<>:\"|?*").find(text[0]) != std::string_view::npos) return 1;
    if (first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) return 2;  // C1
    const auto is_here = [text](std::string_view mark) { return text.starts_with(mark); };
    const auto* found = std::find_if(kDirections.begin(), kDirections.end(), is_here);
    return found == kDirections.end() ? 0 : found->size();
}

// Windows drops these, and so one name would be another.
void trim_end(std::string& name) { name.erase(name.find_last_not_of(". ") + 1); }

}  // namespace

std::string safe_file_name(std::string_view name) {
    if (const std::size_t folder = name.find_last_of("/\\"); folder != std::string_view::npos) {
        name.remove_prefix(folder + 1);
    }
    std::string safe;
    while (!name.empty()) {
        const std::size_t bad = forbidden(name);
        if (bad == 0) safe += name[0];
        name.remove_prefix(std::max<std::size_t>(bad, 1));
    }
    const std::size_t begin = std::min(safe.find_first_not_of(' '), safe.size());
    safe.erase(0, begin);
    trim_end(safe);
    if (safe.size() <= kBytesMax) return safe;
    const std::size_t dot = safe.rfind('.');
    const bool has_ending = dot != std::string::npos && safe.size() - dot <= kEndingBytesMax;
    const std::string ending = has_ending ? safe.substr(dot) : std::string();
    std::string cut(utf8_beginning(safe, kBytesMax - ending.size()));
    if (!has_ending) trim_end(cut);
    return cut + ending;
}

}  // namespace millrace::smtp::mime
