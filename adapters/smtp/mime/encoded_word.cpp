#include "adapters/smtp/mime/encoded_word.hpp"

#include <algorithm>

#include "adapters/common/utf8.hpp"
#include "adapters/smtp/mime/ascii.hpp"
#include "adapters/smtp/mime/content_reader.hpp"

namespace millrace::smtp::mime {
namespace {

constexpr std::size_t kCharsetBytesMax = 60;

// The `Q` encoding, RFC 2047 §4.2.
std::string decode_q(std::string_view text, bool& is_sound) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r' || c == '\n') continue;
        const int high = c == '=' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high << 4 | low);
            i += 2;
        } else {
            if (c == '=') is_sound = false;
            out += c == '_' ? ' ' : c;
        }
    }
    return out;
}

// Builds one line of text from literal pieces and encoded words.
class TextBuilder {
  public:
    TextBuilder(std::string& out, Charsets& charsets, TextFaults& faults)
        : out_(out), charsets_(charsets), faults_(faults), begin_(out.size()) {}

    void add(const EncodedWord& word) {
        if (!equals(word.charset, charset_)) flush();
        charset_ = word.charset;
        has_blank_ = has_blank_ && !is_after_word_;
        write_blank();
        is_after_word_ = true;
        bool is_sound = true;
        if (word.is_base64) {
            ContentReader reader(Encoding::base64, word.text);
            while (reader.read(octets_)) continue;
            is_sound = reader.is_sound();
        } else {
            octets_ += decode_q(word.text, is_sound);
        }
        if (!is_sound) faults_.has_bad_word = true;
    }

    void add_literal(std::string_view text) {
        flush();
        write_blank();
        is_after_word_ = false;
        if (is_utf8(text)) {
            out_ += text;
        } else {
            faults_.is_not_utf8 = true;
            out_ += as_utf8(text);
        }
    }

    void add_blank() { has_blank_ = true; }

    void flush() {
        if (octets_.empty()) return;
        const Charsets::Outcome outcome = charsets_.append(out_, charset_, octets_);
        if (outcome == Charsets::Outcome::unknown) faults_.has_unknown_charset = true;
        if (outcome == Charsets::Outcome::bad_text) faults_.has_bad_word = true;
        octets_.clear();
    }

  private:
    void write_blank() {
        if (has_blank_) {
            flush();
            if (out_.size() > begin_) out_ += ' ';
        }
        has_blank_ = false;
    }

    std::string& out_;
    Charsets& charsets_;
    TextFaults& faults_;
    std::size_t begin_;
    std::string octets_;  // Decoded, of the set charset_.
    std::string_view charset_;
    bool has_blank_ = false;  // A fold was met and is not written.
    bool is_after_word_ = false;
};

// Where a literal piece ends: at the end of the line, or where an encoded word may begin.
std::size_t literal_size(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size() && text[at] != '\n' && !(text[at] == '=' && at + 1 < text.size() && text[at + 1] == '?')) {
        ++at;
    }
    return at;
}

std::size_t blanks_before(std::string_view text, std::size_t end) {
    std::size_t size = 0;
    while (size < end && is_space(text[end - size - 1])) ++size;
    return size;
}

void append_words(std::string& out, std::string_view text, Charsets& charsets, TextFaults& faults) {
    TextBuilder builder(out, charsets, faults);
    EncodedWord word{};
    bool is_after_word = false;
    while (!text.empty()) {
        if (parse_encoded_word(text, word)) {
            builder.add(word);
            text.remove_prefix(word.size);
            is_after_word = true;
            continue;
        }
        if (text.starts_with("=?")) faults.has_bad_word = true;
        std::size_t size = text.starts_with("=?") ? 2 + literal_size(text.substr(2)) : literal_size(text);
        const std::size_t blanks = blanks_before(text, size);
        const bool is_fold = size < text.size() && text[size] == '\n';
        std::string_view literal = text.substr(0, size);
        if (is_fold || (is_after_word && blanks == size)) literal.remove_suffix(blanks);
        if (!literal.empty()) {
            builder.add_literal(literal);
            is_after_word = false;
        }
        if (is_fold || literal.size() < size) builder.add_blank();
        text.remove_prefix(size);
        while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    }
    builder.flush();
}

}  // namespace

bool parse_encoded_word(std::string_view text, EncodedWord& word) {
    if (!text.starts_with("=?")) return false;
    const std::size_t charset_end = text.substr(0, kCharsetBytesMax + 3).find('?', 2);
    if (charset_end == std::string_view::npos || charset_end == 2 || charset_end + 2 >= text.size()) return false;
    const char encoding = to_lower(text[charset_end + 1]);
    if ((encoding != 'b' && encoding != 'q') || text[charset_end + 2] != '?') return false;
    const std::size_t begin = charset_end + 3;
    const std::size_t end = text.find('?', begin);
    if (end == std::string_view::npos || end + 1 >= text.size() || text[end + 1] != '=') return false;
    const std::string_view charset = text.substr(2, charset_end - 2);
    word = {charset.substr(0, charset.find('*')), encoding == 'b', text.substr(begin, end - begin), end + 2};
    return true;
}

void append_text(std::string& out, std::string_view raw, Charsets& charsets, TextFaults& faults) {
    raw = trimmed(raw);
    const auto has = [raw](auto what) { return raw.find(what) != std::string_view::npos; };
    if (!has('\r') && !has('\n') && !has('\0') && !has("=?") && is_utf8(raw)) {
        out += raw;
        return;
    }
    const std::size_t begin = out.size();
    append_words(out, raw, charsets, faults);
    const auto is_break = [](char c) { return c == '\r' || c == '\n' || c == '\0'; };
    std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), is_break, ' ');
}

}  // namespace millrace::smtp::mime
