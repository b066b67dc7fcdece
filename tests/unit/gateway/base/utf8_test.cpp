#include "gateway/base/utf8.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using namespace std::string_view_literals;

TEST(PlainText, IsUtf8WithoutControlCharacters) {
    for (const auto text : {""sv, "a"sv, " ~"sv, "web:1f-3"sv, "\u00a0"sv, "\u00fc"sv, "\u07ff"sv, "\u0800"sv,
                            "\ud7ff"sv, "\ue000"sv, "\uffff"sv, "\U00010000"sv, "\U0010ffff"sv, "a\u20acb"sv}) {
        EXPECT_TRUE(is_plain_text(text)) << text;
    }
    for (const auto text : {"\0"sv,
                            "a\tb"sv,
                            "a\n"sv,
                            "\x1f"sv,
                            "\x7f"sv,
                            "\u0080"sv,
                            "\u0085"sv,
                            "\u009f"sv,
                            "\x80"sv,
                            "\xbf"sv,
                            "\xc0\xaf"sv,
                            "\xc1\xbf"sv,
                            "\xc2"sv,
                            "a\xc3"sv,
                            "\xc3("sv,
                            "\xe0\x9f\xbf"sv,
                            "\xe2\x82"sv,
                            "\xed\xa0\x80"sv,
                            "\xf0\x8f\xbf\xbf"sv,
                            "\xf0\x9f\x92"sv,
                            "\xf4\x90\x80\x80"sv,
                            "\xf5\x80\x80\x80"sv,
                            "\xff"sv}) {
        EXPECT_FALSE(is_plain_text(text)) << text.size() << " bytes from " << int(static_cast<unsigned char>(text[0]));
    }
}

TEST(ToUtf8, PutsASignInPlaceOfEachByteThatIsNoCharacter) {
    const std::string sign = "\xEF\xBF\xBD";
    EXPECT_EQ(to_utf8(""), "");
    EXPECT_EQ(to_utf8("a\n\u20ac\U0001f4a7"), "a\n\u20ac\U0001f4a7");
    EXPECT_EQ(to_utf8("a\xff"
                      "b\xe2\x82"),
              "a" + sign + "b" + sign + sign);
    EXPECT_EQ(to_utf8("\xed\xa0\x80"), sign + sign + sign);
}

TEST(Characters, HaveASize) {
    EXPECT_EQ(character_size("ab"), 1u);
    EXPECT_EQ(character_size("\u00fcb"), 2u);
    EXPECT_EQ(character_size("\u20acb"), 3u);
    EXPECT_EQ(character_size("\U0001f4a7"
                             "b"),
              4u);
    EXPECT_EQ(character_size("\x80"), 0u);
    EXPECT_EQ(character_size("\xe2\x82"), 0u);
}

}  // namespace
}  // namespace millrace
