#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "millrace/abi.h"

// Between the bytes of the plugin border and those of the standard library.
namespace millrace {

inline millrace_bytes to_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view to_text(millrace_bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

// One of an array whose elements may be larger than this gateway knows them.
template <class Element> const Element& strided(const Element* first, std::uint32_t index, std::uint32_t stride) {
    return *reinterpret_cast<const Element*>(reinterpret_cast<const char*>(first) + std::size_t{index} * stride);
}

}  // namespace millrace
