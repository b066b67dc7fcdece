#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

// The PROXY protocol, versions 1 and 2: what a load balancer writes in front of a connection's own bytes to say
// whose it is. Without I/O. Only a balancer that the operator trusts may be asked for it; then it has to come first.
namespace millrace {

inline constexpr std::size_t kProxyHeaderBytesMax = 4096;

struct ProxyHeader {
    enum class Step {
        need_more,  // so far it is one; never with kProxyHeaderBytesMax
        done,
        bad,  // it is none, or says what cannot be
    };

    Step step = Step::need_more;
    std::size_t bytes = 0;  // after `done`: how long it is; the connection's bytes follow
    int version = 0;

    // The client, and what it connected to. Nothing where the balancer speaks for itself (LOCAL), or does not know
    // (UNKNOWN, another family than IPv4 and IPv6): the connection's own ends count.
    std::optional<boost::asio::ip::tcp::endpoint> client = {};
    std::optional<boost::asio::ip::tcp::endpoint> server = {};
};

// What the first bytes of a connection are, all that have come so far.
ProxyHeader parse_proxy_header(std::string_view bytes);

}  // namespace millrace
