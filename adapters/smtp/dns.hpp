#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>
#include <optional>
#include <string>
#include <vector>

// Questions to the DNS (RFC 1035, RFC 3596): to the servers of resolv.conf, read anew for each, and never to the
// system's files of hosts. Each call blocks for up to 3 s.
// Thread: any, several at a time.
namespace millrace::smtp {

class Dns {
  public:
    enum class Outcome {
        found,
        nothing,  // There is no such name, or nothing of this kind at it.
        failed,   // No server has answered, or none knows: it may do so later.
    };
    template <class T> struct Found {
        Outcome outcome = Outcome::failed;
        std::vector<T> all;
    };
    using Address = boost::asio::ip::address;

    Dns() = default;
    // Asks this server alone.
    explicit Dns(const boost::asio::ip::udp::endpoint& server) : server_(server) {}

    // Those that the address's owner gives it (PTR): any names. Without the dot at the end, in lower case; what cannot
    // be a host's is left out.
    Found<std::string> names_of(const Address& address) const;

    // Of one family, as the address is (A, AAAA).
    Found<Address> addresses_of(const std::string& name, const Address& like) const;

  private:
    struct Message;
    Outcome ask(const std::string& name, int type, Message& message) const;

    std::optional<boost::asio::ip::udp::endpoint> server_;
};

}  // namespace millrace::smtp
