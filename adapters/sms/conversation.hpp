#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/common/timer_wheel.hpp"
#include "adapters/sms/answering.hpp"
#include "adapters/sms/event.hpp"
#include "adapters/sms/media.hpp"
#include "millrace/adapter.hpp"

namespace millrace::sms {

class Conversations;

// A message of a webhook, until the gateway has it.
struct Arrival {
    Event event;
    std::shared_ptr<Answering> answering;
    std::shared_ptr<Media> media{};  // That are fetched for it; null: none are.
    bool has_begun = false;          // To fetch them.

    bool is_ready() const { return has_begun && (!media || media->is_over()); }
};

// What becomes of a message that a consumer of a conversation has sent, until that is open to be told.
struct Notice {
    std::string asker;  // See Report.
    std::uint32_t outcome;
    std::uint32_t code;
    std::string text;
    std::string fields;
};

// A pair of numbers, ours and the other side's, as the gateway sees it. Thread: the adapter's loop.
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
        std::shared_ptr<Answering> answering;
    };

    Conversation(Conversations& conversations, std::string key) : key(std::move(key)), conversations_(conversations) {}

    void settled(const millrace::Answer& answer) override;
    void send(const Outgoing& command) override;
    void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) override;
    void close(std::uint32_t reason, std::uint32_t code, std::string_view text) override;
    void resume() override;
    void on_timer() override;

    // Nothing of it is in the gateway, nothing waits, and nothing is on its way.
    bool is_at_rest() const { return !wants_in() && submitted.empty() && sending == 0; }
    bool wants_in() const { return !line.empty() || !notices.empty(); }

    const std::string key;
    millrace_id id = 0;
    State state = State::closed;
    bool is_full = false;          // The gateway has no room for the next one,
    std::int64_t full_due_ms = 0;  // and has that long to find some.
    bool is_due = false;
    std::int64_t used_at_ms = 0;
    std::uint32_t sending = 0;        // Of what was sent to it.
    std::deque<Arrival> line;         // What waits for the gateway,
    std::vector<Notice> notices;      // what its consumers are to be told,
    std::deque<Submitted> submitted;  // and what has not ended there, in its order.

  private:
    Conversations& conversations_;
};

}  // namespace millrace::sms
