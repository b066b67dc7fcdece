#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::smtp::mime {

struct Date {
    std::int64_t seconds;  // Since 1970-01-01 00:00:00 UTC.
    int zone_min;          // Minutes that the sender's clock is ahead of UTC. -0000 and unknown zones are 0.
    bool is_sound;         // Written as RFC 5322 §3.3 or §4.3 say, with the right day of the week.
};

// The value of a Date field. The day of the week, the seconds and the zone may be missing, the month may be written in
// full, and years may have two digits (§4.3). Nothing where it is no date, or none between 1900 and 9999.
std::optional<Date> parse_date(std::string_view raw);

}  // namespace millrace::smtp::mime
