#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "millrace/conformance.hpp"

namespace millrace::conformance {

Wire::~Wire() {
    if (socket_ >= 0) ::close(socket_);
}

void Wire::connect(std::uint16_t port) {
    if (socket_ >= 0) ::close(socket_);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int small = 16 * 1024, on = 1;  // so that a peer that does not read is soon full
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_at_end_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0;
}

void Wire::send(std::string_view bytes) {
    while (!bytes.empty()) {
        pollfd writable{socket_, POLLOUT, 0};
        if (::poll(&writable, 1, static_cast<int>(patience().count())) <= 0) return;
        const ssize_t size = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0 && errno != EAGAIN) return;
        if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

bool Wire::read(std::string& in, std::chrono::milliseconds time) {
    if (is_at_end_) return false;
    pollfd readable{socket_, POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(time.count())) <= 0) return false;
    char buffer[64 * 1024];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size > 0) in.append(buffer, static_cast<std::size_t>(size));
    is_at_end_ = size == 0 || (size < 0 && errno != EAGAIN);
    return size > 0;
}

void Wire::shut() { ::shutdown(socket_, SHUT_WR); }

void Wire::cut() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket_);
    socket_ = -1;
    is_at_end_ = true;
}

}  // namespace millrace::conformance
