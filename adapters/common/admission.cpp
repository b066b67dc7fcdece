#include "adapters/common/admission.hpp"

#include <algorithm>

namespace millrace {

boost::asio::ip::address counted_as(const boost::asio::ip::address& address) {
    if (!address.is_v6()) return address;
    const boost::asio::ip::address_v6 v6 = address.to_v6();
    if (v6.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6);
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return boost::asio::ip::address_v6(bytes);
}

Admission::Verdict Admission::enter(const boost::asio::ip::address& address) {
    const std::lock_guard lock(mutex_);
    if (connections_ >= connections_max_) return Verdict::too_many;
    if (!count(address)) return Verdict::too_many_of_address;
    ++connections_;
    return Verdict::admitted;
}

Admission::Verdict Admission::enter_unknown() {
    const std::lock_guard lock(mutex_);
    if (connections_ >= connections_max_) return Verdict::too_many;
    ++connections_;
    return Verdict::admitted;
}

bool Admission::identify(const boost::asio::ip::address& address) {
    const std::lock_guard lock(mutex_);
    return count(address);
}

void Admission::leave_unknown() {
    const std::lock_guard lock(mutex_);
    --connections_;
}

bool Admission::count(const boost::asio::ip::address& address) {
    std::size_t& of_address = of_address_[counted_as(address)];
    if (of_address >= of_address_max_) return false;
    ++of_address;
    return true;
}

void Admission::leave(const boost::asio::ip::address& address) {
    const std::lock_guard lock(mutex_);
    --connections_;
    const auto found = of_address_.find(counted_as(address));
    if (--found->second == 0) of_address_.erase(found);
}

}  // namespace millrace
