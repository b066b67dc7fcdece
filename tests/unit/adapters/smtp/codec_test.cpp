#include "adapters/smtp/codec.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <random>
#include <string>

namespace millrace::smtp {
namespace {

// Lines, and the text behind each line "DATA" and "BDAT n", in the order they come.
std::string read(std::string_view bytes, std::size_t chop, const LineLimits& lines = {},
                 const ContentLimits& content = {}) {
    Codec codec(lines, content);
    std::string result;
    std::string text;
    while (!bytes.empty()) {
        const std::string part(bytes.substr(0, chop));
        bytes.remove_prefix(part.size());
        std::string_view input = part;
        for (Codec::Step step; (step = codec.take(input)) != Codec::Step::need_more;) {
            if (step == Codec::Step::piece) {
                text += codec.piece();
                continue;
            }
            if (step == Codec::Step::endless) return result + "endless";
            if (step == Codec::Step::bad_line) result += "bad|";
            if (step == Codec::Step::long_line) result += "long|";
            if (step == Codec::Step::end) {
                codec.finish_chunks();
                EXPECT_EQ(codec.content_bytes(), text.size());
                result += "(" + text + (codec.faults().are_none() ? ")|" : "!)|");
                text.clear();
            }
            if (step != Codec::Step::line) continue;
            const std::string line(codec.line());
            result += line + "|";
            if (line == "DATA") codec.begin_data();
            if (line.starts_with("BDAT ")) {
                codec.begin_chunks();
                codec.begin_chunk(std::stoul(line.substr(5)), line.back() != '!');
            }
        }
        EXPECT_TRUE(input.empty());
    }
    return result;
}

TEST(Codec, ReadsLinesAndTextInTurn) {
    struct Case {
        std::string_view bytes;
        std::string expected;
    };
    const Case cases[] = {
        {"A\r\nB\r\n", "A|B|"},
        {"A\r\nB", "A|"},
        {"\r\n", "|"},
        {"A\nB\r\n", "bad|B|"},
        {"A\rB\r\r\n", "A\rB\r|"},
        {"DATA\r\nx\r\n..y\r\n.\r\nB\r\n", "DATA|(x\r\n.y\r\n)|B|"},
        {"DATA\r\n.\r\nDATA\r\n\n.\r\n.\r\nB\r\n", "DATA|()|DATA|(\n.\r\n!)|B|"},
        {"BDAT 4\r\n.\r\n.B\r\n", "BDAT 4|(.\r\n.)|B|"},
        {"BDAT 0\r\nBDAT 2\r\na\rB\r\n", "BDAT 0|()|BDAT 2|(a\r!)|B|"},
        {"BDAT 4!\r\nA\r\nBB\r\n", "BDAT 4!|()|B|"},
        {"\x16", "\x16|"},
        {"A\r\n\x16\x03", "A|\x16|"},
    };
    for (const Case& each : cases) {
        for (const std::size_t chop : {1u, 2u, 3u, 1000u})
            EXPECT_EQ(read(each.bytes, chop), each.expected) << each.bytes;
    }
}

TEST(Codec, LinesHaveLimits) {
    const LineLimits limits{8, 12, 20};
    for (const std::size_t chop : {1u, 3u, 1000u}) {
        EXPECT_EQ(read("123456\r\nB\r\n", chop, limits), "123456|B|");
        EXPECT_EQ(read("1234567\r\nB\r\n", chop, limits), "long|B|");
        EXPECT_EQ(read("AUTH 67890\r\nB\r\n", chop, limits), "AUTH 67890|B|");
        EXPECT_EQ(read("AUTH 678901\r\nB\r\n", chop, limits), "long|B|");
        EXPECT_EQ(read("AUTH: 67890\r\nB\r\n", chop, limits), "long|B|");
        EXPECT_EQ(read("123456789012345678\r\nB\r\n", chop, limits), "long|B|");
        EXPECT_EQ(read("1234567890123456789\r\nB\r\n", chop, limits), "endless");
        EXPECT_EQ(read("1234567890123456789\n123", chop, limits), "long|");
        EXPECT_EQ(read("123456789012345678901", chop, limits), "endless");
    }
}

TEST(Codec, OneLineAnswersAChallenge) {
    const LineLimits limits{8, 12, 20};
    const ContentLimits content;
    for (const std::string_view first : {"1234567890\r\n", "1\r\n", "12345678901\r\n", "1\n"}) {
        Codec codec(limits, content);
        codec.expect_auth_line();
        std::string_view input = first;
        const Codec::Step step = codec.take(input);
        EXPECT_EQ(step == Codec::Step::long_line, first.size() > 12) << first;
        input = "1234567\r\n";
        EXPECT_EQ(codec.take(input), Codec::Step::long_line) << first;
    }
}

// RFC 5321 §4.5.2 as a client does it.
std::string stuffed(const std::string& text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.' && (i == 0 || text.compare(i - std::min<std::size_t>(i, 2), 2, "\r\n") == 0)) result += '.';
        result += text[i];
    }
    return result + ".\r\n";
}

TEST(Codec, TextComesAsItWasSent) {
    const auto seed = std::random_device{}();
    std::cout << "seed " << seed << '\n';
    std::mt19937 random(seed);
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        for (std::size_t lines = random() % 8; lines > 0; --lines) {
            const unsigned long width = random() % 4 == 0 ? random() % 200 : random() % 6;
            for (std::size_t i = width; i > 0; --i)
                text += random() % 3 == 0 ? '.' : static_cast<char>(0x0E + random() % 0xF2);
            text += "\r\n";
        }
        const std::size_t chop = random() % 3 == 0 ? 1 + random() % 40 : 100'000;
        EXPECT_EQ(read("DATA\r\n" + stuffed(text) + "B\r\n", chop), "DATA|(" + text + ")|B|");
        const std::string chunk = "BDAT " + std::to_string(text.size()) + "\r\n";
        EXPECT_EQ(read(chunk + text + "B\r\n", chop), chunk.substr(0, chunk.size() - 2) + "|(" + text + ")|B|");
    }
}

}  // namespace
}  // namespace millrace::smtp
