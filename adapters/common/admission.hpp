#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <mutex>
#include <unordered_map>

// How many connections an adapter has, in all and from each address, so that neither passes its limit. An IPv6 client
// owns a /64: all of it counts as one address. Thread-safe; touched when a connection comes and when it goes.
namespace millrace {

// What an address counts as: an IPv6 address as its /64, one that is mapped from IPv4 as that.
boost::asio::ip::address counted_as(const boost::asio::ip::address& address);

class Admission {
  public:
    enum class Verdict { admitted, too_many, too_many_of_address };

    Admission(std::size_t connections_max, std::size_t of_address_max)
        : connections_max_(connections_max), of_address_max_(of_address_max) {}

    // Each `admitted` is given back by one leave of the same address.
    Verdict enter(const boost::asio::ip::address& address);
    void leave(const boost::asio::ip::address& address);

    // For a connection that came through a proxy: it counts in all, and once it is known whose it is, as that
    // address's. identify returns false where that has too many; the connection is then still one of nobody.
    Verdict enter_unknown();
    bool identify(const boost::asio::ip::address& address);
    void leave_unknown();

  private:
    bool count(const boost::asio::ip::address& address);

    const std::size_t connections_max_;
    const std::size_t of_address_max_;
    std::mutex mutex_;
    std::size_t connections_ = 0;
    std::unordered_map<boost::asio::ip::address, std::size_t> of_address_;
};

}  // namespace millrace
