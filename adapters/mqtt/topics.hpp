#pragma once

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/common/timer_wheel.hpp"
#include "adapters/mqtt/config.hpp"
#include "adapters/mqtt/gate.hpp"
#include "adapters/mqtt/messages.hpp"
#include "adapters/mqtt/normalise.hpp"
#include "adapters/mqtt/topic_scope.hpp"
#include "millrace/adapter.hpp"

// From a PUBLISH to its settlement: each topic, or what `scope` says, is a scope, opened by its first message; messages
// wait in its line until the gateway takes them, and are remembered until it says how they ended.
//
// A message that the gateway cannot finish (its scope was closed) is offered again: the broker would not send it a
// second time on the same connection, and nothing behind it could be acknowledged.
// Thread: the adapter's loop.
namespace millrace::mqtt {

class Topics {
  public:
    struct Counts {
        std::uint64_t unmatched = 0;
        std::uint64_t evicted = 0;
        std::uint64_t dropped = 0;  // Of QoS 0, that waited when the connection broke.
    };

    // Takes what is sent to the scope of a topic.
    using Send = std::function<void(const millrace::Outgoing& command, const std::string& key, millrace_id scope)>;

    Topics(AdapterHost host, const Settings& settings, TimerWheel& wheel, Send send);
    ~Topics();

    // The thread is a loop, from now until detach.
    void attach(millrace_loop* loop) { loop_ = loop; }

    // A message goes to the library, which is to deliver all of them in this order.
    void passed(const Gate::Passed& passed, Version version);

    // The library has delivered one. False: it is not the one that was due, so nothing can be said of any.
    bool delivered(::mqtt::const_message_ptr message);

    // The library begins a new link: what of the last one it has not delivered it never will. -> The number of the
    // first of these; `next` where there is none.
    std::uint64_t end_link(std::uint64_t next);

    // The broker accepts the new link. It sends again what of QoS 1 was not acknowledged, where it has kept the
    // session.
    void begin_link(bool session_present);

    // What the gateway has not taken is another generation's, which the broker sends it to.
    void leave_rest();

    // Whether there is more than twice what may be in flight.
    bool is_overfull() const;

    // Offers the gateway what waits. To be called when no call into the gateway is under way.
    void run_due();

    // What has ended since the last time.
    std::vector<Gate::Settled>& settled() { return settled_; }

    // What was sent to the scope of a topic has left, or never will.
    void published(const std::string& key, millrace_id scope, std::uint64_t size);

    // The broker has lost the session, and with it what it had for it.
    void tell_gap();

    // Scopes of which nothing is in the gateway end.
    void close_idle();

    // Nothing more is submitted.
    void quiesce() { is_quiesced_ = true; }

    // For its scopes.
    AdapterHost host() const { return host_; }
    TimerWheel& wheel() { return wheel_; }
    const Settings& settings() const { return settings_; }
    template <class Drops> void drop_waiting(Drops drops);
    void due(TopicScope& scope);
    void on_answer(TopicScope& scope, std::uint32_t verdict, std::string_view text);
    void on_settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code);
    void on_sent(TopicScope& scope, const millrace::Outgoing& command);
    void on_closed(TopicScope& scope);
    void on_idle(TopicScope& scope);

    const Counts& counts() const { return counts_; }
    std::size_t scopes() const { return scopes_.size(); }

  private:
    TopicScope& scope_of(std::string_view key);
    void add_attributes(std::string_view topic);
    void offer(TopicScope& scope);
    bool open(TopicScope& scope);
    bool submit(TopicScope& scope);
    void settle_line(TopicScope& scope, Reason reason);
    void end(Message& message, Reason reason);
    void make_room();
    void close(TopicScope& scope, std::uint32_t reason);
    void erase(TopicScope& scope);

    const AdapterHost host_;
    const Settings& settings_;
    TimerWheel& wheel_;
    const Send send_;
    millrace_loop* loop_ = nullptr;
    Normaliser normaliser_;
    Messages messages_;
    std::deque<std::uint32_t> on_their_way_;
    std::unordered_map<std::string_view, std::unique_ptr<TopicScope>> scopes_;  // By their own key.
    boost::intrusive::list<TopicScope, boost::intrusive::base_hook<TopicScope::ByUse>,
                           boost::intrusive::constant_time_size<false>>
        by_use_;  // The oldest first.
    std::vector<TopicScope*> due_;
    std::vector<Gate::Settled> settled_;
    std::vector<TopicTemplate::Capture> captures_;
    std::vector<TopicTemplate::Capture> shared_;  // Of its scope.
    std::vector<millrace_attribute> attributes_;
    std::string key_;
    Counts counts_;
    bool is_quiesced_ = false;
};

}  // namespace millrace::mqtt
