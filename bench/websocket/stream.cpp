#include "stream.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace millrace::bench {
namespace {

constexpr int kHandshakeDeadlineS = 10;
constexpr std::size_t kSizeMax = 1 << 20;  // of one call, which takes an int

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

SSL_CTX* context() {
    static SSL_CTX* const made = [] {
        SSL_CTX* context = ::SSL_CTX_new(TLS_client_method());
        ::SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        ::SSL_CTX_set_read_ahead(context, 1);
        return context;
    }();
    return made;
}

}  // namespace

void Stream::Free::operator()(ssl_st* tls) const { ::SSL_free(tls); }

Stream::Stream(const char* host, std::uint16_t port, bool is_tls) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) throw std::runtime_error("HOST must be an IPv4 address");
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) fail("socket");
    int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    timeval deadline{kHandshakeDeadlineS, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address)) fail("connect");
    if (!is_tls) return;
    tls_.reset(::SSL_new(context()));
    ::SSL_set_fd(tls_.get(), socket_);
    if (::SSL_connect(tls_.get()) != 1) throw std::runtime_error("the TLS handshake failed");
}

void Stream::stop_blocking() {
    if (fcntl(socket_, F_SETFL, O_NONBLOCK)) fail("fcntl");
}

void Stream::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

ssize_t Stream::read(char* into, std::size_t room) {
    if (!tls_) return ::read(socket_, into, room);
    return result(::SSL_read(tls_.get(), into, static_cast<int>(std::min(room, kSizeMax))));
}

ssize_t Stream::write(const char* from, std::size_t size) {
    if (!tls_) return ::write(socket_, from, size);
    return result(::SSL_write(tls_.get(), from, static_cast<int>(std::min(size, kSizeMax))));
}

ssize_t Stream::result(int size) const {
    if (size > 0) return size;
    const int reason = ::SSL_get_error(tls_.get(), size);
    ::ERR_clear_error();
    if (reason == SSL_ERROR_ZERO_RETURN) return 0;
    errno = reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? EAGAIN : EPROTO;
    return -1;
}

}  // namespace millrace::bench
