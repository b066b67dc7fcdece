#include "adapters/mqtt/relay.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "adapters/common/timer_wheel.hpp"
#include "adapters/mqtt/link.hpp"

namespace millrace::mqtt {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr std::size_t kKnocksMax = 16;
constexpr std::int64_t kKnockMs = 5'000;
constexpr std::chrono::milliseconds kKnockRepeat(10);
constexpr std::size_t kConnectBytesMax = 512 * 1024;  // A will, with its payload, is part of it.

}  // namespace

// Somebody on the loopback interface, until his CONNECT has proved that he is the library.
class Relay::Knock : public std::enable_shared_from_this<Knock> {
  public:
    Knock(Relay& relay, Socket socket) : relay_(relay), socket_(std::move(socket)), since_ms_(steady_ms()) {}

    void read() {
        socket_.async_read_some(net::buffer(piece_),
                                [self = shared_from_this()](const error_code& error, std::size_t size) {
                                    if (!error && !self->relay_.is_stopped_) self->on_read(size);
                                });
    }

    bool is_late(std::int64_t now_ms) const { return now_ms - since_ms_ > kKnockMs; }
    void close() {
        error_code ignored;
        socket_.close(ignored);
    }

  private:
    void on_read(std::size_t size) {
        bytes_.append(piece_.data(), size);
        Head head;
        if (parse_head(Sender::client, relay_.settings_.protocol(), bytes_, head)) return;
        const bool is_connect = head.size == 0 || head.type == PacketType::connect;
        if (!is_connect || head.body_size > kConnectBytesMax) return;
        if (head.size == 0 || bytes_.size() < std::size_t{head.size} + head.body_size) return read();
        relay_.admit(std::move(socket_), std::move(bytes_));
    }

    Relay& relay_;
    Socket socket_;
    std::string bytes_;
    std::array<char, 16 * 1024> piece_;
    const std::int64_t since_ms_;
};

Relay::Relay(net::io_context& io, const Settings& settings, GateSettings gate, Owner& owner)
    : io_(io), settings_(settings), gate_(std::move(gate)), owner_(owner), acceptor_(io), knock_timer_(io),
      now_ms_(steady_ms()) {
    const Endpoint loopback(net::ip::address_v4::loopback(), 0);
    try {
        acceptor_.open(loopback.protocol());
        acceptor_.bind(loopback);
        acceptor_.listen();
        port_ = acceptor_.local_endpoint().port();
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("no port to be had on 127.0.0.1: " + error.code().message());
    }
}

Relay::~Relay() = default;

void Relay::start() { accept(); }

void Relay::accept() {
    acceptor_.async_accept([this](const error_code& error, Socket socket) {
        if (error == net::error::operation_aborted || is_stopped_) return;
        std::erase_if(knocks_, [](const auto& knock) { return knock.expired(); });
        if (!error) {
            if (knocks_.size() == kKnocksMax) turn_away_first();
            const auto knock = std::make_shared<Knock>(*this, std::move(socket));
            knocks_.push_back(knock);
            knock->read();
            tell_of_knocks();
        }
        if (!error || error == net::error::connection_aborted) return accept();
        is_resting_ = true;  // No descriptor is free.
    });
}

void Relay::tell_of_knocks() {
    std::erase_if(knocks_, [](const auto& knock) { return knock.expired(); });
    if (knocks_.empty() || is_stopped_) return;
    owner_.on_knock();
    knock_timer_.expires_after(kKnockRepeat);
    knock_timer_.async_wait([this](const error_code& error) {
        if (!error) tell_of_knocks();
    });
}

void Relay::nudge_library() {
    if (link_) link_->nudge_library();
}

// The library says who it is at once; whoever has waited longest is not it.
void Relay::turn_away_first() {
    if (const auto knock = knocks_.front().lock()) knock->close();
    knocks_.erase(knocks_.begin());
}

void Relay::admit(Socket socket, std::string bytes) {
    Connect connect;
    Head head;
    if (parse_head(Sender::client, settings_.protocol(), bytes, head)) return;
    if (parse_connect(std::string_view(bytes).substr(head.size, head.body_size), connect)) return;
    if (!gate_.admits(connect)) return;
    if (link_) link_->end("the MQTT library connects anew");
    const std::uint64_t first_unseen = owner_.on_link();
    link_ = std::make_shared<Link>(*this, std::move(socket), std::move(bytes), first_unseen);
    link_->start();
}

void Relay::settle(std::span<const Gate::Settled> settled) {
    gate_.settle(settled, now_ms_);
    if (link_) link_->go_on();
}

void Relay::tick(std::int64_t now_ms) {
    now_ms_ = now_ms;
    if (std::exchange(is_resting_, false)) accept();
    for (const auto& it : knocks_) {
        if (const auto knock = it.lock(); knock && knock->is_late(now_ms)) knock->close();
    }
    if (!link_) return;
    if (now_ms >= gate_.next_due_ms()) gate_.tick(now_ms);
    link_->tick(now_ms);
}

void Relay::stop() {
    is_stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    knock_timer_.cancel();
    for (const auto& it : knocks_) {
        if (const auto knock = it.lock()) knock->close();
    }
    if (link_) link_->end({});
}

}  // namespace millrace::mqtt
