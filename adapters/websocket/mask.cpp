#include "adapters/websocket/mask.hpp"

#include <cstdint>
#include <cstring>

namespace millrace::websocket {
namespace {

using Block16 = std::uint64_t __attribute__((vector_size(16)));
using Block32 = std::uint64_t __attribute__((vector_size(32)));

// A block must fit into a register: GCC keeps wider ones in memory, and each step waits for the store of the last.
template <class Block> [[gnu::always_inline]] inline bool unmask_by(char* data, std::size_t size, const char* key) {
    std::uint32_t key4 = 0;
    std::memcpy(&key4, key, sizeof key4);
    const std::uint64_t key8 = std::uint64_t{key4} << 32 | key4;
    const Block key_block = Block{} + key8;

    Block seen{};
    std::size_t i = 0;
    for (; i + sizeof(Block) <= size; i += sizeof(Block)) {
        Block block;
        std::memcpy(&block, data + i, sizeof block);
        block ^= key_block;
        seen |= block;
        std::memcpy(data + i, &block, sizeof block);
    }
    std::uint64_t seen8 = 0;
    for (std::size_t word = 0; word < sizeof(Block) / 8; ++word) seen8 |= seen[word];
    for (; i + 8 <= size; i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data + i, 8);
        word ^= key8;
        seen8 |= word;
        std::memcpy(data + i, &word, 8);
    }
    for (; i < size; ++i) {
        data[i] = static_cast<char>(data[i] ^ key[i % 4]);
        seen8 |= static_cast<unsigned char>(data[i]);
    }
    return (seen8 & 0x8080808080808080u) == 0;
}

#ifdef __x86_64__
[[gnu::target("avx2")]] bool unmask_wide(char* data, std::size_t size, const char* key) {
    return unmask_by<Block32>(data, size, key);
}
#endif

}  // namespace

bool unmask(char* data, std::size_t size, const char* key) {
#ifdef __x86_64__
    constexpr std::size_t kWorthwhile = 256;  // below that, the choice costs what it saves
    if (size >= kWorthwhile && __builtin_cpu_supports("avx2")) return unmask_wide(data, size, key);
#endif
    return unmask_by<Block16>(data, size, key);
}

}  // namespace millrace::websocket
