#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "millrace/abi.h"

// The gateway as an adapter sees it, for adapters' tests: it remembers what it was told, does as the test says, and
// checks the border's rules (the right thread, each scope closed once, nothing about a scope that is gone).
namespace millrace::test {

class FakeHost {
    struct Loop;

  public:
    struct Scope {
        millrace_id id = 0;
        void* context = nullptr;
        Loop* loop = nullptr;
        std::string key;
        std::vector<std::pair<std::string, std::string>> attributes;
        std::string fields;
        std::uint64_t send_bytes_max = 0;
        std::vector<std::string> messages;  // as "t:..." or "d:..."
        std::uint64_t written = 0;
        std::uint64_t sent = 0;
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
        std::string text;
        std::vector<Reply> replies;
    };

    // What the host does, set before the adapter starts or under `with`.
    struct Manner {
        std::int32_t open = MILLRACE_OPENED;
        bool settles_at_once = true;
        Outcome outcome;
        bool echoes = true;
        std::size_t room = static_cast<std::size_t>(-1);  // messages it takes before it is full
        bool remembers = true;                            // off for measuring
    };

    // Creates, prepares and starts it; fails the test where that is refused.
    FakeHost(const millrace_adapter* adapter, const std::string& config) : FakeHost(adapter, config, Manner()) {}
    FakeHost(const millrace_adapter* adapter, const std::string& config, Manner how);
    ~FakeHost();

    const millrace_adapter_host* table() const { return &table_; }
    // Of the first line "listening on ...".
    std::uint16_t port();

    // Waits until the condition holds for what the host knows; false after ten seconds.
    bool wait(const std::function<bool()>& condition);
    // Runs f under the host's lock.
    void with(const std::function<void()>& f);
    // Runs f on the loop of the scope, within loop_run.
    void on_loop(Scope& scope, std::function<void()> f);

    // On the loop of the scope, by on_loop.
    void settle(Scope& scope, const Outcome& outcome);
    void send(Scope& scope, std::uint32_t kind, const std::string& payload);
    // To all of them at once; they are of one loop.
    void send_all(std::uint32_t kind, const std::string& payload);
    void close(Scope& scope, std::uint32_t reason, std::uint32_t code, const std::string& text);
    void resume(Scope& scope);

    void quiesce();
    void stop(std::uint32_t deadline_ms);

    // Under `with` or `wait`.
    Manner manner;
    std::deque<Scope> scopes;
    std::vector<std::string> log;
    std::vector<std::string> errors;  // rules broken by the adapter
    std::size_t loops = 0;

  private:
    struct Border;
    void settle_locked(Scope& scope, const Outcome& outcome);
    Scope* find(millrace_id id, const char* call);

    std::recursive_mutex mutex_;
    std::condition_variable_any changed_;
    millrace_host common_;
    millrace_adapter_host table_;
    const millrace_adapter* adapter_;
    void* self_ = nullptr;
    std::deque<Loop> loops_;
    bool is_stopped_ = false;
};

// Reads a configuration only: the errors as "path: text", in order.
std::vector<std::string> config_errors(const millrace_adapter* adapter, const std::string& config);

}  // namespace millrace::test
