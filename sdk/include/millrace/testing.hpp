#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "millrace/abi.h"
#include "millrace/detail/test_event.hpp"
#include "millrace/v1/message.pb.h"

// Tests of a consumer, without a gateway: a host in the process, with a clock that the test moves.
//
//     TEST(Echo, AnswersInKind) {
//         millrace::testing::Host host(millrace::plugin<Echo>());
//         auto& scope = host.open();                       // on_connect
//         scope.message("hi");                             // on_message
//         EXPECT_EQ(scope.replies(), std::vector<std::string>{"hi"});
//     }
//
// The host takes any plugin of the border: plugin<Type>(), or millrace_plugin_v1() of what is linked into the test. It
// is as strict as the gateway and more talkative: what breaks a rule of abi.h is written to violations(), and a test
// that does not look at them is aborted when the host ends. Nothing here depends on a test framework.
//
// All scopes of a host are in reach of each other: what one sends to a group gets to the members when the handler has
// succeeded, before the test's call returns. A scope has left its groups when its disconnect is done. What is sent to a
// channel of the same consumer, and what is answered to one of its scopes, gets there in the same way; what goes to
// others is seen in commands(), with its address.
// Thread: the test's. Only offloaded work runs on another, while run_work() waits for it.
namespace millrace::inline sdk::testing {

enum class Verdict { open, ack, retry, reject };

// How a delivery has ended, or that it has not.
struct Outcome {
    Verdict verdict = Verdict::open;
    std::uint32_t code = 0;
    std::string text = {};

    bool operator==(const Outcome&) const = default;
};

// A command that has left: in order, of deliveries that ended in ack. What another scope has sent to the peers of a
// group is a MILLRACE_REPLY here, as the peer sees it.
struct Command {
    std::uint32_t verb = 0;          // MILLRACE_REPLY, MILLRACE_CLOSE, ...
    std::uint32_t payload_kind = 0;  // MILLRACE_TEXT, ...
    std::uint32_t code = 0;
    std::string payload;
    std::string body = {};  // A serialised millrace.v1.Command.
    std::string group = {};
    std::uint32_t flags = 0;  // MILLRACE_TRY, ...
    std::uint64_t correlation = 0;
    std::string address = {};    // Of what is sent or answered: where to.
    std::uint64_t delay_us = 0;  // Of a timer, whose name is the payload.

    bool operator==(const Command&) const = default;
};

using Attributes = std::map<std::string, std::string>;

class Host;
class Scope;

namespace detail {

// The functions of the border that a host is seen through.
class Border {
  public:
    explicit Border(Host& host);
    Border(const Border&) = delete;

    const millrace_consumer_host* table() const { return &consumer_; }

  private:
    static Host& host(void* self) { return *static_cast<Host*>(self); }
    static Scope* scope(void* self, millrace_id token, const char* call);
    static void log(void* self, std::int32_t level, millrace_bytes text);
    static std::int64_t now_us(void* self);
    static millrace_status to_json(void* self, const millrace_event* event, const millrace_sink* out);
    static void gauge(void*, millrace_bytes, double) {}
    static std::int32_t record(void* self, millrace_id token, const millrace_command* command);
    static millrace_status complete(void* self, millrace_id token, const millrace_outcome* outcome);
    static millrace_status start_op(void* self, millrace_id token, std::uint32_t kind, std::uint64_t arg,
                                    millrace_id* operation);
    static millrace_status set_state(void* self, millrace_id token, millrace_bytes state);

    const millrace_host common_;
    const millrace_consumer_host consumer_;
};

}  // namespace detail

// One conversation, with one instance of the consumer. Owned by the host.
//
// An event is delivered at once where the instance is free, else when it has become so. After a retry the instance is
// replaced, as the gateway does; the event waits for redeliver(), and those behind it wait too.
class Scope {
  public:
    // Each returns outcome().
    Outcome message(std::string_view text);
    Outcome data(std::string_view bytes);
    Outcome disconnect(std::uint32_t reason = MILLRACE_REASON_PEER);

    // A message with all that `fields` have: its payload, who sent it, what only its protocol has.
    Outcome message(const v1::ChannelMessage& fields);

    // What another consumer says: `alarm:line-1` or `chatroom@web:1f-3`.
    Outcome message_from(std::string_view sender, std::string_view text, std::uint64_t correlation = 0);

    // So many messages of groups were lost on the way here.
    Outcome gap(std::uint64_t lost = 1);

    // Several texts in one call of deliver.
    Outcome messages(const std::vector<std::string>& texts);

    // Delivers an event that has ended in retry once more.
    Outcome redeliver();

    // Tells the open delivery to end: the stop token, then the end of what it waits for. Work that runs is waited for.
    void cancel();

    // What record answers to replies from now on; MILLRACE_FULL to see what the consumer does then. A peer without room
    // does not get what is sent to the peers of a group, but its consumer a gap.
    void answer(std::int32_t answer) { answer_ = answer; }

    // How the last delivery has ended, or that it is still open.
    const Outcome& outcome() const { return outcome_; }

    const std::vector<Command>& commands() const { return commands_; }

    // What the last handler that succeeded has left.
    const std::string& state() const { return state_; }

    // What others see as the sender: `test:alice` is a channel, `test@test:scope-1` is not.
    const std::string& address() const { return address_; }

    // The payloads of all replies that had one, those to groups among them.
    std::vector<std::string> replies() const;

    // The close that the consumer asked for, if it did.
    const Command* closed() const;

    // Made by Host::open and Host::channel.
    Scope(Host& host, std::string address, std::string fields, bool is_channel)
        : host_(host), address_(std::move(address)), fields_(std::move(fields)), is_channel_(is_channel) {}

  private:
    friend class Host;
    friend class detail::Border;

    detail::TestEvent& queue(detail::TestEvent event);
    detail::TestEvent& queue(v1::ChannelMessage::Kind kind);
    detail::TestEvent make_event(v1::ChannelMessage::Kind kind, const v1::ChannelMessage& fields) const;
    Outcome deliver();
    void deliver_own();
    bool is_possible(std::uint32_t taken, std::uint32_t offered);
    bool is_open(millrace_id token) const { return token != 0 && token == token_; }
    std::int32_t record(const millrace_command& command);
    millrace_status set_state(std::string_view state);
    millrace_status complete(const millrace_outcome& outcome);
    void renew_if_failed();
    void open_instance();
    void close_instance();

    Host& host_;
    const std::string address_;
    const std::string fields_;
    const bool is_channel_;
    void* instance_ = nullptr;
    std::deque<detail::TestEvent> events_;  // The first is the open delivery's, or the one that waits for redeliver().
    std::uint64_t order_ = 0;
    std::uint64_t seq_ = 0;
    millrace_id token_ = 0;
    millrace_id last_token_ = 0;  // Of the batch that is being delivered.
    std::uint32_t completed_ = 0;
    bool has_failed_ = false;
    std::int32_t answer_ = MILLRACE_TAKEN;
    bool was_full_ = false;
    bool is_closed_ = false;  // Its disconnect has come.
    std::string state_;
    std::optional<std::string> new_state_;
    std::vector<Command> outbox_;
    Outcome outcome_;
    std::vector<Command> commands_;
};

class Host {
  public:
    // Creates and starts the consumer with this configuration, a JSON object, and this name: its channels are
    // `NAME:key`.
    explicit Host(const millrace_plugin* plugin, std::string_view config = "{}", std::string name = "test");

    // Ends what is open, stops and destroys the consumer; aborts where a rule was broken and nobody has looked.
    ~Host();

    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    // Opens a scope and delivers its connect. REQUIRES: the consumer has started (errors() is empty).
    Scope& open(const Attributes& attributes = {}, const v1::ChannelMessage& fields = {});

    // That channel of the consumer, opened where it is not: with the state that it has left when it was closed.
    Scope& channel(std::string_view key);

    // Why the consumer did not start: "path: text" of each error in the configuration, or the text of start().
    const std::vector<std::string>& errors() const { return errors_; }

    // Microseconds since 1970; it begins with 2026-01-01.
    std::int64_t now_us() const { return now_us_; }

    // Moves the clock; what has slept until then goes on and timers come, in the order of time.
    void advance(std::chrono::microseconds time);

    // Runs the offloaded work that waits, one after the other on a thread of its own; returns how many there were.
    std::size_t run_work();

    // The lines of the log, without their levels.
    const std::vector<std::string>& log() const { return log_; }

    // Rules of the border that were broken. Reading them is taking note: the host then does not abort.
    const std::vector<std::string>& violations() const {
        are_violations_seen_ = true;
        return violations_;
    }

  private:
    friend class Scope;
    friend class detail::Border;

    struct Operation {
        millrace_id id;
        Scope* scope;
        std::uint32_t kind;
        std::int64_t due_us;
        bool is_cancelled = false;
        bool is_running = false;
    };
    using Operations = std::list<Operation>;

    struct Timer {
        Scope* scope;
        std::string name;
        std::int64_t due_us;
    };

    // What a command of one scope makes for another.
    struct Post {
        Scope* to;
        detail::TestEvent event;
    };

    void violate(std::string text);
    void end(Operations::iterator operation);
    void cancel_operations(Scope& scope);
    Operations::iterator next_due(std::int64_t until_us);
    Scope* scope_of(millrace_id token);
    void commit(Scope& scope, const Command& command);
    void post_to_address(Scope& from, const Command& command);
    void set_timer(Scope& scope, const Command& command);
    bool fire_next_timer(std::int64_t until_us);
    Scope* find_open(std::string_view address);
    Scope& add(std::string_view key, v1::ChannelMessage fields, bool is_channel);
    void post_to_group(Scope& from, const Command& command);
    void leave_all(Scope& scope);
    void deliver_posts();

    const millrace_consumer* consumer_;
    detail::Border border_{*this};
    const std::thread::id thread_ = std::this_thread::get_id();
    void* self_ = nullptr;
    bool is_started_ = false;
    std::int64_t now_us_ = 1'767'225'600'000'000;  // 2026-01-01
    millrace_id last_id_ = 0;
    const std::string name_;
    Operations operations_;
    std::list<Timer> timers_;
    std::list<Scope> scopes_;
    std::map<std::string, std::vector<Scope*>> groups_;
    std::deque<Post> posts_;
    bool is_delivering_posts_ = false;
    std::vector<std::string> errors_;
    std::mutex mutex_;  // Of what the consumer's own threads may write.
    std::vector<std::string> log_;
    mutable bool are_violations_seen_ = false;
    std::vector<std::string> violations_;
};

}  // namespace millrace::inline sdk::testing

#include "millrace/detail/test_channels.hpp"
#include "millrace/detail/test_groups.hpp"
#include "millrace/detail/test_host.hpp"
