#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/common/addresses.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/mqtt/config.hpp"
#include "adapters/mqtt/publisher.hpp"
#include "adapters/mqtt/reconnect.hpp"
#include "adapters/mqtt/relay.hpp"
#include "adapters/mqtt/subscriber.hpp"
#include "adapters/mqtt/topics.hpp"
#include "millrace/adapter.hpp"

// The client of one broker: its thread, which is a loop of the gateway, with the relay and all scopes on it; and when
// it connects.
namespace millrace::mqtt {

class Client final : public Loop, private Relay::Owner {
  public:
    Client(AdapterHost host, const Settings& settings);
    ~Client();

    // [control] In this order.
    void start();   // Returns when the thread is a loop, throws where that is refused.
    void retire();  // Another takes the session over.
    void quiesce();
    void stop(std::chrono::milliseconds deadline);

    // [any thread]
    void wake() noexcept override;

  private:
    static constexpr std::int64_t kRefusalToldEveryMs = 10'000;
    enum class Part : std::uint8_t { subscriber, publisher };
    void on_knock() override { publisher_->nudge_library(); }
    std::uint64_t on_link() override;
    void on_open(const Gate& gate) override;
    void on_passed(const Gate::Passed& passed, Version version) override;
    void on_read() override;
    void on_end(const std::string& why) override;

    void run(std::promise<bool> attached);
    void connect();
    void on_connected();
    void on_lost(const std::string& why);
    void on_subscribed(const std::string& why);
    void subscribe();
    void set_trouble(Part part, const std::string& what);
    void wake_lazily();
    void publish(const millrace::Outgoing& command, const std::string& key, millrace_id scope);
    void published(const Publication& publication, std::uint32_t outcome, std::uint32_t code, const std::string& text);
    void tell_published();
    void say_goodbye();
    void end();
    void take_messages();
    void settle();
    void tick();
    void tell_counts();

    const AdapterHost host_;
    const Settings& settings_;
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<Executor> work_;
    Timer tick_timer_;
    Timer batch_timer_;
    TimerWheel wheel_;
    Reconnect reconnect_;
    std::unique_ptr<Subscriber> subscriber_;  // Outlives the messages that it has delivered.
    std::unique_ptr<Publisher> publisher_;
    Addresses addresses_;
    Topics topics_;
    std::unique_ptr<Relay> relay_;
    std::vector<::mqtt::const_message_ptr> delivered_;
    struct Published {
        Publication publication;
        std::uint32_t outcome;
        std::uint32_t code;
        std::string text;
    };
    std::vector<Published> published_;  // That the gateway is to be told of.
    std::int64_t refusal_told_at_ms_ = -kRefusalToldEveryMs;
    std::string last_end_;                 // Why the link has ended, until the library has noticed.
    std::array<std::string, 2> troubles_;  // What keeps each part from its work; empty: nothing does.
    std::int64_t subscribe_due_ms_ = KeepAlive::kNever;
    bool session_present_ = false;
    bool has_subscribed_ = false;  // In the session that the broker has.
    bool is_connected_ = false;
    bool is_batching_ = false;
    bool is_quiesced_ = false;
    bool is_retired_ = false;
    bool is_leaving_ = false;
    std::optional<std::int64_t> stop_due_ms_;

    millrace_loop* loop_ = nullptr;
    std::atomic<bool> is_woken_ = false;
    std::atomic<bool> is_message_woken_ = false;
    std::thread thread_;
};

}  // namespace millrace::mqtt
