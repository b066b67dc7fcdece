#include "adapters/websocket/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace millrace::websocket {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080u;

const unsigned char* skip_ascii(const unsigned char* at, const unsigned char* end) {
    for (; end - at >= 16; at += 16) {
        std::uint64_t words[2];
        std::memcpy(words, at, 16);
        if ((words[0] | words[1]) & kHighBits) break;
    }
    while (at != end && *at < 0x80) ++at;
    return at;
}

// The length of the sequence of two bytes or more at `at`, or 0 where it is not well-formed.
std::size_t sequence(const unsigned char* at, const unsigned char* end) {
    const unsigned lead = at[0];
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || static_cast<std::size_t>(end - at) < size) return 0;
    const unsigned least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < least || at[1] > most) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if ((at[i] & 0xC0) != 0x80) return 0;
    }
    return size;
}

}  // namespace

bool is_utf8(std::string_view text) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const unsigned char* end = at + text.size();
    while ((at = skip_ascii(at, end)) != end) {
        const std::size_t size = sequence(at, end);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

}  // namespace millrace::websocket
