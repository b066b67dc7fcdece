#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

// Moments as people and programs write them. Thread: any.
namespace millrace {

// `2026-11-29T12:00:00Z`, with up to six digits of a second's fraction, or how long ago it is: `30m`, `2h`, `7d`.
// Microseconds since 1970-01-01 UTC, never below 0.
Result<std::int64_t> read_moment(std::string_view text, std::int64_t now_us);

// `2026-11-29T12:00:00.000Z`
std::string write_moment(std::int64_t at_us);

}  // namespace millrace
