// The peer: a plain asynchronous Beast echo server, as one writes it from Beast's manual, with all that makes it fast
// without changing its shape: one thread and an io_context that knows it, the concrete executor in every type,
// TCP_NODELAY, no fragments, no deflate, one buffer a connection; for TLS Beast's own stream, which joins what is
// written together. Usage: beast_echo [PORT [CERT KEY]]; prints its port.
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = net::ip::tcp;
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<tcp, Executor>;
using Acceptor = net::basic_socket_acceptor<tcp, Executor>;
constexpr net::use_awaitable_t<Executor> kAwait;

using Secure = beast::ssl_stream<Socket>;

template <class Stream> net::awaitable<void, Executor> echo(websocket::stream<Stream>& stream) {
    stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    stream.auto_fragment(false);
    co_await stream.async_accept(kAwait);
    for (beast::flat_buffer message;; message.clear()) {
        co_await stream.async_read(message, kAwait);
        stream.text(stream.got_text());
        co_await stream.async_write(message.cdata(), kAwait);
    }
}

net::awaitable<void, Executor> session(Socket socket, net::ssl::context* tls) {
    try {
        socket.set_option(tcp::no_delay(true));
        if (tls) {
            websocket::stream<Secure> stream(std::move(socket), *tls);
            co_await stream.next_layer().async_handshake(net::ssl::stream_base::server, kAwait);
            co_await echo(stream);
        } else {
            websocket::stream<Socket> stream(std::move(socket));
            co_await echo(stream);
        }
    } catch (const boost::system::system_error& error) {
        if (error.code() != websocket::error::closed)
            std::fprintf(stderr, "session: %s\n", error.code().message().c_str());
    }
}

net::awaitable<void, Executor> accept(Acceptor acceptor, net::ssl::context* tls) {
    for (;;) {
        auto socket = co_await acceptor.async_accept(kAwait);
        net::co_spawn(acceptor.get_executor(), session(std::move(socket), tls), net::detached);
    }
}

}  // namespace

int main(int argc, char** argv) {
    net::io_context io(1);
    auto port = static_cast<net::ip::port_type>(argc > 1 ? std::atoi(argv[1]) : 0);
    Acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), port});
    std::printf("%u\n", static_cast<unsigned>(acceptor.local_endpoint().port()));
    std::fflush(stdout);
    std::optional<net::ssl::context> tls;
    if (argc > 3) {
        tls.emplace(net::ssl::context::tls_server);
        tls->use_certificate_chain_file(argv[2]);
        tls->use_private_key_file(argv[3], net::ssl::context::pem);
    }
    net::co_spawn(io, accept(std::move(acceptor), tls ? &*tls : nullptr), net::detached);
    io.run();
}
