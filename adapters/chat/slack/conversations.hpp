#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/chat/common/capabilities.hpp"
#include "adapters/chat/slack/config.hpp"
#include "adapters/chat/slack/conversation.hpp"
#include "adapters/chat/slack/directory.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "millrace/adapter.hpp"

// From what has happened to its settlement: each room, each direct message is a scope, opened by the first thing that
// happens there. What the gateway has no room for waits for some of the time that Slack does; then Slack is to bring it
// again. What waits for the name of its author holds up what is behind it in the same room, for a moment, and nothing
// else.
// Thread: the adapter's loop.
namespace millrace::chat::slack {

class Conversations {
  public:
    struct Counts {
        std::uint64_t unmatched = 0;
        std::uint64_t evicted = 0;
        std::uint64_t put_off = 0;  // To be brought again.
    };

    // Takes what is sent to a conversation. `address`: as replies have it, or the conversation's key.
    using Send =
        std::function<void(const millrace::Outgoing& command, std::string_view address, const Conversation& from)>;
    // By which address a bare reply to an event goes; called once for each.
    using ReplyTo = std::function<std::string(const Event& event)>;
    // Whether what has come waits for what was missed before: until insert() brings that.
    using IsHeld = std::function<bool(std::string_view key)>;

    Conversations(AdapterHost host, const Settings& settings, const Self& self, TimerWheel& wheel, Directory& directory,
                  Send send, ReplyTo reply_to, IsHeld is_held);
    ~Conversations();

    // The thread is a loop, from now until clear().
    void attach(millrace_loop* loop) { loop_ = loop; }
    void clear();

    void take(Arrival arrival);

    // What was missed, in its order; it comes before what waits. What is in both is one. `has_gap`: and there was more.
    void insert(const std::string& key, std::vector<Arrival> missed, bool has_gap);

    // Offers the gateway what waits. To be called when no call into the gateway is under way.
    void run_due();

    // Names are known that were not, or time has passed: those who wait for some are due.
    void look_at_names();

    // What was sent to a scope has left, or never will.
    void sent(std::string_view key, millrace_id scope, std::uint64_t size);

    // What Slack is found to be able to do: before the first one comes.
    void can(const Capabilities& capabilities) { can_ = capabilities; }

    // Something may have been missed in those that are open.
    void gap(const std::function<bool(std::string_view key)>& is_in);

    // Those end of which nothing is in the gateway.
    void close_idle();

    // Nothing more is submitted.
    void quiesce() { is_quiesced_ = true; }

    const Counts& counts() const { return counts_; }
    std::size_t size() const { return all_.size(); }

    // For its conversations.
    void on_answer(Conversation& it, const Answer& answer);
    void on_settled(Conversation& it, std::uint64_t cookie, std::uint32_t verdict);
    void on_sent(Conversation& it, const millrace::Outgoing& command);
    void on_closed(Conversation& it);
    void on_room(Conversation& it);
    void on_time(Conversation& it);

  private:
    void depart(const Arrival& arrival);
    Conversation& find_or_make(const std::string& key);
    void due(Conversation& it);
    void offer(Conversation& it);
    bool hold(Conversation& it);
    void give_time(Conversation& it);
    bool has_names(const Conversation& it, const Arrival& arrival);
    void open(Conversation& it);
    std::int32_t try_to_open(Conversation& it);
    void bury(Conversation& it);
    std::size_t render_ready(Conversation& it);
    void submit(Conversation& it, std::size_t count);
    void settle(const Arrival::Settle& settle, std::uint32_t verdict);
    void give_back(Conversation& it);
    void end_line(Conversation& it, std::uint32_t verdict);
    void make_room();
    void close(Conversation& it, std::uint32_t reason);
    void erase(Conversation& it);

    const AdapterHost host_;
    const Settings& settings_;
    const Self& self_;
    TimerWheel& wheel_;
    Directory& directory_;
    const Send send_;
    const ReplyTo reply_to_;
    const IsHeld is_held_;
    Capabilities can_;
    millrace_loop* loop_ = nullptr;
    std::unordered_map<std::string_view, std::unique_ptr<Conversation>> all_;  // By their own key.
    boost::intrusive::list<Conversation, boost::intrusive::base_hook<Conversation::ByUse>,
                           boost::intrusive::constant_time_size<false>>
        by_use_;  // The oldest first.
    std::vector<Conversation*> due_;
    std::vector<std::string> without_names_;  // Who wait for some.
    std::uint64_t last_cookie_ = 0;
    Counts counts_;
    bool is_quiesced_ = false;
};

}  // namespace millrace::chat::slack
