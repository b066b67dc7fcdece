#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "millrace/abi.h"

namespace millrace::inline sdk::detail {

inline millrace_bytes bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view view(millrace_bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data), static_cast<std::size_t>(bytes.size)};
}

inline std::string_view view(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace millrace::inline sdk::detail
