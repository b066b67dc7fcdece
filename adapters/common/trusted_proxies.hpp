#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "adapters/common/networks.hpp"

// Who is at the other end of an HTTP request that came through reverse proxies: the proxies that the operator trusts
// say so in X-Forwarded-For, or in Forwarded (RFC 7239); what anyone else says there is ignored. Any thread may ask,
// once all are added.
namespace millrace {

class TrustedProxies {
  public:
    using Address = Networks::Address;
    using Headers = std::span<const std::pair<std::string, std::string>>;  // names in lower case

    // See Networks.
    bool add(std::string_view text) { return networks_.add(text); }
    bool trusts(const Address& address) const { return networks_.contains(address); }

    // The client of a request that came from `peer`: the rightmost address in the headers that is not trusted. A part
    // that is no address ends the search, as what is left of it is anyone's word. Where the two headers name different
    // clients neither is believed, as one of them may come from the client.
    Address client(const Address& peer, Headers headers) const;

  private:
    Address walk(const Address& peer, std::span<const std::optional<Address>> hops) const;

    Networks networks_;
};

}  // namespace millrace
