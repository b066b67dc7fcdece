#include "adapters/websocket/codec.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/adapters/websocket/codec_reader.hpp"

namespace millrace::websocket {
namespace {

std::vector<Case> good_cases() {
    std::vector<Case> cases = {
        {"text", frame(0x81, "hello"), {{"t:hello"}, ""}},
        {"binary", frame(0x82, "\x01\xff"), {{"d:\x01\xff"}, ""}},
        {"empty", frame(0x81, "") + frame(0x82, ""), {{"t:", "d:"}, ""}},
        {"text of several bytes a character", frame(0x81, "a" + euro), {{"t:a" + euro}, ""}},
        {"many",
         frame(0x81, "1") + frame(0x81, "2") + frame(0x82, "3") + frame(0x81, "4"),
         {{"t:1", "t:2", "d:3", "t:4"}, ""}},
        {"fragments", frame(0x01, "he") + frame(0x00, "l") + frame(0x80, "lo"), {{"t:hello"}, ""}},
        {"binary fragments", frame(0x02, "\xff") + frame(0x80, "\xfe"), {{"d:\xff\xfe"}, ""}},
        {"empty fragments", frame(0x01, "") + frame(0x00, "") + frame(0x00, "x") + frame(0x80, ""), {{"t:x"}, ""}},
        {"only empty fragments", frame(0x01, "") + frame(0x80, ""), {{"t:"}, ""}},
        {"a character over two fragments",
         frame(0x01, euro.substr(0, 1)) + frame(0x80, euro.substr(1)),
         {{"t:" + euro}, ""}},
        {"a message after fragments", frame(0x01, "a") + frame(0x80, "b") + frame(0x81, "c"), {{"t:ab", "t:c"}, ""}},
        {"ping",
         frame(0x89, "are you there"),
         {{},
          "\x8a\x0d"
          "are you there"}},
        {"empty ping", frame(0x89, ""), {{}, bare({0x8a, 0})}},
        {"pong", frame(0x8a, "whatever"), {{}, ""}},
        {"ping between fragments",
         frame(0x01, "a") + frame(0x89, "p") + frame(0x80, "b"),
         {{"t:ab"}, bare({0x8a, 1, 'p'})}},
        {"ping between messages",
         frame(0x81, "a") + frame(0x89, "p") + frame(0x81, "b"),
         {{"t:a", "t:b"}, bare({0x8a, 1, 'p'})}},
        {"close", frame(0x88, close_payload(1000, "bye")), {{"closed 1000 bye"}, closing(1000)}},
        {"close without code", frame(0x88, ""), {{"closed 1005 "}, closing(1000)}},
        {"close with a code of the application", frame(0x88, close_payload(4321)), {{"closed 4321 "}, closing(4321)}},
        {"close with 1014", frame(0x88, close_payload(1014)), {{"closed 1014 "}, closing(1014)}},
        {"what follows a close",
         frame(0x88, close_payload(1001)) + frame(0x81, "x"),
         {{"closed 1001 "}, closing(1001)}},
        {"close between fragments",
         frame(0x01, "a") + frame(0x88, close_payload(1000)),
         {{"closed 1000 "}, closing(1000)}},
    };
    for (const std::size_t size : {125u, 126u, 127u, 1000u, 1020u, 5000u, 65535u, 65536u, 100'000u}) {
        cases.push_back(
            {"sizes", frame(0x81, long_text(size)) + frame(0x82, "x"), {{"t:" + long_text(size), "d:x"}, ""}});
    }
    return cases;
}

std::vector<Case> bad_cases() {
    const auto failed = [](unsigned code, std::string_view text = {}) {
        return Transcript{{"failed " + std::to_string(code)}, closing(code, text)};
    };
    const auto after = [](std::string message, unsigned code) {
        return Transcript{{std::move(message), "failed " + std::to_string(code)}, closing(code)};
    };
    return {
        {"not masked", bare({0x81, 1, 'x'}), failed(1002)},
        {"ping that is not masked", bare({0x89, 0}), failed(1002)},
        {"reserved bit 1", frame(0xc1, "x"), failed(1002)},
        {"reserved bit 2", frame(0xa1, "x"), failed(1002)},
        {"reserved bit 3", frame(0x91, "x"), failed(1002)},
        {"reserved bit in a ping", frame(0xc9, "x"), failed(1002)},
        {"reserved data opcode", frame(0x83, "x"), failed(1002)},
        {"reserved data opcode, nothing of the payload yet", frame(0x83, "xx").substr(0, 6), failed(1002)},
        {"reserved control opcode", frame(0x8b, ""), failed(1002)},
        {"fragmented ping", frame(0x09, "x"), failed(1002)},
        {"long ping", frame(0x89, long_text(126)), failed(1002)},
        {"long close", frame(0x88, close_payload(1000, long_text(124))), failed(1002)},
        {"continuation of nothing", frame(0x80, "x"), failed(1002)},
        {"continuation after a message", frame(0x81, "a") + frame(0x00, "x"), after("t:a", 1002)},
        {"new message between fragments", frame(0x01, "a") + frame(0x81, "b"), failed(1002)},
        {"length in more bytes than needed, 16 bits", bare({0x81, 0xfe, 0, 5}) + zero_key + "hello", failed(1002)},
        {"length in more bytes than needed, 64 bits", bare({0x81, 0xff, 0, 0, 0, 0, 0, 0, 0, 5}) + zero_key + "hello",
         failed(1002)},
        {"close with one byte", frame(0x88, "x"), failed(1002, "a close code has two bytes")},
        {"close with a code below 1000", frame(0x88, close_payload(999)),
         failed(1002, "the close code may not be sent")},
        {"close with 1004", frame(0x88, close_payload(1004)), failed(1002, "the close code may not be sent")},
        {"close with 1005", frame(0x88, close_payload(1005)), failed(1002, "the close code may not be sent")},
        {"close with 1006", frame(0x88, close_payload(1006)), failed(1002, "the close code may not be sent")},
        {"close with 1015", frame(0x88, close_payload(1015)), failed(1002, "the close code may not be sent")},
        {"close with 2999", frame(0x88, close_payload(2999)), failed(1002, "the close code may not be sent")},
        {"close with a reason that is not UTF-8", frame(0x88, close_payload(1000, "\xff")),
         failed(1002, "the close reason is not UTF-8")},
        {"text that is not UTF-8", frame(0x81, "abc\xff"), failed(1007)},
        {"text that ends within a character", frame(0x81, euro.substr(0, 2)), failed(1007)},
        {"surrogate", frame(0x81, "\xED\xA0\x80"), failed(1007)},
        {"longer than needed", frame(0x81, "\xC0\xAF"), failed(1007)},
        {"above U+10FFFF", frame(0x81, "\xF4\x90\x80\x80"), failed(1007)},
        {"fragments that are not UTF-8", frame(0x01, euro.substr(0, 1)) + frame(0x80, "x"), failed(1007)},
        {"fragments that end within a character",
         frame(0x01, euro.substr(0, 2)) + frame(0x80, ""),
         {{"failed 1007"}, closing(1007, "the text is not UTF-8")}},
        {"good before bad", frame(0x81, "good") + frame(0x81, "\xff"), after("t:good", 1007)},
        {"message above the limit", frame(0x82, long_text(100'001)), failed(1009)},
        {"message above the limit, head alone", bare({0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x86, 0xa1}) + zero_key,
         failed(1009)},
        {"length of 64 bits", bare({0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) + zero_key,
         failed(1009)},
        {"length of 64 bits that has its top bit", bare({0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0}) + zero_key,
         failed(1002, "a length has its top bit")},
        {"fragments above the limit", frame(0x02, long_text(60'000)) + frame(0x80, long_text(40'001)), failed(1009)},
    };
}

class CodecCases : public testing::TestWithParam<std::size_t> {
  protected:
    static void check(const std::vector<Case>& cases) {
        for (const Case& it : cases) {
            SCOPED_TRACE(it.name);
            if (it.bytes.size() / GetParam() > 20'000) continue;
            EXPECT_EQ(read_in_chops(it.bytes, GetParam()), it.expected);
        }
    }
};

TEST_P(CodecCases, Good) { check(good_cases()); }
TEST_P(CodecCases, Bad) { check(bad_cases()); }

// Buffers of a session never hold more than a large frame's part, so chops stay below the limit.
INSTANTIATE_TEST_SUITE_P(Chops, CodecCases, testing::Values(1, 2, 3, 5, 7, 16, 97, 500, 1024));

TEST(Codec, WholeTrafficAtOnceIsAsInChops) {
    std::string bytes;
    for (const Case& it : good_cases()) {
        if (it.expected.events.empty() || !it.expected.events.back().starts_with("closed")) bytes += it.bytes;
    }
    EXPECT_EQ(read_at_once(bytes, {100'000, 8, 1 << 20}), read_in_chops(bytes, 1000, {100'000, 8, 1 << 20}));
}

TEST(Codec, RandomTrafficIsTheSameHoweverItIsChopped) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return random() % n; };
    for (int round = 0; round < 200; ++round) {
        std::string bytes;
        for (std::size_t i = 0, count = 1 + below(12); i < count; ++i) {
            static constexpr unsigned kFirst[] = {0x81, 0x82, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x02, 0x88};
            const unsigned first = kFirst[below(i + 1 == count ? 9 : 8)];
            bytes += frame(first, long_text(below(first > 0x88 ? 126 : 1500)), "\xa1\x02\xfe\x77");
        }
        EXPECT_EQ(read_in_chops(bytes, 1), read_in_chops(bytes, 1 + below(1000)));
    }
}

TEST(Codec, CountsFragments) {
    std::string bytes = frame(0x01, "");
    for (int i = 0; i < 7; ++i) bytes += frame(0x00, "x");
    EXPECT_EQ(read_at_once(bytes), Transcript());
    EXPECT_EQ(read_at_once(bytes + frame(0x80, "x")),
              (Transcript{{"failed 1008"}, closing(1008, "too many fragments")}));
    EXPECT_EQ(read_at_once(frame(0x01, "a") + frame(0x80, "b") + bytes), (Transcript{{"t:ab"}, ""}));
}

TEST(Codec, TakesTheSameInputAgain) {
    Codec codec(executor(), kLimits);
    std::string bytes = frame(0x81, "one " + euro) + frame(0x82, long_text(700)) + frame(0x81, "three");
    const std::array<std::string, 3> expected{"one " + euro, long_text(700), "three"};
    for (int i = 0; i < 3; ++i) {
        Input input{bytes.data(), bytes.data() + bytes.size()};
        std::array<Frame, 8> frames;
        ASSERT_EQ(codec.take_whole(input, frames), 3u);
        for (std::size_t at = 0; at < 3; ++at) EXPECT_EQ(frames[at].payload, expected[at]);
        EXPECT_EQ(frames[0].begin, bytes.data());
        EXPECT_EQ(input.size(), 0u);
    }
}

TEST(Codec, KeepsAMessageUntilItIsReleased) {
    Codec codec(executor(), kLimits);
    std::string bytes = frame(0x01, "a") + frame(0x80, "b") + frame(0x81, "next");
    Input input{bytes.data(), bytes.data() + bytes.size()};
    std::array<Frame, 8> frames;
    std::string out;
    ASSERT_EQ(codec.take(input, out), Codec::Step::progress);
    ASSERT_EQ(codec.take(input, out), Codec::Step::message);
    EXPECT_EQ(codec.take_whole(input, frames), 0u);
    ASSERT_EQ(codec.take(input, out), Codec::Step::message);
    EXPECT_EQ(codec.message().payload, "ab");
    codec.release();
    ASSERT_EQ(codec.take_whole(input, frames), 1u);
    EXPECT_EQ(frames[0].payload, "next");
}

TEST(Codec, SkipsToTheClosingFrame) {
    const std::string bytes = frame(0x81, "late") + frame(0x02, long_text(3000)) + frame(0x89, "ping") +
                              frame(0x88, close_payload(1000, "bye")) + "rest";
    for (const std::size_t chop : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, bytes.size()}) {
        Codec codec(executor(), kLimits);
        std::string buffer;
        std::size_t at = 0;
        for (bool found = false; !found; at += chop) {
            ASSERT_LT(at, bytes.size());
            buffer += bytes.substr(at, chop);
            Input input{buffer.data(), buffer.data() + buffer.size()};
            found = codec.skip_to_close(input);
            buffer.erase(0, static_cast<std::size_t>(input.begin - buffer.data()));
        }
        EXPECT_GE(at, bytes.size() - 4);
    }
}

TEST(Codec, TakesPingsOutOfWhatWaits) {
    const std::string large = frame(0x02, long_text(700));
    const std::string close = frame(0x88, close_payload(1000));
    const std::vector<std::array<std::string, 4>> cases = {
        {"nothing", "", "", ""},
        {"a ping alone", frame(test::kPing, "p"), "", bare({0x8a, 1, 'p'})},
        {"a pong", frame(test::kPong, "p"), "", ""},
        {"pings around messages",
         frame(test::kPing, "1") + frame(0x81, "a") + frame(test::kPing, "2") + large + frame(test::kPing, "3"),
         frame(0x81, "a") + large, bare({0x8a, 1, '1', 0x8a, 1, '2', 0x8a, 1, '3'})},
        {"half a ping", frame(0x81, "a") + frame(test::kPing, "ping").substr(0, 8),
         frame(0x81, "a") + frame(test::kPing, "ping").substr(0, 8), ""},
        {"a ping behind half a message", large.substr(0, 300), large.substr(0, 300), ""},
        {"what is behind a close", close + frame(test::kPing, "p"), close + frame(test::kPing, "p"), ""},
        {"a ping that is not masked", bare({0x89, 0}) + frame(test::kPing, "p"),
         bare({0x89, 0}) + frame(test::kPing, "p"), ""},
        {"a ping in fragments", frame(0x09, "x") + frame(test::kPing, "p"), frame(0x09, "x"), bare({0x8a, 1, 'p'})},
    };
    for (const auto& [name, bytes, left, answer] : cases) {
        Codec codec(executor(), kLimits);
        std::string buffer = bytes;
        Input input{buffer.data(), buffer.data() + buffer.size()};
        std::string out;
        codec.take_pings(input, out);
        EXPECT_EQ(std::string(input.begin, input.end), left) << name;
        EXPECT_EQ(out, answer) << name;
    }
}

TEST(Codec, TakesPingsBehindTheRestOfAFrame) {
    Codec codec(executor(), kLimits);
    const std::string large = frame(0x82, long_text(2000));
    std::string first = large.substr(0, 1000);
    std::string rest = large.substr(1000) + frame(test::kPing, "p") + frame(0x81, "next");
    std::string out;
    Input input{first.data(), first.data() + first.size()};
    ASSERT_EQ(codec.take(input, out), Codec::Step::progress);
    input = {rest.data(), rest.data() + rest.size()};
    codec.take_pings(input, out);
    EXPECT_EQ(out, bare({0x8a, 1, 'p'}));
    ASSERT_EQ(codec.take(input, out), Codec::Step::message);
    EXPECT_EQ(codec.message().payload, long_text(2000));
}

TEST(Codec, Accepts) {
    Codec codec(executor(), kLimits);
    std::string out;
    codec.accept("dGhlIHNhbXBsZSBub25jZQ==", "chat", {{"X-One", "1"}, {"Set-Cookie", "a=b"}, {"Set-Cookie", "c=d"}},
                 out);
    EXPECT_EQ(out,
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nServer: millrace\r\n"
              "Sec-WebSocket-Protocol: chat\r\nX-One: 1\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n");
}

TEST(Codec, WritesFrames) {
    const auto written = [](bool is_text, std::size_t size) {
        std::string out;
        write_message(out, is_text, std::string(size, 'x'));
        EXPECT_TRUE(out.ends_with(std::string(size, 'x')));
        return out.substr(0, out.size() - size);
    };
    EXPECT_EQ(written(true, 0), bare({0x81, 0}));
    EXPECT_EQ(written(false, 125), bare({0x82, 125}));
    EXPECT_EQ(written(true, 126), bare({0x81, 126, 0, 126}));
    EXPECT_EQ(written(true, 65535), bare({0x81, 126, 0xff, 0xff}));
    EXPECT_EQ(written(true, 65536), bare({0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(Codec, WritesClose) {
    const auto written = [](std::uint32_t code, std::string_view text) {
        std::string out;
        write_close(out, code, text);
        return out;
    };
    for (const unsigned code : {1000u, 1001u, 1003u, 1007u, 1013u, 1014u, 3000u, 4999u})
        EXPECT_EQ(written(code, "why"), closing(code, "why"));
    for (const unsigned code : {0u, 1u, 999u, 1004u, 1005u, 1006u, 1015u, 2999u, 5000u, 65536u + 1000u})
        EXPECT_EQ(written(code, "why"), closing(1000, "why")) << code;
    EXPECT_EQ(written(1000, std::string(123, 'x')), closing(1000, std::string(123, 'x')));
    EXPECT_EQ(written(1000, std::string(124, 'x')), closing(1000, std::string(123, 'x')));
    EXPECT_EQ(written(1000, std::string(122, 'x') + euro), closing(1000, std::string(122, 'x')));
    EXPECT_EQ(written(1000, std::string(120, 'x') + euro + "y"), closing(1000, std::string(120, 'x') + euro));
    EXPECT_EQ(written(1000, "\xff"), closing(1000));
}

}  // namespace
}  // namespace millrace::websocket
