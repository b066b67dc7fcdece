#include "adapters/websocket/mask.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::websocket {
namespace {

constexpr char kKey[] = "\x12\xf5\x80\x6b";
constexpr std::size_t kEdge = 32;

// Byte for byte, as RFC 6455, 5.3 has it.
std::string masked(std::string text) {
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(text[i] ^ kKey[i % 4]);
    return text;
}

std::string ascii(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 7 + i / 128) % 128);
    return text;
}

// What comes out, from `offset` bytes behind an aligned place, and whether it is called ASCII. Nothing beside it may
// change.
std::pair<std::string, bool> unmasked(const std::string& in, std::size_t offset) {
    const std::string edge(kEdge, '\x55');
    alignas(64) static char space[4096];
    char* data = space + kEdge + offset;
    (edge + in + edge).copy(data - kEdge, in.size() + 2 * kEdge);
    const bool is_ascii = unmask(data, in.size(), kKey);
    EXPECT_EQ(std::string(data - kEdge, kEdge), edge);
    EXPECT_EQ(std::string(data + in.size(), kEdge), edge);
    return {std::string(data, in.size()), is_ascii};
}

TEST(Mask, every_size_at_every_alignment) {
    for (std::size_t size = 0; size <= 600; ++size) {
        const std::string text = ascii(size);
        for (std::size_t offset = 0; offset < 32; ++offset) {
            ASSERT_EQ(unmasked(masked(text), offset), std::pair(text, true)) << size << " bytes at " << offset;
        }
    }
}

TEST(Mask, one_byte_beyond_ascii_is_seen_wherever_it_is) {
    for (const std::size_t size : {1u, 7u, 8u, 15u, 16u, 31u, 40u, 255u, 256u, 257u, 320u, 511u}) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string text = ascii(size);
            text[at] = static_cast<char>(text[at] | '\x80');
            ASSERT_EQ(unmasked(masked(text), 4), std::pair(text, false)) << at << " of " << size << " bytes";
        }
    }
}

}  // namespace
}  // namespace millrace::websocket
