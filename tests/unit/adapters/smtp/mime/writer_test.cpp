#include "adapters/smtp/mime/writer.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "adapters/smtp/mime/charsets.hpp"
#include "adapters/smtp/mime/content_reader.hpp"
#include "adapters/smtp/mime/encoded_word.hpp"

namespace millrace::smtp::mime {
namespace {

std::string text_field(std::string_view text) {
    std::string out;
    write_text_field(out, "Subject", text);
    return out;
}

std::string written(std::string_view text) {
    std::string out;
    write_text(out, text);
    return out;
}

std::string parameter(std::string_view value) {
    std::string out;
    write_parameter(out, "filename", value);
    return out;
}

std::size_t longest_line(std::string_view text) {
    std::size_t longest = 0;
    for (std::size_t end; (end = text.find("\r\n")) != text.npos; text.remove_prefix(end + 2))
        longest = std::max(longest, end);
    return std::max(longest, text.size());
}

TEST(Writer, TextOfAHeader) {
    EXPECT_EQ(text_field("Lunch"), "Subject: Lunch\r\n");
    EXPECT_EQ(text_field(""), "Subject: \r\n");
    EXPECT_EQ(text_field("a\r\nB: c\td\x7f"), "Subject: =?utf-8?B?YSAgQjogYyBkIA==?=\r\n");
    EXPECT_EQ(text_field("Gr\xc3\xbc\xc3\x9f"
                         "e"),
              "Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\n");
    EXPECT_EQ(text_field("=?utf-8?Q?x?="), "Subject: =?utf-8?B?PT91dGYtOD9RP3g/PQ==?=\r\n");
    EXPECT_EQ(text_field("a     b"), "Subject: =?utf-8?B?YSAgICAgYg==?=\r\n");
    EXPECT_EQ(text_field(std::string(80, 'x')).find("=?utf-8?B?"), 9u);
    const std::string words = text_field("one two three four five six seven eight nine ten eleven twelve thirteen 14");
    EXPECT_EQ(words, "Subject: one two three four five six seven eight nine ten eleven twelve\r\n thirteen 14\r\n");
}

TEST(Writer, TextOfABody) {
    const std::string head = "Content-Transfer-Encoding: ";
    EXPECT_EQ(written(""), head + "7bit\r\n\r\n");
    EXPECT_EQ(written("a\nb\r\nc\rd"), head + "7bit\r\n\r\na\r\nb\r\nc\r\nd\r\n");
    EXPECT_EQ(written("a \n"), head + "quoted-printable\r\n\r\na=20\r\n");
    EXPECT_EQ(written("\xc3\xbc=\t\n"), head + "quoted-printable\r\n\r\n=C3=BC=3D=09\r\n");
    EXPECT_EQ(written(std::string("a\0b", 3)), head + "quoted-printable\r\n\r\na=00b\r\n");
    const std::string wrapped = written(std::string(1000, '='));
    EXPECT_LE(longest_line(wrapped), 76u);
}

TEST(Writer, Parameters) {
    EXPECT_EQ(parameter("a b.pdf"), ";\r\n filename=\"a b.pdf\"");
    EXPECT_EQ(parameter("a\"b"), ";\r\n filename*=utf-8''a%22b");
    EXPECT_EQ(parameter("\xc3\xbc*'()"), ";\r\n filename*=utf-8''%C3%BC%2A%27%28%29");
}

// Whatever the text: it is read as it was, and no line is too long or has anything but US-ASCII.
TEST(Writer, RandomTextsAreReadAgain) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    constexpr const char* kPieces[] = {"a", " ",  "=",  "?", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x8c\x8a",
                                       ".", "--", "x y"};
    Charsets charsets;
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (std::size_t i = random() % 200; i > 0; --i) text += kPieces[random() % std::size(kPieces)];
        std::string field = text_field(text);
        ASSERT_LE(longest_line(field), 76u) << text;
        ASSERT_EQ(field.find("\r\n \r\n"), field.npos) << text;
        std::string read;
        TextFaults faults;
        append_text(read, std::string_view(field).substr(9), charsets, faults);
        ASSERT_EQ(read, text);
        ASSERT_FALSE(faults.has_bad_word || faults.is_not_utf8);

        for (std::size_t i = 0; i < text.size(); i += 70) text.insert(i, "\r\n");
        const std::string body = written(text);
        const std::size_t content = body.find("\r\n\r\n") + 4;
        const bool is_quoted = body.find("quoted") < content;
        const Content all = read_content(is_quoted ? Encoding::quoted_printable : Encoding::identity,
                                         std::string_view(body).substr(content), body.size());
        ASSERT_TRUE(all.is_sound);
        ASSERT_EQ(all.bytes, text.empty() ? "" : text + "\r\n");
    }
}

}  // namespace
}  // namespace millrace::smtp::mime
