#include "adapters/mqtt/link.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <cstring>
#include <utility>

#include "adapters/mqtt/relay.hpp"

namespace millrace::mqtt {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kHeadBytes = 3 * kHeadBytesMin;  // Of a packet that is not all there.
constexpr std::size_t kPiecesMax = 64;                 // Of one write.

// The library's acknowledgements say nothing, so they are left to gather.
constexpr std::chrono::milliseconds kLazily(1);

void set_options(Socket& socket, unsigned timeout_ms) {
    error_code ignored;
    socket.set_option(net::ip::tcp::no_delay(true), ignored);
    socket.non_blocking(true, ignored);
    if (timeout_ms != 0)
        ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

bool is_blocked(const error_code& error) {
    return error == net::error::would_block || error == net::error::try_again || error == net::error::interrupted;
}

}  // namespace

Link::Link(Relay& relay, Socket library, std::string connect, std::uint64_t first_unseen)
    : relay_(relay), library_(std::move(library)), broker_(relay.io_), resolver_(relay.io_), lazily_(relay.io_),
      connect_(std::move(connect)), first_unseen_(first_unseen),
      connect_due_ms_(relay.now_ms_ + relay.settings_.connect_timeout.count()), broker_buffer_(kReadBytes + kHeadBytes),
      broker_begin_(broker_buffer_.data()), broker_end_(broker_begin_), library_buffer_(kReadBytes) {
    if (relay.settings_.tls_context) cipher_buffer_.resize(kReadBytes / 2);
}

void Link::start() {
    const ServerUrl& url = relay_.settings_.url;
    resolver_.async_resolve(
        url.host, url.port, [self = shared_from_this()](const error_code& error, const Resolver::results_type& found) {
            if (self->is_over_) return;
            if (error) return self->end("`" + self->relay_.settings_.url.host + "` has no address: " + error.message());
            self->on_resolved(found);
        });
}

void Link::on_resolved(const Resolver::results_type& found) {
    net::async_connect(broker_, found, [self = shared_from_this()](const error_code& error, const Endpoint&) {
        if (self->is_over_) return;
        if (error) return self->end("the broker cannot be reached: " + error.message());
        self->on_connected();
    });
}

void Link::on_connected() {
    set_options(library_, 0);
    // Who vanishes while it is not read shows only by what it does not acknowledge.
    set_options(broker_, static_cast<unsigned>(relay_.settings_.keep_alive.count() * 3 / 2));
    if (!relay_.settings_.tls_context) return open_gate();
    tls_.emplace(*relay_.settings_.tls_context, relay_.settings_.url.host);
    write_broker();
    read_broker();
}

void Link::open_gate() {
    is_open_ = true;
    Connect connect;
    Head head;
    static_cast<void>(parse_head(Sender::client, relay_.settings_.protocol(), connect_, head));
    const std::size_t size = std::size_t{head.size} + head.body_size;
    static_cast<void>(parse_connect(std::string_view(connect_).substr(head.size, head.body_size), connect));
    relay_.gate_.open(connect, first_unseen_, relay_.now_ms_);
    library_size_ = std::min(connect_.size() - size, library_buffer_.size());
    std::memcpy(library_buffer_.data(), connect_.data() + size, library_size_);
    write_broker();
    read_broker();
    take_library();
}

void Link::go_on() {
    if (is_over_ || !is_open_) return;
    const auto self = shared_from_this();
    write_broker();
    if (broker_begin_ != broker_end_) take_broker();
    read_broker();
}

void Link::tick(std::int64_t now_ms) {
    const auto self = shared_from_this();
    if (!is_open_ && now_ms >= connect_due_ms_) return end("the broker cannot be reached in time");
    if (!is_open_) return;
    if (relay_.gate_.ending()) return end_by_gate();
    write_broker();
}

void Link::nudge_library() {
    if (is_over_ || !is_open_) return;
    const auto self = shared_from_this();
    relay_.gate_.nudge_library();
    write_library();
}

void Link::read_broker() {
    if (is_over_ || is_reading_broker_ || is_writing_library_) return;
    if (is_open_ && !relay_.gate_.wants_broker()) return;
    const auto kept = static_cast<std::size_t>(broker_end_ - broker_begin_);
    std::memmove(broker_buffer_.data(), broker_begin_, kept);
    broker_begin_ = broker_buffer_.data();
    broker_end_ = broker_begin_ + kept;
    const std::size_t room = broker_buffer_.size() - kept;
    if (tls_ && room <= TlsSession::kSlackBytes) return;  // What was decrypted already has to be taken first.
    const net::mutable_buffer into =
        tls_ ? net::buffer(cipher_buffer_, room - TlsSession::kSlackBytes) : net::mutable_buffer(broker_end_, room);
    is_reading_broker_ = true;
    broker_.async_read_some(into, [self = shared_from_this()](const error_code& error, std::size_t size) {
        self->is_reading_broker_ = false;
        if (self->is_over_) return;
        if (error == net::error::eof) return self->end("the broker has closed the connection");
        if (error) return self->end("the connection to the broker is lost: " + error.message());
        self->on_broker(size);
    });
}

void Link::on_broker(std::size_t size) {
    if (!tls_) {
        broker_end_ += size;
        return take_broker();
    }
    const TlsSession::Result result = tls_->decrypt({cipher_buffer_.data(), size}, broker_end_);
    if (result == TlsSession::Result::foreign) return end("the broker does not speak TLS");
    if (!is_open_ && tls_->is_established()) open_gate();
    if (is_over_) return;
    write_broker();
    if (is_open_ && broker_begin_ != broker_end_) take_broker();
    if (is_over_) return;
    if (result == TlsSession::Result::failed) return end("TLS with the broker fails: " + tls_->fault());
    if (result == TlsSession::Result::closed) return end("the broker has closed the connection");
    read_broker();
}

void Link::take_broker() {
    if (is_over_ || is_taking_ || is_writing_library_) return;
    is_taking_ = true;
    Gate& gate = relay_.gate_;
    const bool was_open = gate.is_open();
    Input input{broker_begin_, broker_end_};
    gate.from_broker(input, relay_.now_ms_);
    if (!was_open && (gate.is_open() || !gate.passed().empty())) relay_.owner_.on_open(gate);
    for (const Gate::Passed& passed : gate.passed()) relay_.owner_.on_passed(passed, gate.version());
    broker_begin_ = input.begin;
    is_taking_ = false;
    write_library();
    if (is_over_) return;
    relay_.owner_.on_read();
    if (is_over_) return;
    write_broker();
    if (gate.ending()) return end_by_gate();
    read_broker();
}

void Link::write_library() {
    if (is_over_ || is_writing_library_) return;
    if (for_library_.empty()) {
        relay_.gate_.take_for_library(for_library_);
        pieces_written_ = bytes_written_ = 0;
    }
    const auto pieces = for_library_.pieces();
    while (pieces_written_ < pieces.size()) {
        std::vector<net::const_buffer> buffers;
        for (std::size_t i = pieces_written_; i < std::min(pieces.size(), pieces_written_ + kPiecesMax); ++i)
            buffers.emplace_back(pieces[i].data(), pieces[i].size());
        buffers.front() += bytes_written_;
        error_code error;
        std::size_t size = library_.write_some(buffers, error);
        if (is_blocked(error)) {
            is_writing_library_ = true;
            return library_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& failure) {
                self->is_writing_library_ = false;
                if (self->is_over_) return;
                if (failure) return self->end("the MQTT library has gone: " + failure.message());
                self->write_library();
                if (!self->is_writing_library_) self->take_broker();
            });
        }
        if (error) return end("the MQTT library has gone: " + error.message());
        for (size += bytes_written_; pieces_written_ < pieces.size() && size >= pieces[pieces_written_].size();)
            size -= pieces[pieces_written_++].size();
        bytes_written_ = size;
    }
    for_library_.clear();
}

void Link::read_library() {
    if (is_over_ || is_reading_library_ || !relay_.gate_.wants_library()) return;
    is_reading_library_ = true;
    const net::mutable_buffer into = net::buffer(library_buffer_) + library_size_;
    library_.async_read_some(into, [self = shared_from_this()](const error_code& error, std::size_t size) {
        self->is_reading_library_ = false;
        if (self->is_over_) return;
        if (error) return self->end("the MQTT library has closed its connection");
        self->on_library(size);
    });
}

void Link::on_library(std::size_t size) {
    library_size_ += size;
    take_library();
}

void Link::take_library() {
    if (is_over_) return;
    Gate& gate = relay_.gate_;
    bool has_said = false, is_more = true;
    while (is_more) {
        Input input{library_buffer_.data(), library_buffer_.data() + library_size_};
        gate.from_library(input, relay_.now_ms_);
        is_more = input.size() != 0 && !gate.wants_library();  // It stopped where it had enough to write.
        library_size_ = input.size();
        std::memmove(library_buffer_.data(), input.begin, library_size_);
        has_said = has_said || gate.has_for_broker();
        write_broker();
        if (is_over_) return;
        if (is_more && !gate.wants_library()) return;  // It goes on when that has left.
    }
    write_library();
    if (is_over_) return;
    if (gate.ending()) return end_by_gate();
    if (has_said) return read_library();
    lazily_.expires_after(kLazily);
    lazily_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error) self->read_library();
    });
}

void Link::write_broker() {
    if (is_over_ || is_writing_broker_) return;
    for (;;) {
        if (broker_written_ == for_broker_.size()) {
            for_broker_.clear();
            broker_written_ = 0;
            if (tls_) {
                if (tls_->is_established() && is_open_) {
                    plain_.clear();
                    relay_.gate_.take_for_broker(plain_);
                    if (!plain_.empty()) tls_->encrypt(plain_);
                }
                for_broker_.swap(tls_->output());
            } else if (is_open_) {
                relay_.gate_.take_for_broker(for_broker_);
            }
        }
        if (for_broker_.empty()) return;
        error_code error;
        const net::const_buffer rest = net::buffer(for_broker_) + broker_written_;
        broker_written_ += broker_.write_some(rest, error);
        if (is_blocked(error)) break;
        if (error) return end("the connection to the broker is lost: " + error.message());
    }
    is_writing_broker_ = true;
    broker_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& error) {
        self->is_writing_broker_ = false;
        if (self->is_over_) return;
        if (error) return self->end("the connection to the broker is lost: " + error.message());
        self->go_on();
        if (!self->is_reading_library_) self->take_library();
    });
}

// What it says last still leaves, as far as there is room for it.
void Link::end_by_gate() {
    const std::string why = relay_.gate_.ending()->text;
    write_library();
    write_broker();
    if (!is_over_) end(why);
}

void Link::end(const std::string& why) {
    if (std::exchange(is_over_, true)) return;
    const auto self = shared_from_this();
    relay_.gate_.close();
    error_code ignored;
    if (tls_ && tls_->is_established()) {
        tls_->end();
        broker_.write_some(net::buffer(tls_->output()), ignored);
    }
    drain_library();
    library_.close(ignored);
    broker_.close(ignored);
    resolver_.cancel();
    lazily_.cancel();
    if (relay_.link_.get() == this) relay_.link_.reset();
    if (!why.empty()) relay_.owner_.on_end(why);
}

// Unread bytes would turn the end into a reset, which takes from the library what it has not read yet.
void Link::drain_library() {
    error_code error;
    library_.non_blocking(true, error);
    while (!error) library_.read_some(net::buffer(library_buffer_), error);
}

}  // namespace millrace::mqtt
