#include "adapters/chat/common/splitting.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "adapters/common/utf8.hpp"

namespace millrace::chat {
namespace {

using Pieces = std::vector<std::string_view>;

TEST(ChatSplitting, CountsInTheNetworksUnit) {
    const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
    EXPECT_EQ(text_size(text, TextUnit::bytes), 10u);
    EXPECT_EQ(text_size(text, TextUnit::characters), 4u);
    EXPECT_EQ(text_size(text, TextUnit::utf16_units), 5u);
    EXPECT_EQ(piece_size(text, 4, TextUnit::utf16_units), 6u);  // The last one does not fit in the one that is left.
    EXPECT_EQ(piece_size(text, 3, TextUnit::characters), 6u);
    EXPECT_EQ(piece_size(text, 5, TextUnit::bytes), 3u);
}

TEST(ChatSplitting, PartsAtLinesThenAtWords) {
    EXPECT_EQ(split("", 5, TextUnit::bytes), Pieces{});
    EXPECT_EQ(split("12345", 5, TextUnit::bytes), Pieces{"12345"});
    EXPECT_EQ(split("123456", 5, TextUnit::bytes), (Pieces{"12345", "6"}));
    EXPECT_EQ(split("one two three", 8, TextUnit::bytes), (Pieces{"one two ", "three"}));
    EXPECT_EQ(split("a\nbb cc dd", 8, TextUnit::bytes), (Pieces{"a\n", "bb cc dd"}));
    EXPECT_EQ(split("a bcdefghi", 8, TextUnit::bytes), (Pieces{"a bcdefg", "hi"}));  // Too early a space.
    EXPECT_EQ(split("\xF0\x9F\x98\x80x", 1, TextUnit::bytes), (Pieces{"\xF0\x9F\x98\x80", "x"}));
}

TEST(ChatSplitting, ThePiecesAreTheText) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr const char* kCharacters[] = {"a", "b", " ", "\n", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\t"};
    for (int round = 0; round < 5'000; ++round) {
        std::string text, joined;
        for (std::size_t i = random() % 300; i > 0; --i) text += kCharacters[random() % std::size(kCharacters)];
        const std::size_t max = 4 + random() % 60;
        const auto unit = static_cast<TextUnit>(random() % 3);
        for (const std::string_view piece : split(text, max, unit)) {
            ASSERT_FALSE(piece.empty());
            ASSERT_LE(text_size(piece, unit), max);
            ASSERT_TRUE(is_utf8(piece));
            joined += piece;
        }
        ASSERT_EQ(joined, text);
    }
}

}  // namespace
}  // namespace millrace::chat
