#include "adapters/chat/irc/link.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/connect.hpp>
#include <chrono>
#include <cstring>
#include <utility>

namespace millrace::chat::irc {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kUnreadMax = 1 << 20;  // Of answers to a server that asks and does not read.

bool is_blocked(const error_code& error) {
    return error == net::error::would_block || error == net::error::try_again || error == net::error::interrupted;
}

}  // namespace

Link::Link(net::io_context& io, const Settings& settings, std::string& output, Owner& owner)
    : settings_(settings), output_(output), owner_(owner), socket_(io), resolver_(io), deadline_(io),
      input_(kReadBytes + kInputBytesMin + TlsSession::kSlackBytes), begin_(input_.data()), end_(begin_) {
    if (settings.tls_context) cipher_.resize(kReadBytes);
}

void Link::start() {
    end_after(settings_.connect_timeout.count(), "the server cannot be reached in time");
    resolver_.async_resolve(
        settings_.url.host, settings_.url.port,
        [self = shared_from_this()](const error_code& error, const Resolver::results_type& found) {
            if (self->is_over_) return;
            if (error) return self->end("`" + self->settings_.url.host + "` has no address: " + error.message());
            net::async_connect(self->socket_, found, [self](const error_code& failure, const Endpoint&) {
                if (self->is_over_) return;
                if (failure) return self->end("the server cannot be reached: " + failure.message());
                self->on_reached();
            });
        });
}

void Link::on_reached() {
    error_code ignored;
    socket_.set_option(net::ip::tcp::no_delay(true), ignored);
    socket_.non_blocking(true, ignored);
    const auto silent_ms = static_cast<unsigned>(settings_.session.lost_after_ms);
    ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &silent_ms, sizeof silent_ms);
    if (settings_.tls_context)
        tls_.emplace(*settings_.tls_context, settings_.url.host);
    else
        open();
    write();
    read();
}

void Link::open() {
    is_open_ = true;
    deadline_.cancel();
    owner_.on_connected();
}

void Link::read() {
    if (is_over_) return;
    const auto kept = static_cast<std::size_t>(end_ - begin_);
    std::memmove(input_.data(), begin_, kept);
    begin_ = input_.data();
    end_ = begin_ + kept;
    const net::mutable_buffer into = tls_ ? net::buffer(cipher_) : net::buffer(end_, kReadBytes);
    socket_.async_read_some(into, [self = shared_from_this()](const error_code& error, std::size_t size) {
        if (self->is_over_) return;
        if (error == net::error::eof) return self->end("the server has closed the connection");
        if (error) return self->end("the connection is lost: " + error.message());
        self->on_read(size);
    });
}

void Link::on_read(std::size_t size) {
    if (!tls_)
        end_ += size;
    else if (!decrypt(size))
        return;
    take_lines();
    if (!is_over_ && is_open_) owner_.on_turn();
    write();
    if (output_.size() > kUnreadMax) return end("the server does not read what it is told");
    read();
}

// False: it is over.
bool Link::decrypt(std::size_t size) {
    const TlsSession::Result result = tls_->decrypt({cipher_.data(), size}, end_);
    if (!is_open_ && tls_->is_established()) open();
    if (result == TlsSession::Result::fine) return !is_over_;
    take_lines();
    write();
    if (result == TlsSession::Result::foreign) end("the server does not speak TLS");
    if (result == TlsSession::Result::failed) end("TLS fails: " + tls_->fault());
    end("the server has closed the connection");
    return false;
}

void Link::take_lines() {
    owner_.on_lines();
    Input input{begin_, end_};
    while (!is_over_ && !is_finishing_) {
        const Codec::Step step = codec_.take(input);
        if (step == Codec::Step::need_more) break;
        if (step == Codec::Step::line)
            owner_.on_line(codec_.line());
        else
            owner_.on_malformed();
    }
    if (is_finishing_) input.begin = input.end;
    begin_ += input.begin - begin_;
}

// Whether there is anything to write.
bool Link::fill() {
    if (left_ < leaving_.size()) return true;
    leaving_.clear();
    left_ = 0;
    if (tls_) {
        if (is_open_ && !output_.empty() && !has_said_end_) {
            tls_->encrypt(output_);
            output_.clear();
        }
        leaving_.swap(tls_->output());
    } else if (is_open_ && !has_said_end_) {
        leaving_.swap(output_);
    }
    return !leaving_.empty();
}

void Link::write() {
    if (is_over_ || is_writing_) return;
    while (fill()) {
        error_code error;
        left_ += socket_.write_some(net::buffer(leaving_) + left_, error);
        if (is_blocked(error)) {
            is_writing_ = true;
            return socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code&) {
                self->is_writing_ = false;
                self->write();
                if (!self->is_over_ && self->is_open_) self->owner_.on_turn();
            });
        }
        if (error) return end("the connection is lost: " + error.message());
    }
    if (is_finishing_) say_end();
}

void Link::finish(std::int64_t deadline_ms) {
    if (is_over_ || std::exchange(is_finishing_, true)) return;
    if (!is_open_) return end("it was not open yet");
    end_after(deadline_ms, "the server has not closed the connection in time");
    write();
}

// Of TLS first, and when that has left, too, of the socket.
void Link::say_end() {
    if (!std::exchange(has_said_end_, true) && tls_) {
        tls_->end();
        return write();
    }
    error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
}

void Link::end_after(std::int64_t deadline_ms, const char* why) {
    deadline_.expires_after(std::chrono::milliseconds(deadline_ms));
    deadline_.async_wait([self = shared_from_this(), why](const error_code& error) {
        if (!error) self->end(why);
    });
}

void Link::abandon() {
    is_over_ = true;
    error_code ignored;
    socket_.close(ignored);
    resolver_.cancel();
    deadline_.cancel();
}

void Link::end(const std::string& why) {
    if (is_over_) return;
    const auto self = shared_from_this();
    abandon();
    owner_.on_closed(why);
}

}  // namespace millrace::chat::irc
