#include "gateway/admin/server.hpp"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace millrace::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::uint32_t kHeaderBytesMax = 8 << 10;
constexpr std::size_t kConnectionsMax = 16;
constexpr std::chrono::seconds kDeadline{5};
constexpr std::chrono::seconds kFarewell{1};
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

using Parser = http::request_parser<http::empty_body>;

std::optional<tcp::endpoint> parse_address(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (colon == address.npos) return std::nullopt;
    std::string host = address.substr(0, colon);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const char* const last = address.data() + address.size();
    const auto [end, failure] = std::from_chars(address.data() + colon + 1, last, port);
    boost::system::error_code error;
    const auto ip = asio::ip::make_address(host, error);
    if (error || failure != std::errc() || end != last) return std::nullopt;
    return tcp::endpoint(ip, port);
}

Page answer(const Pages& pages, const Parser::value_type& request) {
    const auto one = [&request](http::field field) {
        return request.count(field) == 1 ? std::string_view(request[field]) : std::string_view();
    };
    return pages.answer(
        {request.method_string(), request.target(), one(http::field::host), one(http::field::authorization)});
}

// What a request deserves that cannot be parsed; nothing where the peer has gone or is too slow.
std::optional<Page> refuse(const boost::system::error_code& error) {
    const boost::system::error_code parsing = http::error::bad_method;
    if (error.category() != parsing.category() || error == http::error::end_of_stream ||
        error == http::error::partial_message) {
        return std::nullopt;
    }
    const bool is_long = error == http::error::header_limit || error == http::error::buffer_overflow;
    return is_long ? Page{431, Page{}.type, "the header is longer than 8 KiB\n"}
                   : Page{400, Page{}.type, "this is no HTTP request\n"};
}

http::response<http::string_body> to_response(Page page, unsigned version, bool is_kept) {
    http::response<http::string_body> response(static_cast<http::status>(page.status), version);
    response.set(http::field::content_type, page.type);
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    if (page.status == 401) response.set(http::field::www_authenticate, "Bearer realm=\"millrace\"");
    if (page.status == 405) response.set(http::field::allow, "GET, HEAD");
    response.keep_alive(is_kept);
    response.body() = std::move(page.body);
    response.prepare_payload();
    return response;
}

}  // namespace

struct Server::Impl {
    asio::io_context io{1};
    tcp::acceptor acceptor{io};
    std::optional<Pages> pages;
    std::size_t connections = 0;
    std::thread thread;

    asio::awaitable<void> accept();
    asio::awaitable<void> serve(beast::tcp_stream stream);
    asio::awaitable<bool> exchange(beast::tcp_stream& stream, beast::flat_buffer& buffer);
};

asio::awaitable<void> Server::Impl::accept() {
    asio::steady_timer pause(io);
    for (;;) {
        auto [error, socket] = co_await acceptor.async_accept(kNoThrow);
        if (!error) {
            ++connections;
            asio::co_spawn(io, serve(beast::tcp_stream(std::move(socket))),
                           [this](std::exception_ptr) { --connections; });
        }
        for (bool wait = error.failed(); wait || connections == kConnectionsMax; wait = false) {
            pause.expires_after(kAcceptPause);
            co_await pause.async_wait(kNoThrow);
        }
    }
}

asio::awaitable<void> Server::Impl::serve(beast::tcp_stream stream) {
    beast::flat_buffer buffer(2 * kHeaderBytesMax);
    while (co_await exchange(stream, buffer)) {
    }
    // What the peer still sends is read, or it would lose the last answer to a reset.
    boost::system::error_code error;
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
    stream.expires_after(kFarewell);
    for (std::array<char, 1024> rest; !error;) {
        std::tie(error, std::ignore) = co_await stream.async_read_some(asio::buffer(rest), kNoThrow);
    }
}

// One request and its answer. Whether the connection goes on.
asio::awaitable<bool> Server::Impl::exchange(beast::tcp_stream& stream, beast::flat_buffer& buffer) {
    Parser parser;
    parser.header_limit(kHeaderBytesMax);
    stream.expires_after(kDeadline);
    auto [error, size] = co_await http::async_read_header(stream, buffer, parser, kNoThrow);
    std::optional<Page> page = error ? refuse(error) : answer(*pages, parser.get());
    if (!page) co_return false;
    const bool is_kept = !error && parser.is_done() && parser.keep_alive();
    const auto response = to_response(*std::move(page), error ? 11 : parser.get().version(), is_kept);
    http::response_serializer<http::string_body> serializer(response);
    if (parser.get().method() == http::verb::head) {
        serializer.split(true);
        std::tie(error, size) = co_await http::async_write_header(stream, serializer, kNoThrow);
    } else {
        std::tie(error, size) = co_await http::async_write(stream, serializer, kNoThrow);
    }
    co_return is_kept && !error;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::Server(Server&&) noexcept = default;

Server::~Server() {
    if (impl_) stop();
}

Result<Server> Server::listen(const std::string& address) {
    const auto endpoint = parse_address(address);
    if (!endpoint) return Error{"admin: '" + address + "' is no address"};
    auto impl = std::make_unique<Impl>();
    boost::system::error_code error;
    impl->acceptor.open(endpoint->protocol(), error);
    if (!error) impl->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) impl->acceptor.bind(*endpoint, error);
    if (!error) impl->acceptor.listen(kConnectionsMax, error);
    if (error) return Error{"admin: cannot listen on " + address + ": " + error.message()};
    return Server(std::move(impl));
}

std::string Server::address() const { return host() + ":" + std::to_string(impl_->acceptor.local_endpoint().port()); }

std::string Server::host() const {
    const auto ip = impl_->acceptor.local_endpoint().address();
    return ip.is_v6() ? "[" + ip.to_string() + "]" : ip.to_string();
}

Result<void> Server::start(Pages pages) {
    impl_->pages.emplace(std::move(pages));
    asio::co_spawn(impl_->io, impl_->accept(), asio::detached);
    try {
        impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
    } catch (const std::system_error& error) {
        return Error{std::string("admin: no thread: ") + error.what()};
    }
    return {};
}

void Server::stop() {
    impl_->io.stop();
    if (impl_->thread.joinable()) impl_->thread.join();
}

}  // namespace millrace::admin
