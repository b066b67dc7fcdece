#include "adapters/common/networks.hpp"

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

using Address = Networks::Address;

std::vector<unsigned char> bytes_of(const Address& address) {
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return {bytes.begin(), bytes.end()};
    }
    const auto bytes = address.to_v6().to_bytes();
    return {bytes.begin(), bytes.end()};
}

bool bit(const std::vector<unsigned char>& bytes, unsigned i) { return (bytes[i / 8] >> (7 - i % 8) & 1) != 0; }

}  // namespace

Address unmapped(const Address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
}

std::optional<Address> parse_address(std::string_view text) {
    boost::system::error_code error;
    const Address address = boost::asio::ip::make_address(text, error);
    if (error || text.find('%') != std::string_view::npos) return std::nullopt;
    return unmapped(address);
}

bool Networks::add(std::string_view text) {
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

bool Networks::contains(const Address& address) const {
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

}  // namespace millrace
