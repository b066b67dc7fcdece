#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Addresses of the envelope, RFC 5321 §4.1.2 and §4.1.3, with those of RFC 6531 §3.3.
namespace millrace::smtp {

struct Mailbox {
    std::string raw;     // as it was sent, without the angle brackets and the source route; empty: <>
    std::string local;   // without quotes and the backslashes within them; its case is kept
    std::string domain;  // in lower case (ASCII); a literal with its brackets; empty for <> and a bare <Postmaster>
    bool is_literal = false;
    bool is_utf8 = false;  // has characters beyond ASCII

    bool is_null() const { return raw.empty(); }

    // With the local part quoted where it must be: one form for each mailbox.
    std::string address() const;
};

enum class PathKind {
    reverse,  // of MAIL: may be <>
    forward,  // of RCPT: may be <Postmaster>, in any case
};

// Takes a path from the front of `text`. A source route is read over. Returns false where there is none, where it has
// more than 254 octets before the @, 255 behind it or 512 in all, or control characters, also those of Unicode and its
// line separators. `text` is UTF-8.
bool take_path(std::string_view& text, PathKind kind, Mailbox& mailbox);

// "example.com" or "[192.0.2.1]", "[IPv6:2001:db8::1]".
bool is_domain(std::string_view text);
bool is_address_literal(std::string_view text);

}  // namespace millrace::smtp
