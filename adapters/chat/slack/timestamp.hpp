#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// `1355517523.000005`, the id of a message in its room, which is the time at which it was said.
namespace millrace::chat::slack {

// In microseconds since 1970-01-01 UTC; 0: it is none.
std::uint64_t microseconds_of(std::string_view ts);
std::string timestamp_of(std::uint64_t microseconds);

}  // namespace millrace::chat::slack
