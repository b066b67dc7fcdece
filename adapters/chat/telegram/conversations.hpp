#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/chat/common/loop_guard.hpp"
#include "adapters/chat/telegram/config.hpp"
#include "adapters/chat/telegram/conversation.hpp"
#include "millrace/adapter.hpp"

// Chats and topics as scopes: each is opened by what happens in it, and ends when nothing has for long, or the account
// is in it no more. Events wait in the conversation's own line until the gateway takes them: of a conversation whose
// consumers have no room no other waits.
//
// Where updates are polled, an event that the gateway cannot have now is offered again, and its update has not ended
// meanwhile; where they are sent by the server, it is that which brings it again.
//
// What is told here only makes a note; run_due() does it, when no call into the gateway is under way.
// Thread: the adapter's loop.
namespace millrace::chat::telegram {

class Conversations {
  public:
    struct Counts {
        std::uint64_t unmatched = 0;  // Events that no route takes,
        std::uint64_t refused = 0;    // those of conversations that their consumers refuse,
        std::uint64_t put_off = 0;    // and those that are to come again.
        std::uint64_t evicted = 0;
    };

    // Takes what is sent to a conversation.
    using Send = std::function<void(const Outgoing& command, const Conversation& to)>;
    // A scope has ended.
    using Ended = std::function<void(millrace_id scope)>;

    Conversations(AdapterHost host, const Settings& settings, TimerWheel& wheel, LoopGuard& guard, Send send,
                  Ended ended);
    ~Conversations();

    // The thread is a loop, from now until clear(). `account`: whose events these are.
    void attach(millrace_loop* loop) { loop_ = loop; }
    void be(std::string account) { account_ = std::move(account); }
    void clear();

    void take(Arrival arrival);

    // Offers the gateway what waits. To be called when no call into the gateway is under way.
    void run_due();

    // What was sent to a conversation has left, or never will.
    void sent(millrace_id scope, std::uint64_t size);

    // Those end of which nothing is in the gateway.
    void close_idle();

    // Nothing more is submitted.
    void quiesce() { is_quiesced_ = true; }

    const Counts& counts() const { return counts_; }
    std::size_t size() const { return all_.size(); }

    // For its conversations.
    void on_answer(Conversation& it, const Answer& answer);
    void on_settled(Conversation& it, std::uint64_t cookie, std::uint32_t verdict);
    void on_sent(Conversation& it, const Outgoing& command);
    void on_closed(Conversation& it);
    void on_room(Conversation& it);
    void on_time(Conversation& it);

  private:
    Conversation& find_or_make(const Event& event);
    void due(Conversation& it);
    void due_later(Conversation& it);
    void offer(Conversation& it);
    void open(Conversation& it);
    std::int32_t try_to_open(Conversation& it);
    void bury(const Conversation& it);
    void submit(Conversation& it);
    void end(const Arrival& arrival, std::uint32_t verdict);
    void end_line(Conversation& it);
    void put_off(Conversation& it);
    void make_room();
    void close(Conversation& it, std::uint32_t reason);
    void erase(Conversation& it);

    const AdapterHost host_;
    const Settings& settings_;
    TimerWheel& wheel_;
    LoopGuard& guard_;
    const Send send_;
    const Ended ended_;
    millrace_loop* loop_ = nullptr;
    std::string account_;
    std::unordered_map<std::string_view, std::unique_ptr<Conversation>> all_;  // By their own key.
    std::unordered_map<millrace_id, Conversation*> by_scope_;
    boost::intrusive::list<Conversation, boost::intrusive::base_hook<Conversation::ByUse>,
                           boost::intrusive::constant_time_size<false>>
        by_use_;  // The oldest first.
    std::vector<Conversation*> due_;
    std::uint64_t last_cookie_ = 0;
    Counts counts_;
    bool is_quiesced_ = false;
};

}  // namespace millrace::chat::telegram
