#include "adapters/smtp/mime/content_reader.hpp"

#include <gtest/gtest.h>

#include <random>

namespace millrace::smtp::mime {
namespace {

struct Case {
    std::string_view content;
    std::string_view bytes;
    bool is_sound = true;
};

TEST(ContentReader, reads_base64) {
    const Case cases[] = {
        {"", ""},
        {"QUJD", "ABC"},
        {"QUI=", "AB"},
        {"QQ==", "A"},
        {"QU\r\nJD\r\n \t", "ABC"},
        {"SGVsbG8=IHdvcmxk", "Hello world"},  // Two chunks that were padded apart.
        {"SGVsbG8=\r\nIHdvcmxk\r\nIQ==\r\n", "Hello world!"},
        {"QQ==QQ==QUJD", "AAABC"},
        {"====", ""},
        {"QUJD====", "ABC"},
        {"QUI", "AB", false},
        {"QQ", "A", false},
        {"QUJDQ", "ABC", false},
        {"Q=", "", false},
        {"Q*U-J.D", "ABC", false},
        {"QUJD\r\n--\r\nfooter?", "ABC~\x8A-z", false},
        {"+/+/", "\xFB\xFF\xBF"},
        {"\xFFQUJD", "ABC", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.content);
        const Content content = read_content(Encoding::base64, c.content, 1000);
        EXPECT_EQ(content.bytes, c.bytes);
        EXPECT_EQ(content.is_sound, c.is_sound);
    }
}

TEST(ContentReader, reads_quoted_printable) {
    const Case cases[] = {
        {"", ""},
        {"abc", "abc"},
        {"a=3Db=0D=0Ac", "a=b\r\nc"},
        {"=c3=A4", "\xC3\xA4"},
        {"soft=\r\nbreak", "softbreak"},
        {"soft= \t\r\nbreak=\nagain", "softbreakagain"},
        {"end=", "end"},
        {"end= ", "end"},
        {"blanks  \r\n \t\r\nare \t cut\t", "blanks\r\n\r\nare \t cut"},
        {"kept =20\r\n", "kept  \r\n"},
        {"a\nb\r\n", "a\nb\r\n"},
        {"a\rb", "a\rb"},
        {"=", ""},
        {"1 =2 =XY =4", "1 =2 =XY =4", false},
        {"==41", "=A", false},
        {"=\r", "=\r", false},
        {"=3", "=3", false},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.content);
        const Content content = read_content(Encoding::quoted_printable, c.content, 1000);
        EXPECT_EQ(content.bytes, c.bytes);
        EXPECT_EQ(content.is_sound, c.is_sound);
    }
}

TEST(ContentReader, leaves_everything_else_as_it_is) {
    EXPECT_EQ(read_content(Encoding::identity, "=41 \r\nQQ==", 1000).bytes, "=41 \r\nQQ==");
}

std::string encoded(Encoding encoding, const std::string& bytes) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    if (encoding == Encoding::base64) {
        for (std::size_t i = 0; i < bytes.size(); i += 3) {
            const auto octet = [&](std::size_t k) {
                return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0u;
            };
            const unsigned bits = octet(i) << 16 | octet(i + 1) << 8 | octet(i + 2);
            for (int k = 0; k < 4; ++k) {
                out += i + static_cast<std::size_t>(k) > bytes.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63];
            }
            if (i % 57 == 54) out += "\r\n";
        }
        return out;
    }
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        char text[4];
        std::snprintf(text, sizeof(text), "=%02X", static_cast<unsigned char>(bytes[i]));
        out += bytes[i] >= 'a' && bytes[i] <= 'z' ? std::string(1, bytes[i]) : text;
        if (i % 20 == 19) out += "=\r\n";
    }
    return out;
}

// Larger than a piece, so that pieces end everywhere.
TEST(ContentReader, reads_large_contents_in_pieces) {
    std::mt19937 random(7);
    std::string bytes(300'000, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 26);
    for (const Encoding encoding : {Encoding::base64, Encoding::quoted_printable}) {
        const std::string content = encoded(encoding, bytes);
        ContentReader reader(encoding, content);
        std::string whole;
        std::string piece;
        for (bool has_more = true; has_more;) {
            piece.clear();
            has_more = reader.read(piece);
            EXPECT_LE(piece.size(), ContentReader::kPieceBytes + 3);
            whole += piece;
        }
        EXPECT_TRUE(whole == bytes) << "encoding " << static_cast<int>(encoding);
        EXPECT_TRUE(reader.is_sound());
    }
    const std::string blanks = std::string(200'000, ' ') + "x" + std::string(200'000, '\t') + "\r\n";
    const Content content = read_content(Encoding::quoted_printable, blanks, 1'000'000);
    EXPECT_TRUE(content.bytes == std::string(200'000, ' ') + "x\r\n");
}

TEST(ContentReader, stops_where_there_is_enough) {
    const std::string content = encoded(Encoding::base64, std::string(300'000, 'x'));
    const std::size_t size = read_content(Encoding::base64, content, 1000).bytes.size();
    EXPECT_GE(size, 1000u);
    EXPECT_LE(size, ContentReader::kPieceBytes);
}

}  // namespace
}  // namespace millrace::smtp::mime
