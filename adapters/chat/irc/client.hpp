#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "adapters/chat/common/reconnect.hpp"
#include "adapters/chat/irc/config.hpp"
#include "adapters/chat/irc/conversations.hpp"
#include "adapters/chat/irc/link.hpp"
#include "adapters/chat/irc/sending.hpp"
#include "adapters/chat/irc/session.hpp"
#include "adapters/chat/irc/string_map.hpp"
#include "adapters/common/addresses.hpp"
#include "adapters/common/listener.hpp"
#include "millrace/adapter.hpp"

// The account on one network: its thread, which is a loop of the gateway, the session with all conversations on it, and
// the connection that carries it, made anew as often as it breaks, until the server says that this is of no use.
namespace millrace::chat::irc {

class Client final : public Loop, private Listener, private Link::Owner {
  public:
    Client(AdapterHost host, const Settings& settings, Ledger& ledger);
    ~Client();

    // [control] In this order.
    void start();   // Returns when the thread is a loop and addresses are taken; throws where that is refused.
    void retire();  // Another has the account.
    void quiesce();
    void stop(std::chrono::milliseconds deadline);

    // [any thread]
    void wake() noexcept override;

  private:
    // Of the session.
    void on_ready() override;
    void on_entered(std::string_view room, std::string_view name) override;
    void on_left(std::string_view room, std::string_view by, std::string_view why) override;
    void on_refused(std::string_view room, std::uint16_t code, std::string_view why, bool again) override;
    void on_event(const Event& event) override;
    void on_gone(std::string_view person) override;
    void on_gap(std::string_view room) override;
    void on_outcome(const Outcome& outcome) override;
    void on_ended(const Ending& ending) override;
    // Of the connection.
    void on_connected() override;
    void on_lines() override;
    void on_line(const Line& line) override;
    void on_malformed() override;
    void on_turn() override;
    void on_closed(const std::string& why) override;

    void run(std::promise<bool> attached);
    void connect();
    void turn();
    void leave_if_due(std::int64_t now_ms);
    void end();
    void on_timer();
    void arm(std::int64_t now_ms);
    void tell_troubles();
    void tell_capabilities();
    void count_soon();
    void tell_counts();

    const AdapterHost host_;
    const Settings& settings_;
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<Executor> work_;
    Timer timer_;
    std::minstd_rand random_;
    Reconnect reconnect_;
    Session session_;
    Sending sending_;
    Cursors cursors_;
    Conversations conversations_;
    Addresses addresses_;
    std::shared_ptr<Link> link_;  // Null between connections.

    std::optional<Ending> ending_;    // By which the session has ended on this connection.
    std::string trouble_;             // What keeps the connection from being there,
    StringMap<std::string> refused_;  // and the rooms that do not let the gateway in, and why.
    std::optional<std::int64_t> armed_ms_;
    std::optional<std::int64_t> counts_due_ms_;
    std::optional<std::int64_t> stop_due_ms_;
    std::int64_t now_ms_ = 0;  // As lines are taken, or the timer is: reading the clock costs as much as a line.
    std::uint64_t malformed_ = 0;
    std::optional<Capabilities> can_;  // As it was told.
    bool was_ready_ = false;           // On an earlier connection.
    bool is_retired_ = false;
    bool is_quiesced_ = false;
    bool is_leaving_ = false;

    millrace_loop* loop_ = nullptr;
    std::atomic<bool> is_woken_ = false;
    std::thread thread_;
};

}  // namespace millrace::chat::irc
