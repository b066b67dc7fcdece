#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string_view>
#include <vector>

// Networks of IP addresses, as people write them. IPv4 addresses that are mapped into IPv6 count as IPv4.
// Thread: any may ask, once all are added.
namespace millrace {

class Networks {
  public:
    using Address = boost::asio::ip::address;

    // "10.0.0.1", "10.0.0.0/8", "2001:db8::/32". Returns false, and adds nothing, where `text` is no such thing or has
    // bits behind its prefix.
    bool add(std::string_view text);

    bool contains(const Address& address) const;

  private:
    struct Network {
        Address address;
        unsigned prefix_bits;
    };

    std::vector<Network> networks_;
};

// Without brackets, port or zone. Mapped ones are IPv4.
std::optional<boost::asio::ip::address> parse_address(std::string_view text);
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

}  // namespace millrace
