#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// The tag `time` (IRCv3 server-time): `2011-10-19T16:40:51.620Z`.
namespace millrace::chat::irc {

// Microseconds since 1970-01-01 UTC; 0 where it is no such time. Digits beyond a microsecond are cut off; a leap second
// counts as the second after it.
std::int64_t parse_server_time(std::string_view text);

// With milliseconds.
std::string to_server_time(std::int64_t time_us);

}  // namespace millrace::chat::irc
