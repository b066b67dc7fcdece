#pragma once

#include <boost/intrusive/list_hook.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/chat/common/progress.hpp"
#include "adapters/chat/irc/backlog.hpp"
#include "millrace/adapter.hpp"

// One room, or one person who talks to the gateway alone, as the gateway sees it. Thread: the adapter's loop.
namespace millrace::chat::irc {

class Conversations;

class Conversation final
    : public Scope,
      public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    enum class State : std::uint8_t {
        closed,
        asking,  // Its consumers have not all accepted it yet.
        open,
    };

    Conversation(Conversations& all, std::string_view id, std::string_view name, bool is_direct)
        : id(id), name(name), is_direct(is_direct), all_(all) {}

    void settled(const Answer& answer) override;
    void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) override;
    void send(const millrace::Outgoing& command) override;
    void close(std::uint32_t reason, std::uint32_t code, std::string_view text) override;
    void resume() override;

    const std::string id;    // Folded, as the server has it.
    const std::string name;  // As it is written.
    const bool is_direct;
    bool is_present = true;  // The gateway is in the room, or the person is there.
    State state = State::closed;
    millrace_id scope = 0;
    Backlog backlog;
    Progress<std::int64_t> progress;  // Of a room, by the network's time, where cursors are kept.
    bool is_wanted = false;           // To be opened, though there is no event.
    bool is_paused = false;           // The gateway has no room for the next one.
    bool is_due = false;
    bool has_gap = false;          // Its consumers are to be told.
    std::int64_t used_at_ms = 0;   // By an event, or something that was sent.
    std::int64_t again_at_ms = 0;  // Closed: before then it is not opened.

  private:
    Conversations& all_;
};

}  // namespace millrace::chat::irc
