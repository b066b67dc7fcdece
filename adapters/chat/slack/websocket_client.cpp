#include "adapters/chat/slack/websocket_client.hpp"

#include <algorithm>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::chat::slack {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using error_code = boost::system::error_code;

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kWaitingMax = 10'000;  // Texts that wait to leave; a server that reads nothing is given up.

// A socket, with TLS or without, as Beast wants one. What both sides say to agree on TLS goes by agree().
class Transport {
  public:
    using executor_type = Executor;

    explicit Transport(const Executor& executor) : socket_(executor) {}

    executor_type get_executor() { return socket_.get_executor(); }
    Socket& socket() { return socket_; }

    // -> on_agreed(error, why).
    template <class OnAgreed> void agree(const TlsContext& context, const std::string& host, OnAgreed on_agreed) {
        tls_.emplace(context, host);
        cipher_.resize(kReadBytes);
        plain_.resize(kReadBytes + TlsSession::kSlackBytes);
        go_on(std::move(on_agreed));
    }

    template <class Buffers, class Token> auto async_read_some(const Buffers& into, Token&& token) {
        return net::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& buffers) { this->read(std::move(handler), buffers); }, token, into);
    }

    template <class Buffers, class Token> auto async_write_some(const Buffers& from, Token&& token) {
        return net::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& buffers) { this->write(std::move(handler), buffers); }, token, from);
    }

    void close() {
        error_code ignored;
        socket_.shutdown(Socket::shutdown_both, ignored);
        socket_.close(ignored);
    }

    friend void beast_close_socket(Transport& it) { it.close(); }
    template <class Handler> friend void async_teardown(beast::role_type, Transport& it, Handler&& handler) {
        it.close();
        net::post(it.get_executor(), [handler = std::forward<Handler>(handler)]() mutable { handler(error_code()); });
    }

  private:
    template <class OnAgreed> void go_on(OnAgreed on_agreed) {
        net::async_write(socket_, net::buffer(leaving()),
                         [this, on_agreed = std::move(on_agreed)](const error_code& error, std::size_t) mutable {
                             if (error) return on_agreed(error, error.message());
                             if (tls_->is_established()) return on_agreed(error, std::string());
                             hear(std::move(on_agreed));
                         });
    }

    template <class OnAgreed> void hear(OnAgreed on_agreed) {
        socket_.async_read_some(net::buffer(cipher_), [this, on_agreed = std::move(on_agreed)](
                                                          const error_code& error, std::size_t size) mutable {
            if (error) return on_agreed(error, error.message());
            if (!decrypt(size)) return on_agreed(net::error::connection_aborted, fault_);
            go_on(std::move(on_agreed));
        });
    }

    bool decrypt(std::size_t size) {
        begin_ = end_ = plain_.data();
        const TlsSession::Result result = tls_->decrypt({cipher_.data(), size}, end_);
        is_at_end_ = result == TlsSession::Result::closed;
        if (result == TlsSession::Result::failed) fault_ = "TLS failed: " + tls_->fault();
        if (result == TlsSession::Result::foreign) fault_ = "it does not speak TLS";
        return fault_.empty();
    }

    const std::string& leaving() {
        leaving_ = std::exchange(tls_->output(), {});
        return leaving_;
    }

    template <class Handler, class Buffers> void read(Handler handler, const Buffers& into) {
        if (!tls_) return socket_.async_read_some(into, std::move(handler));
        if (begin_ != end_ || is_at_end_) {
            const std::size_t size =
                net::buffer_copy(into, net::buffer(begin_, static_cast<std::size_t>(end_ - begin_)));
            begin_ += size;
            const error_code error = size == 0 ? error_code(net::error::eof) : error_code();
            return net::post(get_executor(),
                             [handler = std::move(handler), error, size]() mutable { handler(error, size); });
        }
        socket_.async_read_some(net::buffer(cipher_), [this, handler = std::move(handler), into](
                                                          const error_code& error, std::size_t size) mutable {
            if (error) return handler(error, 0);
            if (!decrypt(size)) return handler(net::error::connection_aborted, 0);
            read(std::move(handler), into);
        });
    }

    template <class Handler, class Buffers> void write(Handler handler, const Buffers& from) {
        if (!tls_) return socket_.async_write_some(from, std::move(handler));
        std::size_t size = 0;
        for (auto it = net::buffer_sequence_begin(from); it != net::buffer_sequence_end(from); ++it) {
            const net::const_buffer buffer(*it);
            tls_->encrypt({static_cast<const char*>(buffer.data()), buffer.size()});
            size += buffer.size();
        }
        net::async_write(socket_, net::buffer(leaving()),
                         [handler = std::move(handler), size](const error_code& error, std::size_t) mutable {
                             handler(error, error ? 0 : size);
                         });
    }

    Socket socket_;
    std::optional<TlsSession> tls_;
    std::vector<char> cipher_;
    std::vector<char> plain_;
    char* begin_ = nullptr;  // Of what is plain and not taken yet.
    char* end_ = nullptr;
    std::string leaving_;
    bool is_at_end_ = false;
    std::string fault_;  // For people. Empty: there was none.
};

}  // namespace

class WebSocketClient::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(const Executor& executor, Options options, Owner& owner)
        : options_(std::move(options)), owner_(owner), resolver_(executor), deadline_(executor), stream_(executor) {}

    void start() {
        deadline_.expires_after(options_.connect_timeout);
        deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (!cancelled) self->end("it is not there in time");
        });
        resolver_.async_resolve(
            options_.host, options_.port,
            [self = shared_from_this()](const error_code& error, const Resolver::results_type& found) {
                if (self->is_over_) return;
                if (error) return self->end("it has no address: " + error.message());
                net::async_connect(self->transport().socket(), found,
                                   [self](const error_code& failure, const Endpoint&) {
                                       if (self->is_over_) return;
                                       if (failure) return self->end("it cannot be reached: " + failure.message());
                                       self->on_reached();
                                   });
            });
    }

    void send(std::string text) {
        if (is_over_ || is_finishing_) return;
        if (waiting_.size() == kWaitingMax) return end("it reads nothing");
        waiting_.push_back(std::move(text));
        if (waiting_.size() == 1) write();
    }

    void finish() {
        if (is_over_ || std::exchange(is_finishing_, true)) return;
        if (!is_open_) return end("it is not wanted any more");
        if (waiting_.empty()) say_goodbye();
    }

    void abandon() {
        is_over_ = true;
        deadline_.cancel();
        resolver_.cancel();
        transport().close();
    }

  private:
    using Resolver = net::ip::basic_resolver<net::ip::tcp, Executor>;

    Transport& transport() { return stream_.next_layer(); }

    void on_reached() {
        error_code ignored;
        transport().socket().set_option(net::ip::tcp::no_delay(true), ignored);
        if (!options_.tls) return shake_hands();
        transport().agree(*options_.tls, options_.host,
                          [self = shared_from_this()](const error_code& error, const std::string& why) {
                              if (self->is_over_) return;
                              if (error) return self->end(why);
                              self->shake_hands();
                          });
    }

    void shake_hands() {
        websocket::stream_base::timeout timeout{options_.connect_timeout, options_.lost_after, true};
        stream_.set_option(timeout);
        stream_.set_option(websocket::stream_base::decorator(
            [](websocket::request_type& request) { request.set(beast::http::field::user_agent, "millrace"); }));
        stream_.read_message_max(options_.text_bytes_max);
        const bool has_own_port = options_.port != (options_.tls ? "443" : "80");
        const std::string host = has_own_port ? options_.host + ":" + options_.port : options_.host;
        stream_.async_handshake(host, options_.target, [self = shared_from_this()](const error_code& error) {
            if (self->is_over_) return;
            if (error) return self->end("it does not speak WebSocket: " + error.message());
            self->is_open_ = true;
            self->deadline_.cancel();
            self->owner_.on_open();
            self->read();
        });
    }

    void read() {
        if (is_over_) return;
        stream_.async_read(input_, [self = shared_from_this()](const error_code& error, std::size_t) {
            if (self->is_over_) return;
            if (error) return self->end(self->words_for(error));
            const std::string_view text(static_cast<const char*>(self->input_.data().data()), self->input_.size());
            if (self->stream_.got_text()) self->owner_.on_text(text);
            self->input_.consume(self->input_.size());
            self->read();
        });
    }

    void write() {
        stream_.text(true);
        stream_.async_write(net::buffer(waiting_.front()),
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                                if (self->is_over_) return;
                                if (error) return self->end(self->words_for(error));
                                self->waiting_.pop_front();
                                if (!self->waiting_.empty())
                                    self->write();
                                else if (self->is_finishing_)
                                    self->say_goodbye();
                            });
    }

    // The read that is under way ends with it; a server that does not answer is not waited for long.
    void say_goodbye() {
        deadline_.expires_after(kGoodbye);
        deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
            if (!cancelled) self->end("it has not answered the goodbye");
        });
        stream_.async_close(websocket::close_code::normal,
                            [self = shared_from_this()](const error_code&) { self->end("it was closed"); });
    }

    std::string words_for(const error_code& error) const {
        if (error == beast::error::timeout) return "nothing was heard of it for too long";
        if (error == websocket::error::closed)
            return "it was closed by the server with " + std::to_string(stream_.reason().code);
        return "the connection is lost: " + error.message();
    }

    void end(const std::string& why) {
        if (is_over_) return;
        const auto self = shared_from_this();
        abandon();
        owner_.on_closed(why);
    }

    static constexpr std::chrono::seconds kGoodbye{1};

    const Options options_;
    Owner& owner_;
    Resolver resolver_;
    Timer deadline_;
    websocket::stream<Transport, false> stream_;
    beast::flat_buffer input_;
    std::deque<std::string> waiting_;
    bool is_open_ = false;
    bool is_finishing_ = false;
    bool is_over_ = false;
};

WebSocketClient::WebSocketClient(Executor executor, Options options, Owner& owner)
    : impl_(std::make_shared<Impl>(executor, std::move(options), owner)) {}

WebSocketClient::~WebSocketClient() { abandon(); }

void WebSocketClient::start() { impl_->start(); }
void WebSocketClient::send(std::string text) { impl_->send(std::move(text)); }
void WebSocketClient::finish() { impl_->finish(); }
void WebSocketClient::abandon() { impl_->abandon(); }

}  // namespace millrace::chat::slack
