#pragma once

#include <chrono>
#include <deque>
#include <millrace/adapter.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config.hpp"
#include "output.hpp"

namespace lines {

using Clock = std::chrono::steady_clock;

// One connection, which is a scope. It lives on the adapter's one thread.
//
//     asking -> open -> closing -> gone
//        |        |                  |    closing: what is to be said still leaves
//        +--------+------------------+
//
// Calls of the gateway only append, and turn() does the rest when none of them is under way.
class Session final : public millrace::Scope {
  public:
    Session(millrace::AdapterHost host, const Settings& settings, int socket);
    ~Session();
    Session(const Session&) = delete;

    // Opens the scope.
    void ask(millrace_loop* loop, const std::string& key);
    // Something may be read, or the line is broken.
    void on_event(bool is_broken);
    // Submits what has come, sends what waits, looks at the time.
    void turn(bool is_draining);
    // The line is cut, and the gateway told if it does not know.
    void drop(std::uint32_t reason);

    bool is_gone() const { return state_ == State::gone && id_ == 0; }
    bool wants_to_read() const;
    bool wants_to_write() const { return !out_.is_empty(); }
    int socket() const { return socket_; }

    void settled(const millrace::Answer& answer) override;
    void send(const millrace::Outgoing& command) override;
    void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) override;
    void close(std::uint32_t reason, std::uint32_t code, std::string_view text) override;
    void resume() override { is_paused_ = false; }

  private:
    enum class State { asking, open, closing, gone };

    // A message whose outcome the peer has not been told.
    struct Unsettled {
        std::uint64_t cookie;
        std::optional<std::string> outcome;
    };

    void read();
    void take_lines();
    bool submit(const std::vector<std::string_view>& lines);
    void tell_outcomes();
    void begin_to_close();
    void tell_left();

    const millrace::AdapterHost host_;
    const Settings& settings_;
    const int socket_;
    millrace_loop* loop_ = nullptr;
    millrace_id id_ = 0;
    State state_ = State::asking;
    std::string in_;
    Output out_;
    std::deque<Unsettled> unsettled_;
    std::uint64_t next_cookie_ = 0;
    Clock::time_point heard_at_ = Clock::now();
    bool is_paused_ = false;  // the gateway took less than all
    bool is_draining_ = false;
};

}  // namespace lines
