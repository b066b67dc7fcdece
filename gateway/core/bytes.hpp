#pragma once

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

}  // namespace millrace
