#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/chat/irc/config.hpp"
#include "adapters/chat/irc/conversation.hpp"
#include "adapters/chat/irc/cursors.hpp"
#include "adapters/chat/irc/event.hpp"
#include "adapters/chat/irc/normalise.hpp"
#include "adapters/chat/irc/string_map.hpp"
#include "adapters/chat/irc/wanted_rooms.hpp"
#include "millrace/adapter.hpp"

// Rooms and persons as scopes. A room's is open as long as the gateway is in it, over connections; a person's from the
// first message until they leave, or nothing was said for long. What comes waits in the conversation's own backlog
// until the gateway takes it, and what has no room there is lost, with a GAP: nobody waits for a consumer of another.
//
// What is told here only makes a note; run_due() does it, when no call into the gateway is under way.
// Thread: the adapter's loop.
namespace millrace::chat::irc {

class Conversations {
  public:
    struct Counts {
        std::uint64_t unmatched = 0;  // Events that no route takes,
        std::uint64_t refused = 0;    // and those of conversations that their consumers refuse.
        std::uint64_t lost = 0;       // That had no room, or that the gateway could not keep.
        std::uint64_t evicted = 0;
    };

    // Takes what is sent to a conversation.
    using Send = std::function<void(const millrace::Outgoing& command, const Conversation& to)>;
    // A scope has ended.
    using Ended = std::function<void(millrace_id scope)>;

    // `sent`: what was said from here.
    Conversations(AdapterHost host, const Settings& settings, Cursors& cursors, const IdMap& sent, Send send,
                  Ended ended);

    // The thread is a loop, from now until detach.
    void attach(millrace_loop* loop) { loop_ = loop; }

    // What a session tells (event.hpp).
    void entered(std::string_view room, std::string_view name, std::int64_t now_ms);
    void left(std::string_view id);  // A room was left, or a person is gone.
    void take(const Event& event, const Person& me, std::int64_t now_ms);
    void gap(std::string_view room);
    // What the network can do from now on.
    void can(const Capabilities& capabilities);
    // There was no connection for a while.
    void gap_of_persons();
    // The connection is gone: of rooms, the gateway comes back to these alone.
    void keep(const std::vector<WantedRoom>& wanted, const Casemapping& casemapping);

    void run_due(std::int64_t now_ms);
    // Persons of whom nothing was heard for long; and opens again what could not be opened.
    void tick(std::int64_t now_ms);
    std::optional<std::int64_t> next_ms() const;

    // Nothing more is submitted.
    void quiesce() { is_quiesced_ = true; }
    // All end, for MILLRACE_REASON_DRAIN.
    void close_all();

    // For its conversations.
    void due(Conversation& it);
    void on_answer(Conversation& it, const Answer& answer);
    void on_settled(Conversation& it, std::uint64_t cookie, std::uint32_t verdict);
    void on_sent(Conversation& it, const millrace::Outgoing& command);
    void on_closed(Conversation& it);

    const Counts& counts() const { return counts_; }
    std::size_t size() const { return by_id_.size(); }

  private:
    using ByUse = boost::intrusive::list<Conversation, boost::intrusive::constant_time_size<false>>;

    Conversation& conversation_of(std::string_view id, std::string_view name, bool is_direct);
    Conversation* find(std::string_view id);
    void use(Conversation& it);
    void evict();
    void offer(Conversation& it);
    void open(Conversation& it);
    void open_later(Conversation& it);
    void drop(Conversation& it, std::uint64_t& counted);
    void push(Conversation& it, const Normalised& said);
    void settle(Conversation& it, std::uint64_t cookie);
    void submit(Conversation& it);
    void end(Conversation& it, std::uint32_t reason);
    void erase(Conversation& it);

    const AdapterHost host_;
    const Settings& settings_;
    Cursors& cursors_;
    const Send send_;
    const Ended ended_;
    millrace_loop* loop_ = nullptr;
    Normaliser normaliser_;
    StringMap<std::unique_ptr<Conversation>> by_id_;
    ByUse persons_;  // Who has said nothing for the longest time comes first.
    std::size_t persons_count_ = 0;
    std::vector<Conversation*> due_;
    std::optional<std::int64_t> again_ms_;  // When the first of those that could not be opened is tried again.
    std::optional<Capabilities> can_;
    std::int64_t now_ms_ = 0;
    Counts counts_;
    bool is_quiesced_ = false;
};

}  // namespace millrace::chat::irc
