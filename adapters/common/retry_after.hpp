#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

// A point in time as HTTP writes it (RFC 9110 §5.6.7): IMF-fixdate, and the two old forms that have to be understood,
// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. In seconds since 1970-01-01 UTC; nothing where the
// text is none of them. Two digits of a year that would be more than 50 years after `now_s` are of the century before.
// The name of the day is not held against the date.
std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t now_s);

// The value of Retry-After (RFC 9110 §10.2.3), a number of seconds or a date, as the time to wait from `now_s` on: at
// least 0, at most 366 days. Nothing where it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view text, std::int64_t now_s);

}  // namespace millrace
