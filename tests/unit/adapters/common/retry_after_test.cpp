#include "adapters/common/retry_after.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

constexpr std::int64_t kNow_s = 784'111'000;  // 1994-11-06 08:36:40 UTC

TEST(RetryAfter, ReadsSecondsAndDates) {
    struct Case {
        const char* text;
        std::int64_t wait_s;  // -1: none
    };
    const Case cases[] = {
        {"0", 0},
        {"1", 1},
        {"0000120", 120},
        {"31622400", 31'622'400},
        {"31622401", 31'622'400},
        {"99999999999999999999999999999999", 31'622'400},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 777},
        {"Sun Nov  6 08:49:37 1994", 777},
        {"Wed Nov 16 08:36:40 1994", 864'000},
        {"Sun, 06 Nov 1994 08:36:40 GMT", 0},
        {"Sun, 06 Nov 1994 08:36:39 GMT", 0},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Mon, 06 Nov 1994 08:49:37 GMT", 777},  // The day's name is wrong.
        {"Sat, 31 Dec 1994 23:59:60 GMT", 4'807'400},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 31'622'400},
        {"", -1},
        {" 1", -1},
        {"1 ", -1},
        {"-1", -1},
        {"+1", -1},
        {"1.5", -1},
        {"0x10", -1},
        {"soon", -1},
        {"Sun", -1},
        {"Sun,", -1},
        {"Sunday", -1},
        {"Sun, 06 Nov 1994 08:49:37", -1},
        {"Sun, 06 Nov 1994 08:49:37 UTC", -1},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", -1},
        {"Sun, 6 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Foo 1994 08:49:37 GMT", -1},
        {"Sun, 31 Feb 1994 08:49:37 GMT", -1},
        {"Sun, 00 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06 Nov 94 08:49:37 GMT", -1},
        {"Sun, 06 Nov 1994 24:00:00 GMT", -1},
        {"Sun, 06 Nov 1994 08:60:00 GMT", -1},
        {"Sun, 06 Nov 1994 08:49:61 GMT", -1},
        {"Sun, 06 Nov 1994 8:49:37 GMT", -1},
        {"Sunday, 06 Nov 1994 08:49:37 GMT", -1},
        {"Sun, 06-Nov-94 08:49:37 GMT", -1},
        {"Sun Nov 6 08:49:37 1994", -1},
        {"Sun Nov  6 08:49:37 1994 GMT", -1},
        {"xun, 06 Nov 1994 08:49:37 GMT", -1},
    };
    for (const Case& it : cases) {
        const auto wait = parse_retry_after(it.text, kNow_s);
        EXPECT_EQ(wait ? wait->count() : -1, it.wait_s) << it.text;
    }
}

TEST(RetryAfter, TwoDigitsOfAYearAreNotFarInTheFuture) {
    constexpr std::int64_t kIn2026_s = 1'790'000'000;
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", kIn2026_s), 784'111'777);
    EXPECT_EQ(parse_http_date("Thursday, 01-Jan-76 00:00:00 GMT", kIn2026_s), 3'345'062'400);  // 2076: 50 years
    EXPECT_EQ(parse_http_date("Saturday, 01-Jan-77 00:00:00 GMT", kIn2026_s), 220'924'800);    // 1977
}

TEST(RetryAfter, EveryDayOfACenturyIsWhatTheLibrarySays) {
    const char* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (std::int64_t day = 0; day < 36'525; ++day) {
        const std::time_t time = day * 86'400 + day % 86'400;
        std::tm utc{};
        ::gmtime_r(&time, &utc);
        char text[64];
        std::snprintf(text, sizeof text, "Mon, %02d %s %04d %02d:%02d:%02d GMT", utc.tm_mday, months[utc.tm_mon],
                      utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
        ASSERT_EQ(parse_http_date(text, 0), time) << text;
    }
}

}  // namespace
}  // namespace millrace
