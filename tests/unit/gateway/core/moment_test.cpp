#include "gateway/core/moment.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr std::int64_t kNowUs = 1'700'000'000'123'456;

TEST(Moment, IsRead) {
    struct Case {
        const char* text;
        std::int64_t at_us;
    };
    const Case cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2026-11-29T12:00:00Z", 1'795'953'600'000'000},
        {"2026-11-29T12:00:00.5Z", 1'795'953'600'500'000},
        {"2026-11-29T12:00:00.000001Z", 1'795'953'600'000'001},
        {"2024-02-29T23:59:59Z", 1'709'251'199'000'000},
        {"1969-12-31T23:59:59Z", 0},
        {"0000-01-01T00:00:00Z", 0},
        {"0s", kNowUs},
        {"250ms", kNowUs - 250'000},
        {"30m", kNowUs - 1'800'000'000},
        {"2h", kNowUs - 7'200'000'000},
        {"7d", kNowUs - 604'800'000'000},
        {"99999d", 0},
        {"99999999999999999999d", 0},
    };
    for (const auto& [text, at_us] : cases) {
        const auto moment = read_moment(text, kNowUs);
        ASSERT_TRUE(moment) << text;
        EXPECT_EQ(*moment, at_us) << text;
    }
}

TEST(Moment, WhatIsNoneIsRefused) {
    for (const char* text : {"",
                             "Z",
                             "now",
                             "7",
                             "7w",
                             "-2h",
                             "2.5h",
                             "h",
                             "2 h",
                             "2026-11-29",
                             "2026-11-29T12:00:00",
                             "2026-11-29T12:00Z",
                             "2026-11-29 12:00:00Z",
                             "2026-11-29T12:00:00z",
                             "2026-11-29T12:00:00+01:00",
                             "2026-02-29T12:00:00Z",
                             "2026-13-01T12:00:00Z",
                             "2026-00-01T12:00:00Z",
                             "2026-11-00T12:00:00Z",
                             "2026-11-31T12:00:00Z",
                             "2026-11-29T24:00:00Z",
                             "2026-11-29T12:60:00Z",
                             "2026-11-29T12:00:60Z",
                             "2026-11-29T12:00:00.Z",
                             "2026-11-29T12:00:00.0000001Z",
                             "2026-11-29T12:00:00.xZ",
                             "2026-11-29T12:00:00,5Z",
                             "+026-11-29T12:00:00Z",
                             "2026-11-29T12:00:00ZZ"}) {
        EXPECT_FALSE(read_moment(text, kNowUs)) << text;
    }
    EXPECT_EQ(read_moment("no\non", kNowUs).error().text,
              R"("no\non" is no time: write 2026-11-29T12:00:00Z, or how long ago it is: 30m, 2h, 7d)");
}

TEST(Moment, IsWritten) {
    EXPECT_EQ(write_moment(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(write_moment(1'795'953'600'999'999), "2026-11-29T12:00:00.999Z");
    EXPECT_EQ(write_moment(-1), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(write_moment(INT64_MAX), "294247-01-10T04:00:54.775Z");
    EXPECT_EQ(write_moment(INT64_MIN), "-290308-12-21T19:59:05.224Z");
}

}  // namespace
}  // namespace millrace
