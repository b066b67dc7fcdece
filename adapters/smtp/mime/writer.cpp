#include "adapters/smtp/mime/writer.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <ctime>

#include "adapters/common/base64.hpp"
#include "adapters/smtp/mime/ascii.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::size_t kTextBytesMax = 1000;   // Of a header field.
constexpr std::size_t kFoldBytes = 76;        // Where a line of a header is folded, RFC 2047 §2.
constexpr std::size_t kWordBytesMax = 45;     // In an encoded word: 60 of base64, and 12 of what is around them.
constexpr std::size_t kPlainLineBytes = 900;  // RFC 5322 §2.1.1 has 998.
constexpr std::size_t kLineBytes = 76;        // RFC 2045 §6.7, §6.8.
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_plain(char c) { return c >= ' ' && c <= '~'; }

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The longest part of at most `bytes_max` octets that ends between two characters.
std::string_view take_characters(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    std::size_t size = bytes_max;
    while (size > 0 && is_continuation(text[size])) --size;
    return text.substr(0, size == 0 ? bytes_max : size);
}

std::string in_one_line(std::string_view text) {
    std::string line(take_characters(text, kTextBytesMax));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; }, ' ');
    return line;
}

// An `=?` would be read as the beginning of an encoded word, a word that is longer than a line cannot be folded, and
// blanks beside each other would be a line of their own where they are folded.
bool is_plain_text(std::string_view text) {
    std::size_t word_bytes = 0;
    for (const char c : text) {
        word_bytes = c == ' ' ? 0 : word_bytes + 1;
        if (!is_plain(c) || word_bytes > kFoldBytes) return false;
    }
    return text.find("=?") == std::string_view::npos && text.find("  ") == std::string_view::npos &&
           !text.starts_with(' ') && !text.ends_with(' ');
}

void write_folded(std::string& out, std::string_view text, std::size_t column) {
    while (!text.empty()) {
        const std::size_t size = std::min(text.find(' ', 1), text.size());
        if (column + size > kFoldBytes && text.front() == ' ') {
            out += "\r\n";
            column = 0;
        }
        out += text.substr(0, size);
        column += size;
        text.remove_prefix(size);
    }
}

void write_encoded_words(std::string& out, std::string_view text, std::size_t column) {
    for (bool is_first = true; !text.empty(); is_first = false) {
        const std::size_t room =
            is_first ? kWordBytesMax - std::min<std::size_t>((column + 3) / 4 * 3, 30) : kWordBytesMax;
        const std::string_view piece = take_characters(text, room);
        if (!is_first) out += "\r\n ";
        out += "=?utf-8?B?" + base64_encoded(piece) + "?=";
        text.remove_prefix(piece.size());
    }
}

void write_hex(std::string& out, char sign, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({sign, kHexDigits[byte >> 4], kHexDigits[byte & 15]});
}

// The next line, without its end: CR LF, LF or CR.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find_first_of("\r\n");
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos) {
        text = {};
    } else {
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    return line;
}

bool is_plain_body(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (line.size() > kPlainLineBytes || line.ends_with(' ') || line.ends_with('\t')) return false;
        if (!std::all_of(line.begin(), line.end(), [](char c) { return is_plain(c) || c == '\t'; })) return false;
    }
    return true;
}

void write_quoted_printable(std::string& out, std::string_view line) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const bool is_last = i + 1 == line.size();
        const bool is_blank = c == ' ' || c == '\t';
        const bool is_itself = (is_plain(c) && c != '=' && c != ' ') || (is_blank && !is_last);
        const std::size_t size = is_itself ? 1 : 3;
        if (column + size > kLineBytes - 1) {  // The soft break takes one.
            out += "=\r\n";
            column = 0;
        }
        if (is_itself)
            out += c;
        else
            write_hex(out, '=', c);
        column += size;
    }
}

}  // namespace

void write_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

void write_text_field(std::string& out, std::string_view name, std::string_view text) {
    const std::string line = in_one_line(text);
    out.append(name).append(": ");
    if (is_plain_text(line))
        write_folded(out, line, name.size() + 2);
    else
        write_encoded_words(out, line, name.size() + 2);
    out += "\r\n";
}

std::string date_text(std::int64_t now_s) {
    constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = now_s;
    std::tm at{};
    ::gmtime_r(&seconds, &at);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %d %s %d %02d:%02d:%02d +0000", kDays[at.tm_wday], at.tm_mday,
                  kMonths[at.tm_mon], at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
    return text.data();
}

void write_text(std::string& out, std::string_view text) {
    const bool is_as_it_is = is_plain_body(text);
    write_field(out, "Content-Transfer-Encoding", is_as_it_is ? "7bit" : "quoted-printable");
    out += "\r\n";
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        if (is_as_it_is)
            out += line;
        else
            write_quoted_printable(out, line);
        out += "\r\n";
    }
}

void write_bytes(std::string& out, std::string_view bytes) {
    constexpr std::size_t kLineOfBytes = kLineBytes / 4 * 3;
    write_field(out, "Content-Transfer-Encoding", "base64");
    out += "\r\n";
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kLineOfBytes))) {
        out += base64_encoded(bytes.substr(0, kLineOfBytes)) + "\r\n";
    }
}

void write_parameter(std::string& out, std::string_view name, std::string_view value) {
    const std::string line = in_one_line(value);
    const bool is_quotable =
        std::all_of(line.begin(), line.end(), [](char c) { return is_plain(c) && c != '"' && c != '\\'; });
    out.append(";\r\n ").append(name);
    if (is_quotable) {
        out.append("=\"").append(line).append("\"");
        return;
    }
    out += "*=utf-8''";
    for (const char c : line) {
        const char lower = to_lower(c);
        if (is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '.' || c == '-' || c == '_')
            out += c;
        else
            write_hex(out, '%', c);
    }
}

}  // namespace millrace::smtp::mime
