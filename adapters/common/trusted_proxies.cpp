#include "adapters/common/trusted_proxies.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/common/header_list.hpp"
#include "adapters/common/listener.hpp"

namespace millrace {
namespace {

namespace ip = boost::asio::ip;
using Address = TrustedProxies::Address;
using Hops = std::vector<std::optional<Address>>;

Address unmapped(const Address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

std::optional<Address> parse_address(std::string_view text) {
    boost::system::error_code error;
    const Address address = ip::make_address(text, error);
    if (error || text.find('%') != std::string_view::npos) return std::nullopt;
    return unmapped(address);
}

std::vector<unsigned char> bytes_of(const Address& address) {
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

bool bit(const std::vector<unsigned char>& bytes, unsigned i) { return (bytes[i / 8] >> (7 - i % 8) & 1) != 0; }

// With a port or without; IPv6 in brackets where it has one.
std::optional<Address> parse_node(std::string_view text) {
    if (const std::optional<Endpoint> endpoint = parse_endpoint(text)) return unmapped(endpoint->address());
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
    return parse_address(text);
}

bool is_for(std::string_view name) {
    return name.size() == 3 && (name[0] | 0x20) == 'f' && (name[1] | 0x20) == 'o' && (name[2] | 0x20) == 'r';
}

std::optional<Address> node_of_forwarded(std::string_view element) {
    std::optional<Address> node;
    for (const std::string_view pair : split_list(element, ';')) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || !is_for(pair.substr(0, equals))) continue;
        if (node) return std::nullopt;
        node = parse_node(unquoted(pair.substr(equals + 1)));
        if (!node) return std::nullopt;
    }
    return node;
}

// What all headers of that name say, in the order of the hops. Nothing for a part that is no address.
Hops hops_in(TrustedProxies::Headers headers, std::string_view name, std::optional<Address> (&node)(std::string_view)) {
    Hops hops;
    for (const auto& [header, value] : headers) {
        if (header != name) continue;
        for (const std::string_view part : split_list(value, ',')) hops.push_back(node(part));
    }
    return hops;
}

}  // namespace

bool TrustedProxies::add(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::optional<Address> address = parse_address(text.substr(0, slash));
    if (!address) return false;
    const std::vector<unsigned char> bytes = bytes_of(*address);
    const auto bits_max = static_cast<unsigned>(bytes.size() * 8);
    unsigned bits = bits_max;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto [stop, status] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (status != std::errc() || stop != digits.data() + digits.size() || bits > bits_max) return false;
    }
    for (unsigned i = bits; i < bits_max; ++i) {
        if (bit(bytes, i)) return false;
    }
    networks_.push_back({*address, bits});
    return true;
}

bool TrustedProxies::trusts(const Address& address) const {
    if (networks_.empty()) return false;
    const Address plain = unmapped(address);
    const std::vector<unsigned char> bytes = bytes_of(plain);
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        if (network.address.is_v4() != plain.is_v4()) return false;
        const std::vector<unsigned char> first = bytes_of(network.address);
        for (unsigned i = 0; i < network.prefix_bits; ++i) {
            if (bit(bytes, i) != bit(first, i)) return false;
        }
        return true;
    });
}

TrustedProxies::Address TrustedProxies::client(const Address& peer, Headers headers) const {
    if (!trusts(peer)) return peer;
    const Hops listed = hops_in(headers, "x-forwarded-for", parse_node);
    const Hops forwarded = hops_in(headers, "forwarded", node_of_forwarded);
    if (listed.empty()) return walk(peer, forwarded);
    const Address client = walk(peer, listed);
    return forwarded.empty() || walk(peer, forwarded) == client ? client : peer;
}

TrustedProxies::Address TrustedProxies::walk(const Address& peer, std::span<const std::optional<Address>> hops) const {
    Address client = peer;
    for (std::size_t i = hops.size(); i-- > 0 && hops[i];) {
        client = *hops[i];
        if (!trusts(client)) break;
    }
    return client;
}

}  // namespace millrace
