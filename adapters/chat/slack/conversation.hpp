#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "adapters/chat/slack/event.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "millrace/adapter.hpp"

namespace millrace::chat::slack {

class Conversations;

// Something that happened, until the gateway has it.
struct Arrival {
    // How it ended: MILLRACE_ACK, MILLRACE_RETRY or MILLRACE_REJECT. Called once, whatever becomes of it.
    using Settle = std::function<void(std::uint32_t verdict)>;

    Event event;
    Settle settle;
    std::int64_t names_due_ms = 0;  // So long its names are waited for.
    bool is_rendered = false;
    std::string reply_to{};  // Once it is.
};

// A room, a direct message or a person, as the gateway sees it. Thread: the adapter's loop.
class Conversation final
    : public Scope,
      public TimerWheel::Entry,
      public boost::intrusive::list_base_hook<boost::intrusive::tag<struct ByUseTag>,
                                              boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    using ByUse = boost::intrusive::list_base_hook<boost::intrusive::tag<struct ByUseTag>,
                                                   boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
    enum class State : std::uint8_t {
        closed,
        asking,  // Its consumers have not all accepted it yet.
        open,
    };
    struct Submitted {
        std::uint64_t cookie;
        Arrival::Settle settle;
    };

    Conversation(Conversations& all, std::string key) : key(std::move(key)), all_(all) {}

    void settled(const Answer& answer) override;
    void send(const millrace::Outgoing& command) override;
    void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) override;
    void close(std::uint32_t reason, std::uint32_t code, std::string_view text) override;
    void resume() override;
    void on_timer() override;

    // Nothing of it is in the gateway, nothing waits, and nothing is on its way.
    bool is_at_rest() const { return line.empty() && submitted.empty() && sending == 0 && state != State::asking; }

    const std::string key;
    millrace_id id = 0;
    State state = State::closed;
    bool is_full = false;          // The gateway has no room for the next one,
    bool is_held = false;          // or it has to wait for what was missed before;
    std::int64_t full_due_ms = 0;  // so long it waits.
    bool is_due = false;
    bool is_departed = false;  // The gateway is in the room no more, when what has come is said.
    bool has_gap = false;      // Its consumers are to be told.
    std::int64_t used_at_ms = 0;
    std::uint32_t sending = 0;        // Of what was sent to it.
    std::deque<Arrival> line;         // What waits for the gateway,
    std::deque<Submitted> submitted;  // and what has not ended there, in its order.

  private:
    Conversations& all_;
};

}  // namespace millrace::chat::slack
