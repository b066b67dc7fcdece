#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Writing what the rest of this folder reads: header fields and bodies that every mail server takes. All that is
// written is US-ASCII but for addresses beyond it (RFC 6532), has lines that end with CR LF, and none that is longer
// than 998 octets. Texts are UTF-8; control characters in those of header fields become spaces.
namespace millrace::smtp::mime {

// `Name: text`, with encoded words (RFC 2047) where the text is not plain, folded at blanks. Of a text that is longer
// than 1,000 octets the rest is left out.
void write_text_field(std::string& out, std::string_view name, std::string_view text);

// `Name: value`, as it is: addresses, dates, tokens. REQUIRES: one line.
void write_field(std::string& out, std::string_view name, std::string_view value);

// A date and time (RFC 5322 §3.3), in UTC, from seconds since 1970-01-01.
std::string date_text(std::int64_t now_s);

// The text with CR LF at the ends of its lines, whatever they were, also of the last. As it is where every line is
// short and plain, else as quoted-printable (RFC 2045 §6.7), behind the field that says so and the empty line.
void write_text(std::string& out, std::string_view text);

// Bytes as base64 in lines of 76 (RFC 2045 §6.8), behind the field that says so and the empty line.
void write_bytes(std::string& out, std::string_view bytes);

// `; name="value"`, or as RFC 2231 has it where the value is not plain.
void write_parameter(std::string& out, std::string_view name, std::string_view value);

}  // namespace millrace::smtp::mime
