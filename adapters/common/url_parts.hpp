#pragma once

#include <string>
#include <string_view>

// A URL of a server, split where its parts begin (RFC 3986 §3). Nothing is decoded, and nothing is made better: the
// parts, put together, are the text.
namespace millrace {

struct UrlParts {
    std::string_view scheme;     // `https`
    std::string_view user_info;  // `user:password`, without the `@`; empty where there is none.
    std::string_view host;       // With the brackets of an IPv6 address.
    std::string_view port;       // Without the colon. Empty where none is said.
    std::string_view path;       // From its `/` on. May be empty.
    std::string_view query;      // Behind the `?`.
    bool has_query = false;

    // Up to the path, with what stands before the host: `https://user:password@host:443`. `with_port` empty: none.
    std::string origin(std::string_view with_port) const;

    // 443 or 80, where the scheme is one of HTTP's.
    std::string_view default_port() const;
};

// Views of `url`, whose fragment is left out. Where it does not begin with a scheme and `//`, all of it is the path.
UrlParts split_url(std::string_view url);

}  // namespace millrace
