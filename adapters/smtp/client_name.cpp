#include "adapters/smtp/client_name.hpp"

#include <algorithm>

namespace millrace::smtp {
namespace {

using Result = v1::Email::Authentication;

constexpr std::size_t kNamesMax = 5;

// As it is in the DNS.
Dns::Address plain(const Dns::Address& address) {
    const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
    if (!is_mapped) return address;
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
}

}  // namespace

ClientName client_name(const boost::asio::ip::address& address, const Dns& dns) {
    const Dns::Address own = plain(address);
    const Dns::Found<std::string> names = dns.names_of(own);
    if (names.outcome == Dns::Outcome::failed) return {Result::TEMPERROR, {}};
    if (names.outcome == Dns::Outcome::nothing) return {Result::PERMERROR, {}};
    bool is_sure = true;
    for (std::size_t i = 0; i < std::min(names.all.size(), kNamesMax); ++i) {
        const Dns::Found<Dns::Address> back = dns.addresses_of(names.all[i], own);
        if (std::ranges::find(back.all, own) != back.all.end()) return {Result::PASS, names.all[i]};
        is_sure = is_sure && back.outcome != Dns::Outcome::failed;
    }
    return {is_sure ? Result::FAIL : Result::TEMPERROR, names.all.front()};
}

}  // namespace millrace::smtp
