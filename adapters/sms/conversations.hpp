#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "adapters/common/timer_wheel.hpp"
#include "adapters/sms/config.hpp"
#include "adapters/sms/conversation.hpp"
#include "adapters/sms/opt_outs.hpp"
#include "adapters/sms/sending.hpp"
#include "millrace/adapter.hpp"

// From a message of a webhook to its settlement: each pair of numbers is a scope, opened by its first message. What the
// gateway has no room for waits for some of the time that its provider does; then the answer is 503, and it is brought
// again.
//
// Replies reach their peer in order, whichever way each of them leaves: none goes into a response as long as one is on
// its way by REST, and those that wait for a response leave by REST before one that cannot.
// Thread: the adapter's loop.
namespace millrace::sms {

class Conversations {
  public:
    struct Counts {
        std::uint64_t unmatched = 0;
        std::uint64_t evicted = 0;
        std::uint64_t refused = 0;  // With 503.
        std::uint64_t untold = 0;   // Notices whose conversation does not open.
    };

    // What leaves by REST, and what has left in a response or will not leave.
    using Send = std::function<void(Sending sending)>;
    using Done = std::function<void(const Sending& sending, const Answer& answer)>;
    // Whether one from and to these numbers is on its way by REST.
    using IsOnItsWay = std::function<bool(const Outbound& message)>;

    Conversations(AdapterHost host, const Settings& settings, TimerWheel& wheel, OptOuts& opt_outs,
                  MediaFetcher& fetcher, Send send, Done done, IsOnItsWay is_on_its_way);
    ~Conversations();

    // The thread is a loop, from now until clear().
    void attach(millrace_loop* loop) { loop_ = loop; }
    void clear();

    void take(Arrival arrival);

    // Offers the gateway what waits. To be called when no call into the gateway is under way.
    void run_due();
    bool has_due() const { return !due_.empty(); }

    // Media of a message of this conversation are over.
    void on_fetched(std::string_view key);

    // Replies whose webhook takes too long for its end leave by REST.
    void release_replies();

    // What was sent to a conversation has left, or never will.
    void sent(const Sending& sending);

    // Its consumer hears of what it has sent, in this conversation, which is opened for it.
    void tell(std::string_view scope, Notice notice);
    bool is_open(std::string_view scope) const;

    // Those end of which nothing is in the gateway.
    void close_idle();

    // Nothing more is submitted.
    void quiesce() { is_quiesced_ = true; }
    bool is_quiesced() const { return is_quiesced_; }

    const Counts& counts() const { return counts_; }
    std::size_t size() const { return all_.size(); }

    // For its conversations.
    void on_answer(Conversation& it, std::uint32_t verdict, std::string_view text);
    void on_settled(Conversation& it, std::uint64_t cookie, std::uint32_t verdict);
    void on_sent(Conversation& it, const Outgoing& command);
    void on_closed(Conversation& it);
    void on_room(Conversation& it);
    void on_idle(Conversation& it);

  private:
    Conversation& find_or_make(std::string_view key);
    void due(Conversation& it);
    void offer(Conversation& it);
    void open(Conversation& it);
    void bury(const Conversation& it);
    std::int32_t try_to_open(Conversation& it);
    void tell(Conversation& it);
    void tell_nobody(Conversation& it);
    void fetch(Conversation& it);
    void submit(Conversation& it);
    void end_line(Conversation& it, std::uint32_t verdict);
    void release(Answering& answering);
    void send_otherwise(Sending sending);
    void settle(Answering& answering, std::uint32_t verdict);
    void make_room();
    void close(Conversation& it, std::uint32_t reason);
    void erase(Conversation& it);

    const AdapterHost host_;
    const Settings& settings_;
    TimerWheel& wheel_;
    OptOuts& opt_outs_;
    MediaFetcher& fetcher_;
    const Send send_;
    const Done done_;
    const IsOnItsWay is_on_its_way_;
    millrace_loop* loop_ = nullptr;
    std::unordered_map<std::string_view, std::unique_ptr<Conversation>> all_;  // By their own key.
    boost::intrusive::list<Conversation, boost::intrusive::base_hook<Conversation::ByUse>,
                           boost::intrusive::constant_time_size<false>>
        by_use_;  // The oldest first.
    std::vector<Conversation*> due_;
    std::deque<std::pair<std::int64_t, std::weak_ptr<Answering>>> with_replies_;  // And until when they wait.
    std::uint64_t last_cookie_ = 0;
    std::string fields_;
    Counts counts_;
    bool is_quiesced_ = false;
};

}  // namespace millrace::sms
