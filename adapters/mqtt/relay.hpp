#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/common/listener.hpp"
#include "adapters/mqtt/config.hpp"
#include "adapters/mqtt/gate.hpp"

// The ack gate with its sockets: the MQTT library connects to port() as if that were the broker, and the relay connects
// to the broker for it, with TLS where the configuration says so. One link at a time; a new one ends the one before.
// Thread: that of `io`.
namespace millrace::mqtt {

class Link;

class Relay {
  public:
    // What becomes of a link. Called on the relay's thread; on_end also within settle and tick.
    class Owner {
      public:
        // Somebody has connected who has not yet shown who he is; again each 10 ms until he has. The library notices
        // that it is connected when something else comes to it, or a second later.
        virtual void on_knock() = 0;
        // The library connects anew, so all that it delivers of the link before was delivered. -> The number of the
        // first message that it has not delivered.
        virtual std::uint64_t on_link() = 0;
        // The broker has accepted the connection. Before its first message.
        virtual void on_open(const Gate& gate) = 0;
        // A message is on its way to the library.
        virtual void on_passed(const Gate::Passed& passed, Version version) = 0;
        // What was read is passed on, and what was settled meanwhile may be told.
        virtual void on_read() = 0;
        // `why`: a sentence without its end.
        virtual void on_end(const std::string& why) = 0;

      protected:
        ~Owner() = default;
    };

    Relay(boost::asio::io_context& io, const Settings& settings, GateSettings gate, Owner& owner);
    ~Relay();
    Relay(const Relay&) = delete;

    // Binds; throws std::runtime_error where that is refused. What connects waits until start.
    std::uint16_t port() const { return port_; }
    void start();

    // Messages have ended.
    void settle(std::span<const Gate::Settled> settled);

    // The library is to look around.
    void nudge_library();

    // Deadlines; to be called at least each 100 ms.
    void tick(std::int64_t now_ms);

    // Ends the link and lets nobody in any more.
    void stop();

    bool has_link() const { return link_ != nullptr; }
    const Gate& gate() const { return gate_; }

  private:
    friend class Link;
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
    class Knock;

    void accept();
    void turn_away_first();
    void tell_of_knocks();
    void admit(Socket socket, std::string bytes);

    boost::asio::io_context& io_;
    const Settings& settings_;
    Gate gate_;
    Owner& owner_;
    Acceptor acceptor_;
    Timer knock_timer_;
    std::uint16_t port_ = 0;
    std::int64_t now_ms_ = 0;
    std::shared_ptr<Link> link_;
    std::vector<std::weak_ptr<Knock>> knocks_;  // Who has connected and not yet shown the nonce.
    bool is_resting_ = false;                   // It accepts again at the next tick.
    bool is_stopped_ = false;
};

}  // namespace millrace::mqtt
