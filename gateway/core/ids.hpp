#pragma once

#include <cstdint>

// How a millrace_id is made up: the loop that owns the thing, its slot there, and a generation that tells it from those
// that had the slot before.
namespace millrace {

struct Id {
    std::uint16_t loop = 0;  // 10 bits.
    std::uint32_t slot = 0;  // 22 bits.
    std::uint32_t generation = 0;

    static constexpr std::uint32_t kLoopsMax = (1u << 10) - 1;  // 0 is none.
    static constexpr std::uint32_t kSlotsMax = 1u << 22;

    static constexpr Id unpack(std::uint64_t id) {
        return {static_cast<std::uint16_t>(id >> 54), static_cast<std::uint32_t>(id >> 32) & (kSlotsMax - 1),
                static_cast<std::uint32_t>(id)};
    }

    constexpr std::uint64_t pack() const { return std::uint64_t{loop} << 54 | std::uint64_t{slot} << 32 | generation; }
};

// The id `n` generations later in the same slot.
constexpr std::uint64_t advance(std::uint64_t id, std::uint32_t n) {
    return (id & ~std::uint64_t{UINT32_MAX}) | static_cast<std::uint32_t>(id + n);
}

}  // namespace millrace
