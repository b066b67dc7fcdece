#pragma once

#include <mqtt/async_client.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "adapters/mqtt/config.hpp"
#include "adapters/mqtt/publication.hpp"
#include "adapters/mqtt/reconnect.hpp"
#include "adapters/mqtt/relay.hpp"
#include "millrace/adapter.hpp"

// Publishes what consumers send: a client of Eclipse Paho of its own, over a relay of its own, that connects with the
// first publication. What a connection takes with it is published again on the next, in its order; so the broker may
// get it twice. After a connection that has ended with nothing done, the first is sent alone; it is given up where that
// happens kBarrenMax times in a row. Nothing else is before the gateway stops.
//
// Paho looks through all that is on its way for each publication, and takes a second to notice that there is room where
// the broker's receive maximum was reached: so there is a window, and it stays below that. A call into Paho can wait
// for a lock of the whole process: so a thread makes them.
// Thread: the adapter's loop.
namespace millrace::mqtt {

class Publisher final : private Relay::Owner {
  public:
    // What became of one: MILLRACE_SENT, MILLRACE_REJECTED or MILLRACE_LOST, the broker's code, words for people.
    using OnDone =
        std::function<void(const Publication&, std::uint32_t outcome, std::uint32_t code, const std::string& text)>;

    // Why it cannot publish for now; empty: it can again.
    using OnTrouble = std::function<void(const std::string& why)>;

    // `on_knock`: its relay's; the subscriber's connection is to nudge the library.
    Publisher(AdapterHost host, boost::asio::io_context& io, const Settings& settings, std::string nonce, OnDone done,
              OnTrouble on_trouble, std::function<void()> on_knock);
    ~Publisher();

    void publish(Publication publication);
    void tick(std::int64_t now_ms) { relay_.tick(now_ms); }
    void nudge_library() { relay_.nudge_library(); }

    // What waits or is on its way.
    bool is_idle() const { return waiting_.empty() && on_their_way_.empty(); }

    // What has not left is lost.
    void stop();

  private:
    static constexpr unsigned kBarrenMax = 12;

    class Connecting final : public virtual ::mqtt::iaction_listener {
      public:
        explicit Connecting(Publisher& publisher) : publisher_(publisher) {}
        void on_success(const ::mqtt::token& token) override;
        void on_failure(const ::mqtt::token& token) override;

      private:
        Publisher& publisher_;
    };
    class Publishing final : public virtual ::mqtt::iaction_listener {
      public:
        explicit Publishing(Publisher& publisher) : publisher_(publisher) {}
        void on_success(const ::mqtt::token& token) override;
        void on_failure(const ::mqtt::token& token) override;

      private:
        Publisher& publisher_;
    };
    // What the thread is to hand to Paho.
    struct Order {
        std::uint64_t number;
        ::mqtt::const_message_ptr message;
    };

    // What the broker takes of publications, by its CONNACK.
    struct Limits {
        std::uint32_t receive_maximum = 65'535;
        std::uint32_t packet_size = UINT32_MAX;
        std::uint8_t qos = 2;
        bool keeps_retained = true;
    };

    void on_knock() override { on_knock_(); }
    std::uint64_t on_link() override { return 0; }
    void on_open(const Gate&) override {}
    void on_passed(const Gate::Passed&, Version) override;
    void on_read() override {}
    void on_end(const std::string& why) override { last_end_ = why; }

    void connect();
    void on_connected(const Limits& limits);
    void on_lost(const std::string& why);
    void break_off(const std::string& why);
    void disconnect();
    void on_done(std::uint64_t number, std::uint32_t code, bool is_lost);
    void pump();
    void give_up_first();
    std::string_view refusal(const Publication& publication) const;
    ::mqtt::const_message_ptr make_message(const Publication& publication) const;
    void run();

    const AdapterHost host_;
    boost::asio::io_context& io_;
    const Settings& settings_;
    const OnDone done_;
    const OnTrouble on_trouble_;
    const std::function<void()> on_knock_;
    Relay relay_;
    Reconnect reconnect_;
    std::deque<Publication> waiting_;
    std::map<std::uint64_t, Publication> on_their_way_;  // By number, and so in their order.
    std::uint64_t next_number_ = 1;
    Limits limits_;
    std::size_t window_ = 1;
    bool is_fruitful_ = false;  // A publication has ended on this connection.
    unsigned barren_ = 0;       // Connections in a row that ended without.
    bool is_connecting_ = false;
    bool is_connected_ = false;
    bool is_stopped_ = false;
    std::string last_end_;

    Connecting connecting_;
    Publishing publishing_;
    ::mqtt::connect_options options_;
    std::mutex mutex_;
    std::condition_variable ordered_;
    std::vector<Order> orders_;
    bool is_thread_over_ = false;
    ::mqtt::async_client client_;
    std::thread thread_;
};

}  // namespace millrace::mqtt
