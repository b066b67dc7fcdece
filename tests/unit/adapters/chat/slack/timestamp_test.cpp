#include "adapters/chat/slack/timestamp.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::slack {
namespace {

TEST(SlackTimestamp, IsRead) {
    EXPECT_EQ(microseconds_of("1355517523.000005"), 1'355'517'523'000'005u);
    EXPECT_EQ(microseconds_of("1355517523"), 1'355'517'523'000'000u);
    for (const char* text : {"", ".", "x", "1.5", "1.0000005", "-1.000000", "999999999999.000000", "1.00000x", " 1"})
        EXPECT_EQ(microseconds_of(text), 0u) << text;
}

TEST(SlackTimestamp, IsWritten) {
    for (const char* text : {"1355517523.000005", "1355517523.000000", "0.999999"})
        EXPECT_EQ(timestamp_of(microseconds_of(text)), text);
}

}  // namespace
}  // namespace millrace::chat::slack
