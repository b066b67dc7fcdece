#include "tests/unit/adapters/smtp/dns_server.hpp"

#include <array>
#include <boost/asio/buffer.hpp>

namespace millrace::smtp {
namespace net = boost::asio;
namespace {

constexpr std::size_t kHeaderBytes = 12;

std::string number(unsigned value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}; }

}  // namespace

DnsServer::~DnsServer() {
    if (!thread_.joinable()) return;
    net::ip::udp::socket waker(context_, net::ip::udp::v4());
    waker.send_to(net::buffer("", 0), socket_.local_endpoint());
    thread_.join();
}

net::ip::udp::endpoint DnsServer::start() {
    socket_.open(net::ip::udp::v4());
    socket_.bind({net::ip::address_v4::loopback(), 0});
    thread_ = std::thread(&DnsServer::run, this);
    return socket_.local_endpoint();
}

std::string DnsServer::encoded(std::string_view name) {
    std::string bytes;
    while (!name.empty()) {
        const std::string_view label = name.substr(0, name.find('.'));
        bytes.append(1, static_cast<char>(label.size())).append(label);
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return bytes.append(1, '\0');
}

void DnsServer::run() {
    for (;;) {
        std::array<char, 512> bytes;
        net::ip::udp::endpoint from;
        const std::size_t size = socket_.receive_from(net::buffer(bytes), from);
        if (size < kHeaderBytes) return;
        const std::string reply = answer(std::string_view(bytes.data(), size));
        if (!reply.empty()) socket_.send_to(net::buffer(reply), from);
    }
}

std::string DnsServer::answer(std::string_view question) const {
    std::string name;
    std::size_t place = kHeaderBytes;
    while (question[place] != '\0') {
        const auto size = static_cast<std::size_t>(question[place]);
        name.append(name.empty() ? "" : ".").append(question.substr(place + 1, size));
        place += size + 1;
    }
    const std::string_view asked = question.substr(kHeaderBytes, place + 5 - kHeaderBytes);
    const auto failure = failures_.find(name);
    const auto known = records_.find(name);
    if (failure != failures_.end() && failure->second == kSilence) return {};
    const int code = failure != failures_.end() ? failure->second : known == records_.end() ? 3 : 0;
    const std::size_t count = known == records_.end() ? 0 : known->second.size();
    std::string reply(question.substr(0, 2));
    reply += '\x81';
    reply += static_cast<char>(0x80 | code);
    reply += number(1) + number(static_cast<unsigned>(count)) + number(0) + number(0);
    reply += asked;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& [type, data] = known->second[i];
        reply += "\xC0\x0C" + number(static_cast<unsigned>(type)) + number(1) + std::string(4, '\0');
        reply += number(static_cast<unsigned>(data.size())) + data;
    }
    return reply;
}

}  // namespace millrace::smtp
