#include "adapters/smtp/mailbox.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "adapters/smtp/ascii.hpp"

namespace millrace::smtp {
namespace {

constexpr std::size_t kLocalBytesMax = 254;
constexpr std::size_t kDomainBytesMax = 255;
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kPathBytesMax = 512;

constexpr bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// atext of RFC 5322 §3.2.3, and UTF8-non-ascii.
constexpr std::array<bool, 256> kAtext = [] {
    std::array<bool, 256> table{};
    for (std::size_t i = 0; i < 256; ++i) {
        const char c = static_cast<char>(i);
        table[i] = is_letter_or_digit(c) || is_beyond_ascii(c) ||
                   std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
    }
    return table;
}();

constexpr bool is_atext(char c) { return kAtext[static_cast<unsigned char>(c)]; }

// U+0080 to U+009F, U+2028, U+2029.
bool has_unicode_control(std::string_view text) {
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[i + at]); };
        if (byte(0) == 0xC2 && byte(1) < 0xA0) return true;
        if (byte(0) == 0xE2 && byte(1) == 0x80 && i + 2 < text.size() && (byte(2) | 1) == 0xA9) return true;
    }
    return false;
}

// An underscore is in no host's name, but in some that send mail.
bool is_label(std::string_view label) {
    if (label.empty() || (label.size() > kLabelBytesMax && is_ascii(label))) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    return std::all_of(label.begin(), label.end(),
                       [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || is_beyond_ascii(c); });
}

bool is_dot_string(std::string_view local) {
    bool is_after_dot = true;
    for (const char c : local) {
        if (c == '.' ? is_after_dot : !is_atext(c)) return false;
        is_after_dot = c == '.';
    }
    return !is_after_dot;
}

// The bytes up to `end`, exclusive, taken from the front.
std::string_view take(std::string_view& text, std::size_t end) {
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(taken.size());
    return taken;
}

// Quoted-string of §4.1.2, the quotes included.
bool take_quoted(std::string_view& text, std::string& local) {
    std::size_t i = 1;
    for (; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && ++i == text.size()) return false;
        if (is_control(text[i])) return false;
        local += text[i];
    }
    if (i >= text.size()) return false;
    text.remove_prefix(i + 1);
    return true;
}

bool take_local(std::string_view& text, std::string& local) {
    if (text.starts_with('"')) return take_quoted(text, local);
    std::size_t end = 0;
    while (end < text.size() && (is_atext(text[end]) || text[end] == '.')) ++end;
    local = take(text, end);
    return is_dot_string(local);
}

bool take_domain(std::string_view& text, Mailbox& mailbox) {
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == text.npos) return false;
        mailbox.is_literal = true;
        mailbox.domain = take(text, end + 1);
        return is_address_literal(mailbox.domain);
    }
    mailbox.domain = take(text, text.find_first_of(">,:"));
    std::transform(mailbox.domain.begin(), mailbox.domain.end(), mailbox.domain.begin(), to_lower);
    return is_domain(mailbox.domain);
}

// "@a,@b:" of §4.1.2, which is to be accepted and ignored (Appendix C).
bool take_source_route(std::string_view& text) {
    while (text.starts_with('@')) {
        text.remove_prefix(1);
        Mailbox hop;
        if (!take_domain(text, hop) || text.empty()) return false;
        const char separator = text.front();
        text.remove_prefix(1);
        if (separator == ':') return true;
        if (separator != ',' || !text.starts_with('@')) return false;
    }
    return true;
}

bool take_mailbox(std::string_view& text, PathKind kind, Mailbox& mailbox) {
    const std::string_view begin = text;
    if (!take_local(text, mailbox.local) || mailbox.local.size() > kLocalBytesMax) return false;
    const bool is_bare = text.starts_with('>');
    if (is_bare) {
        if (kind != PathKind::forward || !is_word(mailbox.local, "POSTMASTER")) return false;
    } else {
        if (!text.starts_with('@')) return false;
        text.remove_prefix(1);
        if (!take_domain(text, mailbox)) return false;
    }
    mailbox.raw = begin.substr(0, begin.size() - text.size());
    return true;
}

}  // namespace

bool is_domain(std::string_view text) {
    if (text.size() > kDomainBytesMax) return false;
    for (;;) {
        const std::size_t dot = std::min(text.find('.'), text.size());
        if (!is_label(text.substr(0, dot))) return false;
        if (dot == text.size()) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_address_literal(std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
    text = text.substr(1, text.size() - 2);
    const bool is_v6 = starts_with_word(text, "IPV6:");
    if (is_v6) text.remove_prefix(5);
    std::array<unsigned char, 16> address;
    return inet_pton(is_v6 ? AF_INET6 : AF_INET, std::string(text).c_str(), address.data()) == 1 &&
           text.find('\0') == text.npos;
}

bool take_path(std::string_view& text, PathKind kind, Mailbox& mailbox) {
    const std::string_view begin = text;
    mailbox = {};
    if (!text.starts_with('<')) return false;
    text.remove_prefix(1);
    if (!(kind == PathKind::reverse && text.starts_with('>'))) {
        if (!take_source_route(text) || !take_mailbox(text, kind, mailbox) || !text.starts_with('>')) return false;
    }
    text.remove_prefix(1);
    mailbox.is_utf8 = !is_ascii(mailbox.raw);
    return begin.size() - text.size() <= kPathBytesMax && !(mailbox.is_utf8 && has_unicode_control(mailbox.raw));
}

std::string Mailbox::address() const {
    if (is_null()) return {};
    std::string result;
    if (is_dot_string(local)) {
        result = local;
    } else {
        result += '"';
        for (const char c : local) {
            if (c == '"' || c == '\\') result += '\\';
            result += c;
        }
        result += '"';
    }
    if (!domain.empty()) result.append("@").append(domain);
    return result;
}

}  // namespace millrace::smtp
