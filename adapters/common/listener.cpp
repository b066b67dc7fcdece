#include "adapters/common/listener.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/v6_only.hpp>
#include <charconv>
#include <stdexcept>

namespace millrace {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr auto kRest = std::chrono::milliseconds(100);
constexpr auto kTroubleEvery = std::chrono::seconds(10);
constexpr int kBacklog = 4096;
constexpr int kReceiveBytes = 32 * 1024;  // the kernel doubles it, for what it needs itself

using ReceiveBuffer = net::socket_base::receive_buffer_size;
using BufferLock = net::detail::socket_option::integer<SOL_SOCKET, SO_BUF_LOCK>;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

std::string cannot_listen(const Endpoint& endpoint, const error_code& error) {
    return "cannot listen on " + to_text(endpoint) + ": " + error.message();
}

// A socket that asks for the address alone is refused as long as anyone listens there.
void require_free(net::io_context& io, const Endpoint& endpoint) {
    if (endpoint.port() == 0) return;
    net::basic_socket_acceptor<net::ip::tcp, Executor> alone(io, endpoint.protocol());
    alone.set_option(net::socket_base::reuse_address(true));
    if (endpoint.protocol() == net::ip::tcp::v6()) alone.set_option(net::ip::v6_only(true));
    alone.bind(endpoint);
}

// A buffer whose size is set does not grow any more, until the lock is off; a kernel without locks keeps its own size.
void begin_small(net::basic_socket_acceptor<net::ip::tcp, Executor>& acceptor) {
    ReceiveBuffer now;
    error_code error;
    acceptor.get_option(now, error);
    if (error || now.value() <= kReceiveBytes) return;
    acceptor.set_option(BufferLock(0), error);
    if (error) return;
    acceptor.set_option(ReceiveBuffer(kReceiveBytes), error);
    acceptor.set_option(BufferLock(0), error);
}

}  // namespace

std::optional<Endpoint> parse_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port_text = text.substr(colon + 1);

    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    error_code error;
    const net::ip::address address = net::ip::make_address(host, error);
    if (error || address.is_v6() != bracketed) return std::nullopt;

    std::uint16_t port = 0;
    const char* end = port_text.data() + port_text.size();
    const auto [stop, status] = std::from_chars(port_text.data(), end, port);
    if (status != std::errc() || stop != end) return std::nullopt;
    return Endpoint(address, port);
}

std::string to_text(const Endpoint& endpoint) {
    const std::string host = endpoint.address().to_string();
    return (endpoint.address().is_v6() ? "[" + host + "]:" : host + ":") + std::to_string(endpoint.port());
}

Listener::Listener(net::io_context& io, const Endpoint& endpoint, bool shared) : acceptor_(io), timer_(io) {
    try {
        if (!shared) require_free(io, endpoint);
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(net::socket_base::reuse_address(true));
        acceptor_.set_option(ReusePort(true));
        if (endpoint.protocol() == net::ip::tcp::v6()) acceptor_.set_option(net::ip::v6_only(true));
        acceptor_.bind(endpoint);
        endpoint_ = acceptor_.local_endpoint();
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(cannot_listen(endpoint, error.code()));
    }
}

Listener::Listener(net::io_context& io, int socket) : acceptor_(io), timer_(io) {
    sockaddr address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, &address, &size);
    const auto protocol = address.sa_family == AF_INET6 ? net::ip::tcp::v6() : net::ip::tcp::v4();
    error_code error;
    acceptor_.assign(protocol, socket, error);
    if (!error) endpoint_ = acceptor_.local_endpoint(error);
    if (error) throw std::runtime_error("cannot take over a listener: " + error.message());
}

void Listener::listen() {
    begin_small(acceptor_);
    error_code error;
    acceptor_.listen(kBacklog, error);
    if (error) throw std::runtime_error(cannot_listen(endpoint_, error));
}

void Listener::start(OnAccept on_accept, OnTrouble on_trouble) {
    on_accept_ = std::move(on_accept);
    on_trouble_ = std::move(on_trouble);
    accept();
}

// Others may have the socket too, so that its end is not that of what waits for it: it is taken out of there first.
void Listener::close() {
    timer_.cancel();
    if (!acceptor_.is_open()) return;
    error_code ignored;
    ::close(acceptor_.release(ignored));
}

void Listener::accept() {
    acceptor_.async_accept(peer_,
                           [this](const error_code& error, Socket socket) { on_accepted(error, std::move(socket)); });
}

void Listener::on_accepted(const error_code& error, Socket socket) {
    if (error == net::error::operation_aborted || !acceptor_.is_open()) return;
    if (!error) on_accept_(std::move(socket), peer_);
    if (error && error != net::error::connection_aborted) return rest(error);
    accept();
}

void Listener::rest(const error_code& error) {
    const auto now = std::chrono::steady_clock::now();
    if (trouble_told_at_.time_since_epoch().count() == 0 || now - trouble_told_at_ >= kTroubleEvery) {
        trouble_told_at_ = now;
        on_trouble_("cannot take connections on " + to_text(endpoint_) + ": " + error.message() + "; trying again");
    }
    timer_.expires_after(kRest);
    timer_.async_wait([this](const error_code& cancelled) {
        if (!cancelled && acceptor_.is_open()) accept();
    });
}

}  // namespace millrace
