#include "adapters/common/trusted_proxies.hpp"

#include "adapters/common/header_list.hpp"
#include "adapters/common/listener.hpp"

namespace millrace {
namespace {

using Address = TrustedProxies::Address;
using Hops = std::vector<std::optional<Address>>;

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
