// The peer: a plain asynchronous HTTP server, as one writes it from Beast's manual, with all that makes it fast without
// changing its shape: one thread and an io_context that knows it, the concrete executor in every type, TCP_NODELAY, one
// buffer a connection. It reads a request and its body, looks at neither, and answers 200. Usage: beast_http [PORT]
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <cstdio>
#include <cstdlib>

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = net::ip::tcp;
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<tcp, Executor>;
using Acceptor = net::basic_socket_acceptor<tcp, Executor>;
constexpr net::use_awaitable_t<Executor> kAwait;

net::awaitable<void, Executor> session(Socket socket) {
    try {
        socket.set_option(tcp::no_delay(true));
        for (beast::flat_buffer buffer;;) {
            http::request<http::string_body> request;
            co_await http::async_read(socket, buffer, request, kAwait);
            http::response<http::string_body> response(http::status::ok, request.version());
            response.set(http::field::content_type, "text/xml");
            response.keep_alive(request.keep_alive());
            response.body() = "<Response/>";
            response.prepare_payload();
            co_await http::async_write(socket, response, kAwait);
            if (!response.keep_alive()) co_return;
        }
    } catch (const boost::system::system_error& error) {
        if (error.code() != http::error::end_of_stream)
            std::fprintf(stderr, "session: %s\n", error.code().message().c_str());
    }
}

net::awaitable<void, Executor> accept(Acceptor acceptor) {
    for (;;) {
        auto socket = co_await acceptor.async_accept(kAwait);
        net::co_spawn(acceptor.get_executor(), session(std::move(socket)), net::detached);
    }
}

}  // namespace

int main(int argc, char** argv) {
    net::io_context io(1);
    const auto port = static_cast<net::ip::port_type>(argc > 1 ? std::atoi(argv[1]) : 0);
    net::co_spawn(io, accept(Acceptor(io, {net::ip::make_address("127.0.0.1"), port})), net::detached);
    io.run();
}
