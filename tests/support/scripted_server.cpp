#include "tests/support/scripted_server.hpp"

#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <stdexcept>

namespace millrace::testing {
namespace {

constexpr timeval kDeadline{30, 0};

int bind_somewhere(std::uint16_t& port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no port is to be had");
    }
    port = ntohs(address.sin_port);
    return socket;
}

SSL_CTX* make_context(const Certificate& certificate) {
    SSL_CTX* context = ::SSL_CTX_new(TLS_server_method());
    BIO* bio = ::BIO_new_mem_buf(certificate.pem.data(), static_cast<int>(certificate.pem.size()));
    X509* leaf = ::PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    ::BIO_free(bio);
    bio = ::BIO_new_mem_buf(certificate.key_pem.data(), static_cast<int>(certificate.key_pem.size()));
    EVP_PKEY* key = ::PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    ::BIO_free(bio);
    ::SSL_CTX_use_certificate(context, leaf);
    ::SSL_CTX_use_PrivateKey(context, key);
    ::X509_free(leaf);
    ::EVP_PKEY_free(key);
    return context;
}

class Socket final : public ScriptedServer::Connection {
  public:
    explicit Socket(int socket) : socket_(socket) {
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kDeadline, sizeof kDeadline);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kDeadline, sizeof kDeadline);
    }

    ~Socket() override {
        if (ssl_ && ::SSL_is_init_finished(ssl_) && !is_reset_) ::SSL_shutdown(ssl_);
        if (ssl_) ::SSL_free(ssl_);
        if (context_) ::SSL_CTX_free(context_);
        ::close(socket_);
    }

    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t size = ssl_ ? ::SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                      : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (size <= 0) throw std::runtime_error("the peer has gone");
            bytes.remove_prefix(static_cast<std::size_t>(size));
        }
    }

    void start_tls(const Certificate& certificate) override {
        context_ = make_context(certificate);
        ssl_ = ::SSL_new(context_);
        ::SSL_set_fd(ssl_, socket_);
        if (::SSL_accept(ssl_) != 1) throw std::runtime_error("the peer does not agree");
    }

    void reset() override {
        const linger now{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        is_reset_ = true;
    }

  protected:
    std::string receive() override {
        char buffer[16384];
        const ssize_t size = ssl_ ? ::SSL_read(ssl_, buffer, sizeof buffer) : ::recv(socket_, buffer, sizeof buffer, 0);
        if (size <= 0) throw std::runtime_error("the peer has gone");
        return {buffer, static_cast<std::size_t>(size)};
    }

  private:
    const int socket_;
    bool is_reset_ = false;
    SSL_CTX* context_ = nullptr;
    SSL* ssl_ = nullptr;
};

}  // namespace

std::string ScriptedServer::Connection::read(std::size_t size) {
    while (received_.size() < size) received_ += receive();
    const std::string result = received_.substr(0, size);
    received_.erase(0, size);
    return result;
}

std::string ScriptedServer::Connection::read_until(std::string_view end) {
    while (received_.find(end) == std::string::npos) received_ += receive();
    return read(received_.find(end) + end.size());
}

std::string ScriptedServer::Connection::read_request() {
    const std::string head = read_until("\r\n\r\n");
    std::string lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    const std::size_t at = lower.find("\r\ncontent-length:");
    return at == std::string::npos ? head : head + read(std::stoul(head.substr(at + 17)));
}

void ScriptedServer::Connection::wait_for_end() {
    try {
        for (;;) receive();
    } catch (const std::runtime_error&) {
    }
}

ScriptedServer::ScriptedServer(Script script, const Certificate* certificate)
    : script_(std::move(script)), certificate_(certificate), listener_(bind_somewhere(port_)) {
    ::listen(listener_, 64);
    acceptor_ = std::thread(&ScriptedServer::run, this);
}

ScriptedServer::~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
        const std::lock_guard lock(mutex_);
        for (const int socket : open_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    ::close(listener_);
}

std::size_t ScriptedServer::connections() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

void ScriptedServer::run() {
    for (int accepted = 0; (accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
        const std::lock_guard lock(mutex_);
        open_.insert(accepted);
        threads_.emplace_back(&ScriptedServer::serve, this, accepted, count_++);
    }
}

void ScriptedServer::serve(int socket, std::size_t index) {
    sigset_t broken_pipe;  // OpenSSL writes to peers that have gone; a client's threads are to do without this.
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    {
        Socket connection(socket);
        connection.index = index;
        try {
            if (certificate_) connection.start_tls(*certificate_);
            script_(connection);
        } catch (const std::runtime_error&) {  // The peer has gone.
        }
        const std::lock_guard lock(mutex_);
        open_.erase(socket);
    }
    const std::lock_guard lock(mutex_);
    ++closed_count_;
    closed_.notify_all();
}

void ScriptedServer::wait_until_closed(std::size_t count) {
    std::unique_lock lock(mutex_);
    const auto is_closed = [&] { return closed_count_ >= count; };
    if (!closed_.wait_for(lock, std::chrono::seconds(kDeadline.tv_sec), is_closed)) {
        throw std::logic_error("no connection was closed within 30 s");
    }
}

ClosedPort::ClosedPort() : socket_(bind_somewhere(port_)) {}

ClosedPort::~ClosedPort() { ::close(socket_); }

}  // namespace millrace::testing
