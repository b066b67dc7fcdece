#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "adapters/chat/slack/catch_up.hpp"
#include "adapters/chat/slack/cursors.hpp"
#include "adapters/chat/slack/web_client.hpp"
#include "millrace/adapter_host.hpp"

// What was said while nobody listened: over a restart, while there was no connection, while Slack held events back or
// consumers refused them until Slack gave up. It knows until when the gateway has all, and asks Slack for the rest.
// Thread: the adapter's loop.
namespace millrace::chat::slack {

class History {
  public:
    struct Counts {
        std::uint64_t found = 0;    // Messages.
        std::uint64_t refused = 0;  // Rooms of which nothing was to be had.
    };

    struct Listener {
        // Of a room: what was missed is here, or will never be.
        std::function<void(const CatchUp::Found& found)> on_found;
        // What keeps it from asking, for people; empty: nothing does any more.
        std::function<void(const std::string& why)> on_trouble;
    };

    History(AdapterHost host, Ledger& ledger, WebClient& client, MethodLimits& limits, Listener listener);

    // In all rooms something may have been missed until then.
    void catch_up(std::int64_t until_ms, std::int64_t now_ms);

    // Whether it can tell what was missed in a room.
    bool knows(std::string_view room) const { return cursors_.position(room) != 0; }
    // Whether what happens there now has to wait for what was missed.
    bool holds(std::string_view room) { return catch_up_.holds(room); }

    // Something was brought, by Slack or from here (`is_missed`), and how it ended: MILLRACE_ACK, ... `at_us`: by
    // Slack's clock; 0: it has no time.
    void begin(std::string_view room, std::uint64_t at_us, std::int64_t now_ms) { cursors_.begin(room, at_us, now_ms); }
    void settled(const std::string& room, std::uint64_t at_us, std::uint32_t verdict, bool is_missed,
                 std::int64_t now_ms);

    // Makes the calls that may be made by now.
    void pump(std::int64_t now_ms);
    void tick(std::int64_t now_ms);
    // All that is known is written down.
    void flush() { cursors_.flush(); }

    bool is_idle() const { return catch_up_.is_idle() && !cursors_.is_dirty(); }
    const Counts& counts() const { return counts_; }

  private:
    void on_answer(const std::string& room, const ApiAnswer& answer);
    void tell(const CatchUp::Found& found, std::int64_t now_ms);

    const AdapterHost host_;
    WebClient& client_;
    const Listener listener_;
    Cursors cursors_;
    CatchUp catch_up_;
    Counts counts_;
    std::int64_t refusal_told_at_ms_;
    std::int64_t unkept_told_at_ms_;
};

}  // namespace millrace::chat::slack
