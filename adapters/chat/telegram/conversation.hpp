#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "adapters/chat/telegram/event.hpp"
#include "adapters/chat/telegram/unsettled.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "millrace/adapter.hpp"

namespace millrace::chat::telegram {

class Conversations;

// An event, and the update that it is of.
struct Arrival {
    Event event;
    std::shared_ptr<Unsettled> update;
};

// A chat or a topic, as the gateway sees it. Thread: the adapter's loop.
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
        Arrival arrival;
    };

    Conversation(Conversations& all, const Event& first) : place(first.place), key(first.place.id()), all_(all) {}

    void settled(const Answer& answer) override;
    void send(const Outgoing& command) override;
    void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) override;
    void close(std::uint32_t reason, std::uint32_t code, std::string_view text) override;
    void resume() override;
    void on_timer() override;

    // Nothing of it is in the gateway, and nothing waits.
    bool is_at_rest() const { return line.empty() && again.empty() && submitted.empty() && state != State::asking; }

    const Place place;
    const std::string key;
    millrace_id id = 0;
    State state = State::closed;
    bool is_full = false;  // The gateway has no room for the next one.
    bool is_due = false;
    bool is_over = false;  // The account is no more in it: it ends when all of it has ended, or it is time.
    std::int64_t over_at_ms = 0;
    std::optional<Arrival> farewell{};  // What its end says.
    std::int64_t used_at_ms = 0;
    std::int64_t again_at_ms = 0;     // Before then it is not offered.
    std::uint32_t sending = 0;        // Of what was sent to it.
    std::deque<Arrival> line;         // What waits for the gateway,
    std::deque<Submitted> submitted;  // what has not ended there, in its order,
    std::deque<Arrival> again;        // and what is to be offered to it again, before the line.

  private:
    Conversations& all_;
};

}  // namespace millrace::chat::telegram
