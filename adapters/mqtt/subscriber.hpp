#pragma once

#include <mqtt/async_client.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/mqtt/config.hpp"

// Eclipse Paho as the subscribing client of a broker that the relay stands in for: CONNECT, SUBSCRIBE, and messages as
// they are delivered. It never reconnects by itself, so that who uses it knows what session there is.
// Thread: the adapter's loop, but for what Paho calls. Paho's callbacks run under a lock of the whole process: they put
// down what they have and wake the loop, and nothing else.
namespace millrace::mqtt {

class Subscriber {
  public:
    // What has happened; each is called on a thread of Paho's, and has to be quick.
    struct Events {
        std::function<void()> on_messages;  // There are some to be taken.
        std::function<void()> on_connected;
        std::function<void(std::string why)> on_lost;        // The connection, or the attempt to have one.
        std::function<void(std::string why)> on_subscribed;  // Empty: all that was asked for is granted.
    };

    Subscriber(const Settings& settings, std::uint16_t port, const std::string& nonce, Events events);
    ~Subscriber();
    Subscriber(const Subscriber&) = delete;

    void connect();
    void subscribe();

    // Says goodbye; the session stays where it has an expiry.
    void disconnect();

    // What was delivered since the last time, in order. The first call after that of on_messages takes all.
    void take(std::vector<::mqtt::const_message_ptr>& messages);

    // How many there are to be taken. on_messages is called with the first, and when there are `wake_at`.
    std::size_t count();
    std::atomic<std::uint32_t> wake_at{1};

  private:
    class Connecting final : public virtual ::mqtt::iaction_listener {
      public:
        explicit Connecting(Events& events) : events_(events) {}
        void on_success(const ::mqtt::token& token) override;
        void on_failure(const ::mqtt::token& token) override;

      private:
        Events& events_;
    };
    // Each filter is a packet of its own: the library loses the options of several at once.
    class Subscribing final : public virtual ::mqtt::iaction_listener {
      public:
        explicit Subscribing(Events& events) : events_(events) {}
        void* begin(std::size_t count);  // What to give to each of so many subscriptions, so that it is known again.
        void on_success(const ::mqtt::token& token) override;
        void on_failure(const ::mqtt::token& token) override;

      private:
        void end(const ::mqtt::token& token, const std::string& wrong);

        Events& events_;
        std::mutex mutex_;
        std::uintptr_t round_ = 0;
        std::size_t remaining_ = 0;
        std::string wrong_;
    };

    const Settings& settings_;
    Events events_;
    Connecting connecting_;
    Subscribing subscribing_;
    ::mqtt::connect_options options_;  // Paho keeps a pointer into the properties of what it is given.
    std::mutex mutex_;
    std::vector<::mqtt::const_message_ptr> delivered_;
    bool is_over_ = false;         // Paho can take its callbacks back only while it does not connect.
    ::mqtt::async_client client_;  // The last member: its end is the end of all callbacks.
};

}  // namespace millrace::mqtt
