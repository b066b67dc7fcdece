#include "adapters/common/proxy_header.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace millrace {
namespace {

namespace ip = boost::asio::ip;
using Step = ProxyHeader::Step;
using Endpoint = ip::tcp::endpoint;

constexpr std::string_view kLineBegin = "PROXY ";
constexpr std::size_t kLineBytesMax = 107;  // with CRLF
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kHeadBytes = 16;
constexpr unsigned kLocal = 0x20;
constexpr unsigned kProxy = 0x21;
constexpr unsigned kTcp4 = 0x11;
constexpr unsigned kTcp6 = 0x21;

bool is_begin_of(std::string_view bytes, std::string_view whole) {
    const std::size_t size = std::min(bytes.size(), whole.size());
    return bytes.substr(0, size) == whole.substr(0, size);
}

ProxyHeader bad() { return {.step = Step::bad}; }

std::string_view take_word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

std::optional<ip::address> parse_address(std::string_view word, bool is_v6) {
    boost::system::error_code error;
    const ip::address address = ip::make_address(word, error);
    if (error || address.is_v6() != is_v6 || word.find('%') != word.npos) return std::nullopt;
    return address;
}

std::optional<std::uint16_t> parse_port(std::string_view word) {
    std::uint16_t port = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), port);
    const bool is_whole = error == std::errc() && stop == word.data() + word.size();
    if (!is_whole || (word.size() > 1 && word.front() == '0')) return std::nullopt;
    return port;
}

ProxyHeader parse_line(std::string_view bytes) {
    const std::size_t end = bytes.substr(0, kLineBytesMax).find("\r\n");
    if (end == bytes.npos) return bytes.size() < kLineBytesMax ? ProxyHeader{} : bad();
    ProxyHeader header{.step = Step::done, .bytes = end + 2, .version = 1};
    std::string_view line = bytes.substr(kLineBegin.size(), end - kLineBegin.size());
    const std::string_view family = take_word(line);
    if (family == "UNKNOWN") return header;
    if (family != "TCP4" && family != "TCP6") return bad();
    const bool is_v6 = family == "TCP6";
    const std::optional<ip::address> client = parse_address(take_word(line), is_v6);
    const std::optional<ip::address> server = parse_address(take_word(line), is_v6);
    const std::optional<std::uint16_t> client_port = parse_port(take_word(line));
    const std::optional<std::uint16_t> server_port = parse_port(take_word(line));
    if (!client || !server || !client_port || !server_port || !line.empty() || bytes[end - 1] == ' ') return bad();
    header.client = Endpoint(*client, *client_port);
    header.server = Endpoint(*server, *server_port);
    return header;
}

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

// Two addresses, then two ports.
template <class Address> void read_ends(std::string_view bytes, ProxyHeader& header) {
    typename Address::bytes_type client;
    typename Address::bytes_type server;
    std::memcpy(client.data(), bytes.data(), client.size());
    std::memcpy(server.data(), bytes.data() + client.size(), server.size());
    header.client = Endpoint(Address(client), number_at(bytes, 2 * client.size()));
    header.server = Endpoint(Address(server), number_at(bytes, 2 * client.size() + 2));
}

// What follows the ends, lists of type, length and value, is not read.
ProxyHeader parse_binary(std::string_view bytes) {
    if (bytes.size() < kHeadBytes) return {};
    const unsigned command = byte_at(bytes, 12);
    const unsigned family = byte_at(bytes, 13);
    const std::size_t size = number_at(bytes, 14);
    if ((command != kLocal && command != kProxy) || kHeadBytes + size > kProxyHeaderBytesMax) return bad();
    if (bytes.size() < kHeadBytes + size) return {};
    ProxyHeader header{.step = Step::done, .bytes = kHeadBytes + size, .version = 2};
    if (command == kLocal || (family != kTcp4 && family != kTcp6)) return header;
    const std::string_view ends = bytes.substr(kHeadBytes, size);
    if (size < (family == kTcp4 ? 12u : 36u)) return bad();
    if (family == kTcp4) {
        read_ends<ip::address_v4>(ends, header);
    } else {
        read_ends<ip::address_v6>(ends, header);
    }
    return header;
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) {
    if (is_begin_of(bytes, kSignature)) return parse_binary(bytes);
    if (!is_begin_of(bytes, kLineBegin)) return bad();
    return bytes.size() < kLineBegin.size() ? ProxyHeader{} : parse_line(bytes);
}

}  // namespace millrace
