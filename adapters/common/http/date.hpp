#pragma once

#include <cstdint>
#include <string>

namespace millrace::http {

// "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 §5.6.7; of seconds since 1970-01-01 UTC.
std::string to_date(std::int64_t seconds);

}  // namespace millrace::http
