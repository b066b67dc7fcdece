#include "gateway/base/quote.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Quote, NothingActsOnATerminal) {
    EXPECT_EQ(quote(""), R"("")");
    EXPECT_EQ(quote("a \"b\" \\ c\n\t\x1b[1m\x7f"), R"("a \"b\" \\ c\n\u0009\u001b[1m\u007f")");
    EXPECT_EQ(quote("\u00e9\u0080\u009b\u00a0\u20ac"), "\"\u00e9\\u0080\\u009b\u00a0\u20ac\"");
    EXPECT_EQ(quote(std::string_view("\0\xc2", 2)), "\"\\u0000\xc2\"");
    EXPECT_EQ(escape("a\"b\x1b"), R"(a\"b\u001b)");
    EXPECT_EQ(escape_json("{\"a\":\"\\n\u009b\x7f\"}"), R"({"a":"\n\u009b\u007f"})");
}

TEST(Quote, OfALongTextItsBegin) {
    EXPECT_EQ(quote("abcd", 4), R"("abcd")");
    EXPECT_EQ(quote("abcde", 4), R"("abcd" and 1 bytes more)");
    EXPECT_EQ(quote("abc\u00e9", 4), R"("abc" and 2 bytes more)");
    EXPECT_EQ(quote("abc\u00e9", 5), "\"abc\u00e9\"");
    EXPECT_EQ(quote("\x80\x80", 1), R"("" and 2 bytes more)");
}

}  // namespace
}  // namespace millrace
