#include "adapters/common/utf8.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

// By the table of RFC 3629 §4, byte for byte.
bool is_utf8_slowly(const std::string& text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto in = [&](std::size_t at, int low, int high) {
            const int byte = i + at < text.size() ? static_cast<unsigned char>(text[i + at]) : -1;
            return byte >= low && byte <= high;
        };
        const auto tails = [&](std::size_t from, std::size_t to) {
            for (std::size_t at = from; at <= to; ++at) {
                if (!in(at, 0x80, 0xBF)) return false;
            }
            return true;
        };
        if (in(0, 0x00, 0x7F))
            i += 1;
        else if (in(0, 0xC2, 0xDF) && tails(1, 1))
            i += 2;
        else if (((in(0, 0xE0, 0xE0) && in(1, 0xA0, 0xBF)) || (in(0, 0xE1, 0xEC) && in(1, 0x80, 0xBF)) ||
                  (in(0, 0xED, 0xED) && in(1, 0x80, 0x9F)) || (in(0, 0xEE, 0xEF) && in(1, 0x80, 0xBF))) &&
                 tails(2, 2))
            i += 3;
        else if (((in(0, 0xF0, 0xF0) && in(1, 0x90, 0xBF)) || (in(0, 0xF1, 0xF3) && in(1, 0x80, 0xBF)) ||
                  (in(0, 0xF4, 0xF4) && in(1, 0x80, 0x8F))) &&
                 tails(2, 3))
            i += 4;
        else
            return false;
    }
    return true;
}

TEST(Utf8, AgreesWithTheTableForAllPairsAndTriples) {
    const std::string around(17, 'a');
    for (int first = 0x7f; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string pair{static_cast<char>(first), static_cast<char>(second)};
            ASSERT_EQ(is_utf8(pair), is_utf8_slowly(pair)) << first << ' ' << second;
            for (const char* tail : {"\x80", "\xBF", "\xC0", "\x7F", "\x80\x80", "\xBF\xBF", "\x80\x7F", "\x80\xC0"}) {
                const std::string text = around + pair + tail + around;
                ASSERT_EQ(is_utf8(text), is_utf8_slowly(text)) << first << ' ' << second << ' ' << tail;
                const std::string cut = around + pair + tail;
                ASSERT_EQ(is_utf8(cut), is_utf8_slowly(cut)) << first << ' ' << second << ' ' << tail;
            }
        }
    }
}

TEST(Utf8, LooksAtEveryByte) {
    for (std::size_t size = 0; size < 70; ++size) {
        std::string text(size, 'x');
        EXPECT_TRUE(is_utf8(text));
        for (char& byte : text) {
            byte = '\xff';
            EXPECT_FALSE(is_utf8(text));
            byte = 'x';
        }
    }
}

TEST(Utf8, ReplacesWhatIsNoCharacter) {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", ""},
        {"M\xC3\xBChle", "M\xC3\xBChle"},
        {"a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
        {"\xC3", "\xEF\xBF\xBD"},
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xFF\xF0\x9F\x8C\x8A", "\xEF\xBF\xBD\xF0\x9F\x8C\x8A"},
    };
    for (const auto& [bytes, expected] : cases) {
        EXPECT_EQ(as_utf8(bytes), expected);
        EXPECT_EQ(as_name(bytes), expected);
    }
    EXPECT_EQ(as_utf8("a\n\x7F\xC2\x85"), "a\n\x7F\xC2\x85");
    EXPECT_EQ(as_name("a\n\x7F\xC2\x85\xC2\xA0"), "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xC2\xA0");
}

TEST(Utf8, OfUtf16) {
    using namespace std::string_literals;
    const struct {
        std::string bytes;
        const char* text;
    } cases[] = {
        {"", ""},
        {"\0a\0b"s, "ab"},
        {"\0\xE4\x26\x03"s, "\xC3\xA4\xE2\x98\x83"},
        {"\xD8\x3D\xDE\x1C"s, "\xF0\x9F\x98\x9C"},
        {"\xD8\x3D\0a"s,
         "\xEF\xBF\xBD"
         "a"},
        {"\xDE\x1C\0a"s,
         "\xEF\xBF\xBD"
         "a"},
        {"\xD8\x3D"s, "\xEF\xBF\xBD"},
        {"\0a\0"s, "a\xEF\xBF\xBD"},
        {"\xFF\xFF"s, "\xEF\xBF\xBF"},
    };
    for (const auto& it : cases) EXPECT_EQ(from_utf16(it.bytes), it.text);
}

TEST(Utf8, BeginsWithWholeCharacters) {
    const std::string text = "a\xC3\xA4\xE2\x98\x83\xF0\x9F\x98\x9C";
    const std::size_t sizes[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (std::size_t max = 0; max < std::size(sizes); ++max) EXPECT_EQ(utf8_beginning(text, max).size(), sizes[max]);
}

}  // namespace
}  // namespace millrace
