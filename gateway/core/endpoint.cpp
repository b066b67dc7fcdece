#include "gateway/core/endpoint.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstdint>
#include <string>

namespace millrace {
namespace {

bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

Endpoint endpoint_of(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == text.npos || !is_port(text.substr(colon + 1))) return Endpoint::wrong;
    const std::string host(text.substr(0, colon));
    in_addr four = {};
    if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
        return ntohl(four.s_addr) >> 24 == 127 ? Endpoint::loopback : Endpoint::elsewhere;
    }
    if (host.size() < 2 || host.front() != '[' || host.back() != ']') return Endpoint::wrong;
    in6_addr six = {};
    if (inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &six) != 1) return Endpoint::wrong;
    return IN6_IS_ADDR_LOOPBACK(&six) ? Endpoint::loopback : Endpoint::elsewhere;
}

}  // namespace millrace
