#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace {

// How addresses of servers of one protocol begin, and what they leave out.
struct UrlSchemes {
    std::string_view plain;  // Without `://`.
    std::string_view tls;
    std::string_view plain_port;
    std::string_view tls_port;
};

// Where a server is that an adapter connects to: `mqtt://HOST:PORT`, or with TLS `mqtts://HOST:PORT`.
struct ServerUrl {
    bool has_tls = false;
    std::string host{};  // A name or an address; of IPv6 without its brackets.
    std::string port{};  // The protocol's own where it was left out.

    // Nothing where it is none, or has what has no place in it, such as an account.
    static std::optional<ServerUrl> parse(std::string_view text, const UrlSchemes& schemes);

    // `host:port`, for people.
    std::string authority() const;
};

}  // namespace millrace
