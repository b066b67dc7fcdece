#pragma once

#include <boost/asio/ip/address.hpp>

namespace millrace {

// Whether an address is one of the public internet: somebody else's, reached the same from everywhere. Not those of
// this host, of private and shared networks, of one link, of documentation and tests, of groups, nor those that carry
// another address within (IANA's registries of special-purpose addresses, RFC 6890); and not 168.63.129.16, under which
// a cloud talks to its own machines. An IPv4 address that is mapped into IPv6 is judged as what it is.
bool is_public(const boost::asio::ip::address& address);

}  // namespace millrace
