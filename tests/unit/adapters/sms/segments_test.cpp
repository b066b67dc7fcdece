#include "adapters/sms/segments.hpp"

#include <gtest/gtest.h>

namespace millrace::sms {
namespace {

std::string times(std::size_t count, std::string_view text) {
    std::string all;
    for (; count > 0; --count) all += text;
    return all;
}

TEST(Segments, Count) {
    const std::string digits = times(400, "1");
    const auto first = [&](std::size_t count) { return digits.substr(0, count); };
    const struct {
        std::string text;
        v1::Sms::Encoding encoding;
        std::uint32_t units;
        std::uint32_t count;
    } cases[] = {
        {"", v1::Sms::GSM7, 0, 1},
        {first(160), v1::Sms::GSM7, 160, 1},
        {first(161), v1::Sms::GSM7, 161, 2},
        {first(306), v1::Sms::GSM7, 306, 2},
        {first(307), v1::Sms::GSM7, 307, 3},
        {"{" + first(158), v1::Sms::GSM7, 160, 1},
        {"{" + first(159), v1::Sms::GSM7, 161, 2},
        {first(152) + "{" + first(152), v1::Sms::GSM7, 306, 3},  // The escape would be cut.
        {first(151) + "{" + first(153), v1::Sms::GSM7, 306, 2},
        {"😜" + first(68), v1::Sms::UCS2, 70, 1},
        {"😜" + first(69), v1::Sms::UCS2, 71, 2},
        {"🇮🇹" + first(66), v1::Sms::UCS2, 70, 1},
        {"🇮🇹" + first(67), v1::Sms::UCS2, 71, 2},
        {"🏳️‍🌈" + first(64), v1::Sms::UCS2, 70, 1},
        {"🏳️‍🌈" + first(65), v1::Sms::UCS2, 71, 2},
        {times(70, "Á"), v1::Sms::UCS2, 70, 1},
        {times(71, "Á"), v1::Sms::UCS2, 71, 2},
        {times(134, "Á"), v1::Sms::UCS2, 134, 2},
        {times(135, "Á"), v1::Sms::UCS2, 135, 3},
        {first(66) + "😜" + times(66, "ç"), v1::Sms::UCS2, 134, 3},
        {first(64) + "🇮🇹" + times(66, "ç"), v1::Sms::UCS2, 134, 3},
        {first(64) + "🇮🇹🇮🇹" + times(62, "ç"), v1::Sms::UCS2, 134, 3},
        {first(65) + "🇮🇹" + times(63, "ç"), v1::Sms::UCS2, 132, 2},
        {first(65) + "🇮🇹" + times(64, "ç"), v1::Sms::UCS2, 133, 3},  // The flag would be cut.
        {first(66) + "e\u0301" + times(66, "ç"), v1::Sms::UCS2, 134, 3},
        {times(100, "👨‍👩‍👧‍👦"), v1::Sms::UCS2, 1100, 17},
        {times(80, "\u0301"), v1::Sms::UCS2, 80, 1 + 1},
    };
    for (const auto& it : cases) {
        const Segments segments = count_segments(it.text);
        EXPECT_EQ(segments.encoding, it.encoding) << it.text;
        EXPECT_EQ(segments.units, it.units) << it.text;
        EXPECT_EQ(segments.count, it.count) << it.text;
    }
}

TEST(Segments, TheAlphabet) {
    const std::string one =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
        "¿abcdefghijklmnopqrstuvwxyzäöñüà";
    EXPECT_EQ(count_segments(one).encoding, v1::Sms::GSM7);
    EXPECT_EQ(count_segments(one).units, 127u);  // The escape is the 128th.
    const std::string two = "\f^{}\\[~]|€";
    EXPECT_EQ(count_segments(two).encoding, v1::Sms::GSM7);
    EXPECT_EQ(count_segments(two).units, 20u);
    for (const char* none :
         {"`", "\t", "\x1B", "\x7F", "ç", "á", "í", "ó", "ú", "Α", "’", "–", "µ", "ÿ", "\u00A0", "😜"})
        EXPECT_EQ(count_segments(none).encoding, v1::Sms::UCS2) << none;
}

}  // namespace
}  // namespace millrace::sms
