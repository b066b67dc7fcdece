#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/common/timer_wheel.hpp"
#include "adapters/mqtt/messages.hpp"
#include "millrace/adapter.hpp"

// One topic, or all that share a scope, as the gateway sees it. Thread: the adapter's loop.
namespace millrace::mqtt {

class Topics;

class TopicScope final
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

    TopicScope(Topics& topics, std::string_view key) : key(key), topics_(topics) {}

    void settled(const Answer& answer) override;
    void send(const millrace::Outgoing& command) override;
    void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) override;
    void close(std::uint32_t reason, std::uint32_t code, std::string_view text) override;
    void resume() override;
    void on_timer() override;

    // Nothing of it is in the gateway, and nothing waits.
    bool is_at_rest() const { return submitted == 0 && publishing == 0 && first == Messages::kNone; }

    const std::string key;
    millrace_id id = 0;
    State state = State::closed;
    bool is_paused = false;  // The gateway has no room for the next one.
    bool is_due = false;
    std::int64_t used_at_ms = 0;
    std::uint32_t submitted = 0;
    std::uint32_t publishing = 0;           // Of what was sent to it.
    std::uint32_t first = Messages::kNone;  // Of the messages that wait.
    std::uint32_t last = Messages::kNone;

  private:
    Topics& topics_;
};

}  // namespace millrace::mqtt
