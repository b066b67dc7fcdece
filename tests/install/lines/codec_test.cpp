#include "codec.hpp"

#include <gtest/gtest.h>

TEST(Codec, TakesWholeLines) {
    std::string_view in = "one\ntwo\r\n\nthr";
    EXPECT_EQ(lines::take_line(in), "one");
    EXPECT_EQ(lines::take_line(in), "two");
    EXPECT_EQ(lines::take_line(in), "");
    EXPECT_EQ(lines::take_line(in), std::nullopt);
    EXPECT_EQ(in, "thr");
}

TEST(Codec, KnowsUtf8) {
    for (const char* text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8c\x8a"})
        EXPECT_TRUE(lines::is_utf8(text));
    for (const char* text : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xff"})
        EXPECT_FALSE(lines::is_utf8(text)) << text;
}
