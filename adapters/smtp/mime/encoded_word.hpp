#pragma once

#include <string>
#include <string_view>

#include "adapters/smtp/mime/charsets.hpp"

namespace millrace::smtp::mime {

// One encoded word (RFC 2047 §2): `=?charset?encoding?text?=`. Views of the text that it stands in.
struct EncodedWord {
    std::string_view charset;  // Without the language of RFC 2231 §5.
    bool is_base64;            // Else `Q`.
    std::string_view text;
    std::size_t size;  // Of the whole word.
};

// The encoded word at the beginning of `text`. Blanks and ends of lines within it are put up with; `?` is not.
bool parse_encoded_word(std::string_view text, EncodedWord& word);

// What was wrong with a text.
struct TextFaults {
    bool is_not_utf8 = false;   // Octets outside of encoded words.
    bool has_bad_word = false;  // An encoded word that is none, or whose text does not fit its character set.
    bool has_unknown_charset = false;
};

// Appends unstructured text of a header field in one line: ends of lines with the blanks around them are one space,
// there is nothing around the whole, encoded words are read wherever they stand. The blanks between two of them are not
// text, and a character may be split between two that follow each other in one character set, as some senders do.
void append_text(std::string& out, std::string_view raw, Charsets& charsets, TextFaults& faults);

}  // namespace millrace::smtp::mime
