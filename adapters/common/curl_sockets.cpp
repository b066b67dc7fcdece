#include "adapters/common/curl_sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>

namespace millrace {
namespace {

struct End {
    std::string ip;
    int port = -1;
};

End to_end(const sockaddr_storage& address) {
    char text[INET6_ADDRSTRLEN] = "";
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (address.ss_family == AF_INET) {
        std::memcpy(&v4, &address, sizeof v4);
        ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
        return {text, ntohs(v4.sin_port)};
    }
    std::memcpy(&v6, &address, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return {text, ntohs(v6.sin6_port)};
}

template <class Get> End end_of(int socket, Get get) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    return get(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 ? to_end(address) : End();
}

}  // namespace

int CurlSockets::open(int family, int type, int protocol) {
    const int socket = ::socket(family, type | SOCK_CLOEXEC, protocol);
    const std::lock_guard lock(mutex_);
    if (socket >= 0) users_[socket] = 0;
    return socket;
}

int CurlSockets::close(int socket) {
    const std::lock_guard lock(mutex_);
    users_.erase(socket);
    return ::close(socket);
}

int CurlSockets::find(const Ends& ends) {
    const std::lock_guard lock(mutex_);
    for (const auto& [socket, users] : users_) {
        const End local = end_of(socket, ::getsockname);
        if (local.port != ends.local_port || local.ip != ends.local_ip) continue;
        const End remote = end_of(socket, ::getpeername);
        if (remote.port == ends.remote_port && remote.ip == ends.remote_ip) return socket;
    }
    return -1;
}

void CurlSockets::enter(int socket) {
    const std::lock_guard lock(mutex_);
    if (const auto found = users_.find(socket); found != users_.end()) ++found->second;
}

void CurlSockets::leave(int socket) {
    const std::lock_guard lock(mutex_);
    if (const auto found = users_.find(socket); found != users_.end() && found->second > 0) --found->second;
}

bool CurlSockets::retire_if_ended(int socket) {
    const std::lock_guard lock(mutex_);
    const auto found = users_.find(socket);
    if (found == users_.end() || found->second > 0) return false;
    pollfd poll{socket, POLLIN, 0};
    if (::poll(&poll, 1, 0) <= 0) return false;
    char farewell[4096];
    while (::recv(socket, farewell, sizeof farewell, MSG_DONTWAIT) > 0) {
    }
    ::shutdown(socket, SHUT_RDWR);
    return true;
}

void CurlSockets::shut_down() {
    const std::lock_guard lock(mutex_);
    for (const auto& [socket, users] : users_) ::shutdown(socket, SHUT_RDWR);
}

}  // namespace millrace
