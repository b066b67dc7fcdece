#include "tests/support/raw_peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace millrace::testing {
namespace {

constexpr timeval kDeadline{30, 0};

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

RawPeer::RawPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kDeadline, sizeof kDeadline);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
}

RawPeer::~RawPeer() { ::close(socket_); }

void RawPeer::send(std::string_view bytes) const {
    if (::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) fail("send");
}

std::string RawPeer::receive(std::size_t size) {
    while (received_.size() < size) receive_more();
    const std::string result = received_.substr(0, size);
    received_.erase(0, size);
    return result;
}

std::string RawPeer::receive_until(std::string_view end) {
    while (received_.find(end) == std::string::npos) receive_more();
    return receive(received_.find(end) + end.size());
}

void RawPeer::receive_more() {
    char buffer[4096];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    if (size < 0) fail("receive");
    if (size == 0) throw std::runtime_error("the connection ended after: " + received_);
    received_.append(buffer, static_cast<std::size_t>(size));
}

std::string websocket_handshake(std::string_view path) {
    return "GET " + std::string(path) +
           " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\n\r\n";
}

std::uint16_t own_listening_port() {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        const int file = std::stoi(entry.path().filename());
        int listens = 0;
        socklen_t size = sizeof listens;
        if (::getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) continue;
        sockaddr_in address{};
        size = sizeof address;
        if (::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0 && address.sin_family == AF_INET)
            return ntohs(address.sin_port);
    }
    throw std::runtime_error("this process does not listen");
}

}  // namespace millrace::testing
