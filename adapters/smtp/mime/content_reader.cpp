#include "adapters/smtp/mime/content_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "adapters/smtp/mime/ascii.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> base64_digits() {
    std::array<std::uint8_t, 256> digits{};
    for (auto& digit : digits) digit = kNoDigit;
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
        digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return digits;
}

constexpr auto kDigits = base64_digits();

unsigned digit(char c) { return kDigits[static_cast<unsigned char>(c)]; }

// Decodes whole groups of four digits, as long as there are any. -> How many octets of `in` these are.
std::size_t decode_groups(std::string_view in, char*& to) {
    std::size_t at = 0;
    for (; at + 4 <= in.size(); at += 4) {
        const unsigned a = digit(in[at]), b = digit(in[at + 1]), c = digit(in[at + 2]), d = digit(in[at + 3]);
        if (((a | b | c | d) & 0x80) != 0) break;
        const unsigned bits = a << 18 | b << 12 | c << 6 | d;
        *to++ = static_cast<char>(bits >> 16);
        *to++ = static_cast<char>(bits >> 8);
        *to++ = static_cast<char>(bits);
    }
    return at;
}

}  // namespace

void ContentReader::end_chunk(char*& to) {
    if (digits_ == 1) is_sound_ = false;
    if (digits_ >= 2) *to++ = static_cast<char>(bits_ >> (digits_ == 2 ? 4 : 10));
    if (digits_ == 3) *to++ = static_cast<char>(bits_ >> 2);
    bits_ = digits_ = 0;
}

void ContentReader::take_base64(char*& to, char c) {
    if (c == '=') return end_chunk(to);
    if (is_space(c)) return;
    const unsigned value = digit(c);
    if (value == kNoDigit) {
        is_sound_ = false;
        return;
    }
    bits_ = bits_ << 6 | value;
    if (++digits_ < 4) return;
    for (const unsigned shift : {16u, 8u, 0u}) *to++ = static_cast<char>(bits_ >> shift);
    bits_ = digits_ = 0;
}

void ContentReader::read_base64(std::string& out) {
    std::string_view piece = rest_.substr(0, kPieceBytes);
    rest_.remove_prefix(piece.size());
    const std::size_t begin = out.size();
    out.resize(begin + piece.size() / 4 * 3 + 6);
    char* to = out.data() + begin;
    while (!piece.empty()) {
        if (digits_ == 0) piece.remove_prefix(decode_groups(piece, to));
        if (piece.empty()) break;
        take_base64(to, piece.front());
        piece.remove_prefix(1);
    }
    if (rest_.empty()) {
        if (digits_ > 0) is_sound_ = false;
        end_chunk(to);
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
}

void ContentReader::take_blanks(std::string& out, std::size_t room) {
    if (kept_blanks_ == 0) {
        const std::size_t size = std::min(rest_.find_first_not_of(" \t"), rest_.size());
        const std::string_view after = rest_.substr(size);
        if (after.empty() || after.starts_with('\n') || after.starts_with("\r\n")) return rest_.remove_prefix(size);
        kept_blanks_ = size;
    }
    const std::size_t size = std::min(kept_blanks_, room);
    out += rest_.substr(0, size);
    rest_.remove_prefix(size);
    kept_blanks_ -= size;
}

// Up to an `=` or the end of the line, but for blanks that may be the last of their line.
void ContentReader::take_text(std::string& out, std::size_t room) {
    const std::size_t end = std::min(rest_.size(), room);
    std::size_t size = 0;
    while (size < end && rest_[size] != '=' && rest_[size] != '\n') ++size;
    if (size == end || rest_[size] == '\n') {
        if (size < end && size > 0 && rest_[size - 1] == '\r') --size;
        while (size > 0 && is_blank(rest_[size - 1])) --size;
    }
    if (size == 0) size = rest_.starts_with("\r\n") ? 2 : 1;
    out += rest_.substr(0, size);
    rest_.remove_prefix(size);
}

// At an `=`.
void ContentReader::take_escape(std::string& out) {
    const int high = rest_.size() > 2 ? hex_digit(rest_[1]) : -1;
    const int low = rest_.size() > 2 ? hex_digit(rest_[2]) : -1;
    if (high >= 0 && low >= 0) {
        out += static_cast<char>(high << 4 | low);
        return rest_.remove_prefix(3);
    }
    std::string_view after = rest_.substr(1);
    after.remove_prefix(std::min(after.find_first_not_of(" \t"), after.size()));
    if (after.starts_with("\r\n")) after.remove_prefix(1);
    if (after.empty() || after.front() == '\n') {
        rest_ = after.substr(after.empty() ? 0 : 1);
        return;
    }
    is_sound_ = false;
    out += '=';
    rest_.remove_prefix(1);
}

void ContentReader::read_quoted_printable(std::string& out) {
    const std::size_t limit = out.size() + kPieceBytes;
    while (!rest_.empty() && out.size() < limit) {
        if (is_blank(rest_.front())) {
            take_blanks(out, limit - out.size());
        } else if (rest_.front() == '=') {
            take_escape(out);
        } else {
            take_text(out, limit - out.size());
        }
    }
}

bool ContentReader::read(std::string& out) {
    switch (encoding_) {
        case Encoding::base64:
            read_base64(out);
            break;
        case Encoding::quoted_printable:
            read_quoted_printable(out);
            break;
        case Encoding::identity:
            out += rest_.substr(0, kPieceBytes);
            rest_.remove_prefix(std::min(kPieceBytes, rest_.size()));
            break;
    }
    return !rest_.empty();
}

Content read_content(Encoding encoding, std::string_view content, std::size_t bytes_max) {
    ContentReader reader(encoding, content);
    Content result;
    bool has_more = !content.empty();
    while (has_more && result.bytes.size() < bytes_max) has_more = reader.read(result.bytes);
    result.is_sound = reader.is_sound();
    return result;
}

}  // namespace millrace::smtp::mime
