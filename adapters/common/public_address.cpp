#include "adapters/common/public_address.hpp"

#include "adapters/common/networks.hpp"

namespace millrace {
namespace {

constexpr const char* kSpecial[] = {
    "0.0.0.0/8",        // This network.
    "10.0.0.0/8",       // Private (RFC 1918),
    "172.16.0.0/12",    // this too,
    "192.168.0.0/16",   // and this.
    "100.64.0.0/10",    // Shared by a carrier's customers (RFC 6598).
    "127.0.0.0/8",      // This host.
    "169.254.0.0/16",   // One link; clouds' metadata.
    "192.0.0.0/24",     // Protocols' own.
    "192.0.2.0/24",     // Documentation,
    "198.51.100.0/24",  // this too,
    "203.0.113.0/24",   // and this.
    "192.88.99.0/24",   // Relays of 6to4.
    "198.18.0.0/15",    // Measurements.
    "224.0.0.0/4",      // Groups.
    "240.0.0.0/4",      // Reserved; all of a link.
    "168.63.129.16",    // A cloud's.
    "2001::/23",        // Protocols' own; Teredo carries IPv4.
    "2001:db8::/32",    // Documentation,
    "3fff::/20",        // and this.
    "2002::/16",        // 6to4 carries IPv4.
};

Networks make_special() {
    Networks networks;
    for (const char* const text : kSpecial) networks.add(text);
    return networks;
}

// What IPv6 has of it is all in here; loopback, links, ULA and NAT64 are elsewhere.
Networks make_global() {
    Networks networks;
    networks.add("0.0.0.0/0");
    networks.add("2000::/3");
    return networks;
}

}  // namespace

bool is_public(const boost::asio::ip::address& address) {
    static const Networks special = make_special();
    static const Networks global = make_global();
    return global.contains(address) && !special.contains(address);
}

}  // namespace millrace
