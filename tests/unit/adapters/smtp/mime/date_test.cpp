#include "adapters/smtp/mime/date.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

struct Case {
    std::string_view raw;
    std::int64_t seconds;
    int zone_min = 0;
    bool is_sound = true;
};

TEST(Date, is_seconds_and_a_zone) {
    const Case cases[] = {
        {" Thu, 01 Jan 1970 00:00:00 +0000", 0},
        {"Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360},
        {"21 Nov 1997 09:55:06 -0600", 880127706, -360},
        {"Fri, 21 Nov 97 09:55:06 EST", 880124106, -300},
        {"Tue, 1 Jul 2003 10:52 +0200", 1057049520, 120},
        {"Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n               -0330 (Newfoundland Time)",
         -27723480, -210},
        {"Fri, 31 Dec 1999 23:59:60 +0000", 946684800},
        {"sat, 1 jan 2000 00:00:00 gmt", 946684800},
        {"1 Jan 49 00:00:00 Z", 2493072000},
        {"1 Jan 50 00:00:00 Z", -631152000},
        {"1 Jan 100 00:00:00 UT", 946684800},
        {"Sat, 01 January 2000 00:00:00 +0000", 946684800},
        {"29 Feb 2000 00:00:00 +2359", 951696060, 1439},
        // Not as it should be, but clear.
        {"Fri, 01 Jan 2000 00:00:00 +0000", 946684800, 0, false},
        {"01-Jan-2000 00:00:00 +0000", 946684800, 0, false},
        {"Sat, 01 Jan 2000 00:00:00", 946684800, 0, false},
        {"Sat, 01 Jan 2000 00:00:00 Q", 946684800, 0, false},
        {"Sat, 01 Jan 2000 00:00:00 +0060", 946684800, 0, false},
        {"Sat, 01 Jan 2000 00:00:00 +02", 946684800, 0, false},
        {"Sat, 01 Jan 2000 00:00:00 +0000 x", 946684800, 0, false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.raw);
        const auto date = parse_date(c.raw);
        ASSERT_TRUE(date);
        EXPECT_EQ(date->seconds, c.seconds);
        EXPECT_EQ(date->zone_min, c.zone_min);
        EXPECT_EQ(date->is_sound, c.is_sound);
    }
}

TEST(Date, is_none_where_it_is_none) {
    for (const std::string_view raw : {"",
                                       "x",
                                       "Fri",
                                       "Fri, ",
                                       "21",
                                       "21 Nov",
                                       "21 Nov 1997",
                                       "21 Nov 1997 9",
                                       "21 Nov 1997 09:55:",
                                       "0 Nov 1997 09:55",
                                       "31 Nov 1997 09:55",
                                       "29 Feb 1900 09:55",
                                       "21 Foo 1997 09:55",
                                       "21 Nov 1899 09:55",
                                       "21 Nov 19970 09:55",
                                       "21 Nov 1997 24:00",
                                       "21 Nov 1997 09:60",
                                       "21 Nov 1997 09:55:61",
                                       "221 Nov 1997 09:55",
                                       "1997-11-21 09:55",
                                       "21 Nov 1997 -9:55",
                                       "99999999999999999999 Nov 1997 09:55"}) {
        EXPECT_FALSE(parse_date(raw)) << raw;
    }
}

}  // namespace
}  // namespace millrace::smtp::mime
