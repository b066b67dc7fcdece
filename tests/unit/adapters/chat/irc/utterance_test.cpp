#include "adapters/chat/irc/utterance.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "adapters/common/utf8.hpp"

namespace millrace::chat::irc {
namespace {

std::vector<std::string> parts(std::string_view text, std::size_t max) {
    Utterance utterance{"#a", plain(text)};
    std::vector<std::string> result;
    for (std::string_view part; next_part(utterance, max, part);) result.emplace_back(part);
    EXPECT_EQ(result.size(), count_parts({"#a", plain(text)}, max, 10'000));
    return result;
}

using Parts = std::vector<std::string>;

TEST(IrcUtterance, LineEndsPart) {
    EXPECT_EQ(parts("one", 100), Parts{"one"});
    EXPECT_EQ(parts("one\ntwo\r\nthree\rfour", 100), (Parts{"one", "two", "three", "four"}));
    EXPECT_EQ(parts("\n\none\n\n\ntwo\n", 100), (Parts{"one", "two"}));
    EXPECT_EQ(parts("", 100), Parts{});
    EXPECT_EQ(parts("\r\n", 100), Parts{});
    EXPECT_EQ(parts(std::string_view("a\0b\x01"
                                     "c",
                                     5),
                    100),
              Parts{"abc"});
}

TEST(IrcUtterance, TooLongALineIsPartedAtWords) {
    EXPECT_EQ(parts("one two three", 8), (Parts{"one two ", "three"}));
    EXPECT_EQ(parts("onetwothree", 4), (Parts{"onet", "woth", "ree"}));
    EXPECT_EQ(parts("a bcdefghij", 8), (Parts{"a bcdefg", "hij"}));
    EXPECT_EQ(parts("\xC3\xA9\xC3\xA9\xC3\xA9", 5), (Parts{"\xC3\xA9\xC3\xA9", "\xC3\xA9"}));
    EXPECT_EQ(parts("\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 7), (Parts{"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"}));
}

TEST(IrcUtterance, RoomForTextCountsWhatTheServerPutsBefore) {
    // `:nick!user@host PRIVMSG #a :text\r\n`
    const std::string prefix = ":me!u@host.example ";
    EXPECT_EQ(text_bytes_max({"#a", ""}, prefix.size(), 512),
              512 - prefix.size() - std::string("PRIVMSG #a :\r\n").size());
    EXPECT_EQ(text_bytes_max({"#a", "", Said::notice}, 20, 512), 512u - 20 - 13);
    EXPECT_EQ(text_bytes_max({"#a", "", Said::action}, 20, 512), 512u - 20 - 14 - 9);
    EXPECT_EQ(text_bytes_max({std::string(500, 'x'), ""}, 20, 512), 0u);
    EXPECT_EQ(text_bytes_max({"#a", ""}, 512 - 14 - 4, 512), 4u);
    EXPECT_EQ(text_bytes_max({"#a", ""}, 512 - 14 - 3, 512), 0u);
}

// Any text, any limit: what comes out is the text without its line ends, in pieces that fit and are UTF-8.
TEST(IrcUtterance, NothingIsLostAndNoCharacterParted) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr const char* kCharacters[] = {"a", "b", " ", "\n", "\r", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                           "\t"};
    for (int round = 0; round < 5'000; ++round) {
        std::string text;
        for (std::size_t i = random() % 200; i > 0; --i) text += kCharacters[random() % std::size(kCharacters)];
        const std::size_t max = 4 + random() % 60;
        std::string joined, expected;
        for (const std::string& part : parts(text, max)) {
            ASSERT_FALSE(part.empty());
            ASSERT_LE(part.size(), max);
            ASSERT_TRUE(is_utf8(part));
            ASSERT_EQ(part.find('\n'), part.npos);
            joined += part;
        }
        for (const char c : text) {
            if (c != '\n' && c != '\r') expected += c;
        }
        ASSERT_EQ(joined, expected);
    }
}

}  // namespace
}  // namespace millrace::chat::irc
