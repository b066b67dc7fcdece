#pragma once

#include <cstddef>

namespace millrace {

// Bytes that have come and are not taken yet: whoever takes some moves `begin`.
struct Input {
    char* begin;
    char* end;

    std::size_t size() const { return static_cast<std::size_t>(end - begin); }
};

}  // namespace millrace
