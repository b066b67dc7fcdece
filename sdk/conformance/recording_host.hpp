#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/abi.h"

// The gateway as an adapter sees it, for adapters' tests: it remembers what it was told, does as the test says, and
// notes in `errors` each rule of abi.h that the adapter breaks. Those are: the right thread; no word about a scope that
// is gone, or after stop; nothing submitted before the answer to CONNECT, nor between a submit that took less than all
// and resume; no more written than was sent; the routes of a probe released as often as they were given, and no scope
// opened with others; no control characters in keys and attributes of scopes; each body appended to before it is
// sealed, submitted after that, and released once; no call into the gateway from within one of its own.
namespace millrace::conformance {

// How long anything may take; the environment's MILLRACE_PATIENCE_MS, else ten seconds.
std::chrono::milliseconds patience();

class RecordingHost {
    struct Loop;
    struct Body {
        std::string bytes;
        bool is_sealed = false;
        bool is_released = false;
    };

  public:
    struct Scope {
        millrace_id id = 0;
        void* context = nullptr;
        Loop* loop = nullptr;
        std::string key;
        std::vector<std::pair<std::string, std::string>> attributes;
        std::string fields;
        std::string routes;  // the name of those that it was opened with
        std::uint64_t send_bytes_max = 0;
        bool needs_reply_to = false;
        std::string reply_to;                // of the last message
        std::vector<std::string> messages;   // as "t:..." or "d:..."
        std::vector<std::uint64_t> cookies;  // of the messages
        std::string event_fields;            // of the last message that had some
        std::string body;                    // of the last message
        std::size_t room = 0;                // messages it takes before it is full
        std::uint64_t written = 0;
        std::uint64_t sent = 0;
        bool is_answered = false;  // its CONNECT
        bool is_full = false;      // waits for resume
        bool is_open = true;
        bool is_closed_by_peer = false;  // the adapter closed it
        std::uint32_t reason = 0;
        std::string close_fields;

        std::string attribute(const std::string& name) const;
    };

    struct Reply {
        std::uint32_t payload_kind = MILLRACE_NO_PAYLOAD;
        std::string payload;
        std::string body;
    };
    struct Outcome {
        std::uint32_t verdict = MILLRACE_ACK;
        std::uint32_t code = 0;
        std::string text = {};
        std::vector<Reply> replies = {};
    };

    // What the adapter has asked about, and what it hears: sets of routes have names here, and equal ones equal ids.
    struct Probe {
        std::vector<std::pair<std::string, std::string>> attributes;
        std::vector<std::string> unknown;

        std::string attribute(const std::string& name) const;
    };
    struct Prospect {
        std::int32_t answer = MILLRACE_PROBE_YES;
        std::string routes = "all";
    };

    // What the host does, set before the adapter starts or under `with`.
    struct Manner {
        std::int32_t open = MILLRACE_OPENED;
        bool settles_at_once = true;
        Outcome outcome;
        bool echoes = true;
        std::size_t room = static_cast<std::size_t>(-1);  // of the scopes that open from now on
        bool remembers = true;                            // off for measuring
        bool goes_nowhere = false;                        // what is submitted: MILLRACE_NOWHERE, though remembered
        bool is_live = false;                             // what is submitted: MILLRACE_SETTLED
        std::function<Prospect(const Probe&)> probe;      // null: as Prospect has it
    };

    // Creates, prepares and starts it; fails the test where that is refused.
    RecordingHost(const millrace_adapter* adapter, const std::string& config)
        : RecordingHost(adapter, config, Manner()) {}
    RecordingHost(const millrace_adapter* adapter, const std::string& config, Manner how);
    ~RecordingHost();

    const millrace_adapter_host* table() const { return &table_; }
    // Of the first line "listening on ...:PORT"; 0 where there is none.
    std::uint16_t port();

    // Waits until the condition holds for what the host knows; false when patience() is over, or a rule was broken.
    bool wait(const std::function<bool()>& condition);
    // Runs f under the host's lock.
    void with(const std::function<void()>& f);
    // Runs f on the loop of the scope, within loop_run.
    void on_loop(Scope& scope, std::function<void()> f);

    // On the loop of the scope, by on_loop. What is about a scope that is gone by then does nothing.
    void settle(Scope& scope, const Outcome& outcome);
    void settle_message(Scope& scope, std::size_t index, std::uint32_t verdict, const std::string& text = {},
                        std::uint32_t code = 0);
    // `receipt`: not 0 where its outcome is asked for.
    void send(Scope& scope, std::uint32_t kind, const std::string& payload, std::uint64_t receipt = 0);
    // To all of them at once; they are of one loop.
    void send_all(std::uint32_t kind, const std::string& payload);
    void close(Scope& scope, std::uint32_t reason, std::uint32_t code, const std::string& text);
    // It has room again, for so many; where it was full.
    void resume(Scope& scope, std::size_t room);

    // Each once, however often it is called.
    void quiesce();
    // As the gateway stops: what is open is closed for MILLRACE_REASON_DRAIN. Returns when the adapter knows.
    void close_all();
    void stop(std::uint32_t deadline_ms);

    // Under `with` or `wait`.
    std::uint64_t held_routes() const;  // of probes, and not released yet
    Manner manner;
    std::deque<Scope> scopes;
    std::vector<std::string> log;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> outcomes;  // By receipt: MILLRACE_SENT, ...
    std::vector<Probe> probes;
    std::vector<std::string> letters;  // Their reason, a space, and the payload.
    std::vector<std::string> errors;   // rules broken by the adapter
    std::size_t loops = 0;
    std::deque<Body> bodies;

  private:
    struct Border;
    struct Routes {
        Loop* loop = nullptr;
        std::string name;
        std::uint64_t holds = 0;
    };
    static constexpr millrace_id kAddresses = static_cast<millrace_id>(-1);
    static constexpr millrace_id kRoutes = 1u << 30;  // The id of the first.
    millrace_id hold(Loop& loop, const std::string& name);
    Routes* find_routes(millrace_id id, const char* call);
    std::int32_t open_addresses(Loop& loop, const millrace_scope_spec& spec, millrace_id& id);
    void settle_now(Scope& scope, const Outcome& outcome);
    void close_now(Scope& scope, std::uint32_t reason, std::uint32_t code, const std::string& text);
    void remember(Scope& scope, const millrace_submission& submission);
    std::uint8_t result_of(bool is_beginning) const;
    void broken(std::string rule);
    void check(const Loop& loop, const std::string& call);
    void check_names(const std::string& key, const std::vector<std::pair<std::string, std::string>>& attributes,
                     const char* call);
    Scope* find(millrace_id id, const char* call);
    Body* find_body(millrace_id id, const char* call);

    std::recursive_mutex mutex_;
    std::condition_variable_any changed_;
    millrace_host common_;
    millrace_adapter_host table_;
    const millrace_adapter* adapter_;
    void* self_ = nullptr;
    std::deque<Loop> loops_;
    std::deque<Routes> routes_;
    Scope addresses_;
    bool is_quiesced_ = false;
    bool is_draining_ = false;  // Nothing opens any more.
    bool is_stopped_ = false;
};

}  // namespace millrace::conformance
