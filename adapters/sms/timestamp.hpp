#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Times as providers write them. All results count from 1970-01-01 UTC, and are of the years 1970 to 9999.
namespace millrace::sms {

// RFC 3339, such as `2025-01-13T09:22:40.914Z`; a blank may stand for the `T`, and without an offset it is UTC.
std::optional<std::int64_t> microseconds_of(std::string_view text);

// Digits alone: seconds, or where there are 12 to 15 of them milliseconds, or from 16 on microseconds.
std::optional<std::int64_t> microseconds_of_number(std::string_view text);

}  // namespace millrace::sms
