#include "adapters/smtp/mime/charsets.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

using Outcome = Charsets::Outcome;

struct Case {
    std::string_view charset;
    std::string_view bytes;
    std::string_view text;
    Outcome outcome = Outcome::good;
};

TEST(Charsets, become_utf8) {
    const Case cases[] = {
        {"", "a\xC3\xA4", "aä"},
        {"utf-8", "\xE2\x82\xAC", "€"},
        {"UTF8", "\xF0\x9F\x98\x80", "😀"},
        {"US-ASCII", "plain", "plain"},
        {"us-ascii", "a\xC3\xA4", "aä"},
        {"us-ascii", "a\xE4z", "a\uFFFDz", Outcome::bad_text},
        {"utf-8", "\xC0\x80\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD", Outcome::bad_text},
        {"iso-8859-1", "Gr\xFC\xDF\x65 \x80", "Grüße €"},
        {"windows-1252", "\x93x\x94", "“x”"},
        {"windows-1252", "a\x81z", "a\uFFFDz", Outcome::bad_text},
        {" ISO-8859-15 ", "\xA4", "€"},
        {"iso-8859-8-i", "\xE0\xE1", "אב"},
        {"koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"},
        {"iso-2022-jp", "\x1B$B$3$s\x1B(B!", "こん!"},
        {"shift_jis", "\x82\xB1\x87\x40", "こ①"},
        {"euc-kr", "\xC7\xD1", "한"},
        {"ks_c_5601-1987", "\xC7\xD1\x8C\x63", "한똠"},
        {"gb2312", "\xD6\xD0\x81\x30\x81\x30", "中\u0080"},
        {"big5", "\xA4\xA4", "中"},
        {"utf-7", "a+AOQ-b", "aäb"},
        {"utf-16be", std::string_view("\x00\x41\xD8\x3D\xDE\x00", 6), "A😀"},
        {"shift_jis", "a\x82", "a\uFFFD", Outcome::bad_text},
        {"iso-2022-jp", "\xFF\xFE", "\uFFFD\uFFFD", Outcome::bad_text},
        {"x-unheard-of", "a\xC3\xA4", "aä", Outcome::unknown},
        {"utf-8//TRANSLIT", "a", "a", Outcome::unknown},
        {"../../tmp/x", "a\xFF", "a\uFFFD", Outcome::unknown},
        {std::string_view("utf-8\0x", 7), "a", "a", Outcome::unknown},
    };
    Charsets charsets;
    for (int round = 0; round < 2; ++round) {  // Nothing of one text is left for the next.
        for (const Case& c : cases) {
            SCOPED_TRACE(c.charset);
            std::string out = ">";
            EXPECT_EQ(charsets.append(out, c.charset, c.bytes), c.outcome);
            EXPECT_EQ(out, ">" + std::string(c.text));
        }
    }
}

TEST(Charsets, leave_out_a_character_that_is_cut) {
    const Case cases[] = {
        {"utf-8", "a\xE2\x82", "a"},
        {"utf-8", "a\xF0\x9F\x98", "a"},
        {"utf-8", "a\xE2\x82\xAC", "a€"},
        {"shift_jis", "a\x82", "a"},
        {"utf-16be", {"\0a\0", 3}, "a"},
        {"utf-8", "ab", "ab"},
        {"utf-8", "\x80", "\uFFFD", Outcome::bad_text},
        {"", "\xC3", ""},
    };
    Charsets charsets;
    for (const Case& c : cases) {
        std::string out;
        EXPECT_EQ(charsets.append(out, c.charset, c.bytes, true), c.outcome);
        EXPECT_EQ(out, c.text);
    }
}

// Of the table: a name that iconv does not know would be an unknown set.
TEST(Charsets, are_all_known_to_iconv) {
    const char* names[] = {"ansi_x3.4-1968",
                           "big5-hkscs",
                           "cp1250",
                           "cp1251",
                           "cp1252",
                           "cp1253",
                           "cp1254",
                           "cp1255",
                           "cp1256",
                           "cp1257",
                           "cp1258",
                           "cp437",
                           "cp850",
                           "cp852",
                           "cp866",
                           "cp874",
                           "cp932",
                           "cp936",
                           "cp949",
                           "cp950",
                           "euc-jp",
                           "gb18030",
                           "gb_2312-80",
                           "gbk",
                           "ibm437",
                           "ibm866",
                           "iso-2022-jp-1",
                           "iso-2022-jp-2",
                           "iso-2022-kr",
                           "iso-8859-10",
                           "iso-8859-11",
                           "iso-8859-13",
                           "iso-8859-14",
                           "iso-8859-16",
                           "iso-8859-2",
                           "iso-8859-3",
                           "iso-8859-4",
                           "iso-8859-5",
                           "iso-8859-6",
                           "iso-8859-6-e",
                           "iso-8859-7",
                           "iso-8859-8-e",
                           "iso-8859-9",
                           "iso8859-15",
                           "iso_8859-1",
                           "koi8-u",
                           "korean",
                           "latin1",
                           "mac",
                           "macintosh",
                           "ms_kanji",
                           "shift-jis",
                           "sjis",
                           "tis-620",
                           "unicode-1-1-utf-7",
                           "utf-16",
                           "utf-16le",
                           "viscii",
                           "windows-1250",
                           "windows-1258",
                           "windows-31j",
                           "windows-874",
                           "windows-949",
                           "x-mac-cyrillic",
                           "x-mac-roman",
                           "x-sjis"};
    Charsets charsets;
    for (const char* name : names) {
        std::string out;
        EXPECT_NE(charsets.append(out, name, ""), Outcome::unknown) << name;
    }
}

}  // namespace
}  // namespace millrace::smtp::mime
