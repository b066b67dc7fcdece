#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

#include "adapters/smtp/dns.hpp"
#include "millrace/v1/email.pb.h"

namespace millrace::smtp {

// What the DNS says of who a client is (`iprev`, RFC 8601 §2.7.3, §3).
struct ClientName {
    using Result = v1::Email::Authentication::Result;

    Result result = v1::Email::Authentication::TEMPERROR;
    std::string name;  // The one that leads back to the address; where none does, the first. Empty: none.
};

// Blocks as the DNS does. Of several names the first five are looked at.
ClientName client_name(const boost::asio::ip::address& address, const Dns& dns);

}  // namespace millrace::smtp
