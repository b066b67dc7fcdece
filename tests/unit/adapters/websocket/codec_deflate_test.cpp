#include "adapters/websocket/deflate.hpp"
#include "tests/unit/adapters/websocket/codec_reader.hpp"

// The codec, of connections that have agreed on permessage-deflate.
namespace millrace::websocket {
namespace {

std::string compressed(std::string_view text) {
    Deflate deflate;
    return std::string(deflate.compress({15}, text).value());
}

std::vector<Case> compressed_cases() {
    const std::string text = long_text(500);
    const std::string payload = compressed(text);
    const std::string half = payload.substr(0, 9);
    const std::string bomb = compressed(std::string(100'001, 'x'));
    const auto failed = [](unsigned code, std::string_view words = {}) {
        return Transcript{{"failed " + std::to_string(code)}, closing(code, words)};
    };
    return {
        {"a text", frame(0xc1, payload), {{"t:" + text}, ""}},
        {"data, and then plain text", frame(0xc2, payload) + frame(0x81, "x"), {{"d:" + text, "t:x"}, ""}},
        {"fragments",
         frame(0x41, half) + frame(0x80, payload.substr(9)) + frame(0x81, "x"),
         {{"t:" + text, "t:x"}, ""}},
        {"fragments with a ping",
         frame(0x42, half) + frame(test::kPing, "p") + frame(0x80, payload.substr(9)),
         {{"d:" + text}, bare({0x8a, 1, 'p'})}},
        {"an empty last fragment", frame(0x41, payload) + frame(0x80, ""), {{"t:" + text}, ""}},
        {"empty", frame(0xc1, bare({0})), {{"t:"}, ""}},
        {"as large as may be",
         frame(0xc1, compressed(std::string(100'000, 'x'))),
         {{"t:" + std::string(100'000, 'x')}, ""}},
        {"too large", frame(0xc1, bomb), failed(1009, "the message is too large")},
        {"too large in fragments", frame(0x41, bomb.substr(0, 10)) + frame(0x80, bomb.substr(10)),
         failed(1009, "the message is too large")},
        {"no deflate", frame(0xc2, "\xff\xff\xff"), failed(1007, "the message cannot be inflated")},
        {"no UTF-8", frame(0xc1, compressed(std::string(100, '\xff'))), failed(1007, "the text is not UTF-8")},
        {"no UTF-8 in data",
         frame(0xc2, compressed(std::string(100, '\xff'))),
         {{"d:" + std::string(100, '\xff')}, ""}},
        {"the bit on a continuation", frame(0x41, half) + frame(0xc0, payload.substr(9)), failed(1002)},
        {"the bit on a ping", frame(0xc9, "x"), failed(1002)},
        {"the bit on a close", frame(0xc8, close_payload(1000)), failed(1002)},
        {"another bit", frame(0xa1, "x"), failed(1002)},
        {"two bits", frame(0xe1, payload), failed(1002)},
        {"not masked", bare({0xc1, 1, 0}), failed(1002)},
        {"a message within a message", frame(0x41, half) + frame(0xc1, payload), failed(1002)},
    };
}

TEST(CodecDeflate, InflatesWhatIsCompressed) {
    Deflate deflate;
    for (const Case& it : compressed_cases()) {
        SCOPED_TRACE(it.name);
        for (const std::size_t chop : {1u, 7u, 500u, 1024u}) {
            Reader reader(kLimits, &deflate);
            for (std::size_t i = 0; i < it.bytes.size(); i += chop)
                reader.read(std::string_view(it.bytes).substr(i, chop));
            EXPECT_EQ(reader.transcript, it.expected);
        }
    }
}

}  // namespace
}  // namespace millrace::websocket
