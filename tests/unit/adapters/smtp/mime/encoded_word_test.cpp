#include "adapters/smtp/mime/encoded_word.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp::mime {
namespace {

struct Case {
    std::string_view raw;
    std::string_view text;
    std::string_view faults = "";  // 8: not UTF-8, w: a bad word, c: an unknown set.
};

TEST(EncodedWord, text_is_one_line_with_its_words_read) {
    const Case cases[] = {
        {"", ""},
        {"  plain text \t", "plain text"},
        {" a  b ", "a  b"},
        {" a\r\n b\r\n\t c ", "a b c"},
        {" a \r\n \r\n b", "a b"},
        {" a\n b", "a b"},
        {" a\rb", "a b"},
        {std::string_view("a\0b", 3), "a b"},
        // RFC 2047 §8.
        {"=?ISO-8859-1?Q?a?=", "a"},
        {"=?ISO-8859-1?Q?a?= b", "a b"},
        {"b =?ISO-8859-1?Q?a?=", "b a"},
        {"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
        {"=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"},
        {"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"},
        {"=?ISO-8859-1?Q?a_b?=", "a b"},
        {"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
        {"=?ISO-8859-1?Q?a?= x =?ISO-8859-1?Q?b?=", "a x b"},
        {"=?ISO-8859-1?Q?a?=\r\n x\r\n =?ISO-8859-1?Q?b?= y", "a x b y"},
        // What one library of Debian 12 makes `Hello` of.
        {"=?utf-8?B?SGVsbG8=?= =?utf-8?B?IHdvcmxk?=", "Hello world"},
        {"=?UTF-8?B?SGVsbG8=?=\r\n =?UTF-8?B?IHdvcmxk?=\r\n =?UTF-8?B?IQ==?=", "Hello world!"},
        // A character in two words, in two encodings.
        {"=?utf-8?B?w6TD?= =?utf-8?B?pA==?=", "ää"},
        {"=?utf-8?Q?=E2=82?= =?UTF-8?B?rA==?=", "€"},
        {"=?utf-8?Q?=E2?= =?utf-8?Q?=82?= =?utf-8?Q?=AC?=", "€"},
        {"=?utf-8?Q?=E2=82?= x", "\uFFFD\uFFFD x", "w"},
        {"=?iso-2022-jp?B?GyRCJDMbKEI=?= =?iso-2022-jp?B?GyRCJHMbKEI=?=", "こん"},
        // Lenient.
        {"x=?utf-8?q?y?=z", "xyz"},
        {"=?utf-8?q?a?==?utf-8?q?b?=", "ab"},
        {"=?utf-8*de?q?a=20b?=", "a b"},
        {"=?utf-8?q?a b?=", "a b"},
        {"=?utf-8?b?SGVs bG8=?=", "Hello"},
        {"=?utf-8?q?a=?=", "a=", "w"},
        {"=?utf-8?q?a=4?=", "a=4", "w"},
        {"=?utf-8?b?SGV*sbG8=?=", "Hello", "w"},
        {"=?utf-8?b?\?=", ""},
        {"=?iso-8859-1?q?\xE4?=", "ä", ""},
        {"=?utf-8?q?a=0D=0AEvil:_x?=", "a  Evil: x"},
        {"=?utf-8?q?=00?=x", " x"},
        // Unknown, none, not ended.
        {"=?x-none?q?=C3=A4?=", "ä", "c"},
        {"=?utf-8?x?a?=", "=?utf-8?x?a?=", "w"},
        {"=?utf-8?q?a", "=?utf-8?q?a", "w"},
        {"=?utf-8?q?a?", "=?utf-8?q?a?", "w"},
        {"=??q?a?=", "=??q?a?=", "w"},
        {"=?utf-8?q?a?b?=", "=?utf-8?q?a?b?=", "w"},
        {"=?", "=?", "w"},
        {"a =? b", "a =? b", "w"},
        {"=?=?utf-8?q?a?=", "=?a", "w"},
        {"2 = 2 ?", "2 = 2 ?"},
        // Without any encoding.
        {"Gr\xC3\xBC\xC3\x9F\x65", "Grüße"},
        {"Gr\xFC\xDF\x65", "Gr\uFFFD\uFFFD\x65", "8"},
        {"\xFC =?utf-8?q?a?=", "\uFFFD a", "8"},
    };
    Charsets charsets;
    for (const Case& c : cases) {
        SCOPED_TRACE(c.raw);
        TextFaults faults;
        std::string text = ">";
        append_text(text, c.raw, charsets, faults);
        EXPECT_EQ(text, ">" + std::string(c.text));
        std::string found = faults.is_not_utf8 ? "8" : "";
        if (faults.has_bad_word) found += 'w';
        if (faults.has_unknown_charset) found += 'c';
        EXPECT_EQ(found, c.faults);
    }
}

TEST(EncodedWord, a_charset_has_at_most_60_octets) {
    EncodedWord word{};
    EXPECT_TRUE(parse_encoded_word("=?" + std::string(60, 'x') + "?q?a?=", word));
    EXPECT_FALSE(parse_encoded_word("=?" + std::string(61, 'x') + "?q?a?=", word));
}

}  // namespace
}  // namespace millrace::smtp::mime
