#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/common/reconnect.hpp"
#include "adapters/chat/slack/codec.hpp"

// Socket Mode without sockets: which connections there are to be, and what is said on them. As often as Slack says that
// it will end one, another is opened first, and the old one goes when the new one is there and what came over it has
// its acknowledgement. What is not acknowledged Slack brings again.
//
// A connection is a link, by a number. Times are ms of any clock that does not go back. Not thread-safe.
namespace millrace::chat::slack {

class SocketMode {
  public:
    using Link = std::uint64_t;

    // Who has sockets. Nothing of this may call back at once, but for acknowledge() and leave().
    class Outside {
      public:
        // Asks Slack for a URL, and connects to it; then on_text(), and at the end on_closed(), or on_refused() where
        // there is no URL.
        virtual void open(Link link) = 0;
        virtual void send(Link link, std::string text) = 0;
        // Says goodbye; on_closed() follows.
        virtual void finish(Link link) = 0;
        // To be acknowledged, if it is, by acknowledge(), and else by leave().
        virtual void on_delivery(Link link, Frame frame) = 0;
        // What happened meanwhile may be missing: there was no connection for longer than Slack tries, or none yet.
        virtual void on_gap() = 0;
        // What keeps connections from being there, for people; empty: nothing does any more.
        virtual void on_trouble(const std::string& why, bool is_final) = 0;

      protected:
        ~Outside() = default;
    };

    struct Options {
        std::size_t connections;
        std::int64_t hello_ms;  // Until Slack has said hello.
        ReconnectPolicy reconnect;
    };

    // Slack brings what it could not deliver for about so long.
    static constexpr std::int64_t kBroughtAgainMs = 300'000;
    // What came over an old link has so long for its acknowledgement.
    static constexpr std::int64_t kLeavingMs = 10'000;

    SocketMode(const Options& options, Outside& outside, std::uint32_t seed);

    void start(std::int64_t now_ms);
    void on_text(Link link, std::string_view text, std::int64_t now_ms);
    void on_closed(Link link, const std::string& why, std::int64_t now_ms);
    // `is_final`: another try cannot help. `wait_ms`: as long as Slack has asked for.
    void on_refused(Link link, const std::string& why, bool is_final, std::int64_t wait_ms, std::int64_t now_ms);

    void acknowledge(Link link, std::string_view envelope_id);
    void leave(Link link);

    // Nothing more is opened. With `says_goodbye` each link ends when nothing of it waits.
    void quiesce(bool says_goodbye, std::int64_t now_ms);

    void tick(std::int64_t now_ms);

    std::size_t ready() const;  // Links that are there.
    std::size_t links() const { return links_.size(); }
    std::uint64_t opened() const { return last_link_; }

  private:
    struct State {
        std::size_t slot;
        std::int64_t since_ms;
        bool is_ready = false;
        bool is_leaving = false;   // Slack will end it: another is to take its place,
        bool is_replaced = false;  // and is there.
        bool is_ending = false;    // It was said goodbye to.
        std::int64_t replaced_at_ms = 0;
        std::uint32_t open = 0;  // Deliveries that are neither acknowledged nor left.
    };
    struct Slot {
        Reconnect reconnect;
        Link current = 0;  // 0: none is there or under way.
    };

    void open(std::size_t slot, std::int64_t now_ms);
    void on_hello(Link link, State& state, std::int64_t now_ms);
    void on_disconnect(Link link, State& state, const Frame& frame, std::int64_t now_ms);
    void fail(std::size_t slot, const std::string& why, std::int64_t wait_ms, std::int64_t now_ms);
    void stop(const std::string& why);
    void end_if_done(Link link, State& state, std::int64_t now_ms);

    const Options options_;
    Outside& outside_;
    std::minstd_rand random_;
    std::vector<Slot> slots_;
    std::map<Link, State> links_;
    Link last_link_ = 0;
    std::optional<std::int64_t> without_since_ms_;  // Since when no link is ready.
    bool is_quiesced_ = false;
    bool is_stopped_ = false;
};

}  // namespace millrace::chat::slack
