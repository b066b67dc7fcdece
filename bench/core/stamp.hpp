#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>

// The time, as it travels from a handler to the adapter that measures: in a reply's bytes.
namespace millrace::bench {

inline std::int64_t now_ns() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

struct Stamp {
    std::int64_t entered_ns;
    std::int64_t left_ns;

    std::string_view bytes() const { return {reinterpret_cast<const char*>(this), sizeof *this}; }
    static Stamp of(std::string_view bytes) {
        Stamp stamp{};
        if (bytes.size() == sizeof stamp) std::memcpy(&stamp, bytes.data(), sizeof stamp);
        return stamp;
    }
};

}  // namespace millrace::bench
