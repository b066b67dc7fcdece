#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/bytes.hpp"
#include "millrace/abi.h"

// An adapter that is all in the test's hands: the test opens scopes, submits and runs the loop, and reads what the
// gateway has said. Every scope's context is its name.
// Thread: that of the test, but for wake.
namespace millrace::testing {

class FakeAdapter {
  public:
    struct Scope {
        std::string key = "scope-1";
        millrace_id id = 0;
        std::vector<std::string> replies = {};
        std::vector<std::string> bodies = {};                          // Of those that had one.
        std::vector<std::string> addresses = {};                       // Of those that had one, and the hops: "a/b 1".
        std::vector<std::uint64_t> receipts = {};                      // That are asked for.
        std::vector<std::pair<std::string, std::string>> askers = {};  // Who waits, and in which scope.
        std::vector<std::uint64_t> ids = {};                           // Of those that have one.
        std::uint32_t settled = 0;                                     // The verdict on CONNECT.
        std::uint32_t code = 0;
        std::string text = {};
        std::uint32_t closed_reason = 0;
        std::uint32_t closed_code = 0;
        std::string closed_text = {};
        int resumes = 0;
        std::vector<std::pair<std::uint64_t, std::uint32_t>> settlements =
            {};  // Cookies, which count from 1, and verdicts.
        std::uint64_t unwritten_bytes = 0;
    };

    // The border that an AdapterHost is given. One FakeAdapter at a time.
    static const millrace_adapter& table();
    FakeAdapter();
    ~FakeAdapter();

    // Makes the calling thread a loop.
    void attach();
    void detach() { host_->loop_detach(host_->self, loop_); }

    // Runs the loop until nothing has woken it.
    void run();
    bool is_woken() const { return woken_.load(); }

    std::int32_t open(Scope& scope, std::string_view path, std::uint64_t send_bytes_max = 1 << 20);
    // As `open`, with what only some protocols have.
    std::int32_t open_with(Scope& scope, std::string_view path, std::uint32_t flags,
                           std::uint32_t settle_deadline_ms = 0, millrace_id routes = 0);
    // -> MILLRACE_PROBE_NO, ...; of a message with this path. `unknown`: attributes that are not known yet.
    std::int32_t probe(std::string_view path, millrace_id& routes, const std::vector<std::string_view>& unknown = {});
    void release(millrace_id routes) { host_->routes_release(host_->self, routes); }
    std::uint32_t submit(const Scope& scope, const std::vector<std::string>& texts);

    // One text with what else can be said of it. -> MILLRACE_SETTLED, MILLRACE_PENDING, MILLRACE_NOWHERE, or kRefused.
    static constexpr int kRefused = -1;
    struct Extras {
        std::vector<std::pair<std::string, std::string>> attributes = {};
        std::string external_id = {};
        std::uint32_t hops = 0;
        std::string fields = {};
        std::string body = {};
        millrace_id sealed = 0;
    };
    int submit(const Scope& scope, std::string_view text, const Extras& extras);
    void close(const Scope& scope, std::uint32_t reason = MILLRACE_REASON_PEER);

    // The peer has read all that was sent.
    void written(Scope& scope);

    void outcome(std::uint64_t receipt, std::uint32_t outcome, std::uint32_t code, std::string_view text) {
        report({sizeof(millrace_report), outcome, receipt, code, 1, to_bytes(text), {}, {}, 0});
    }
    // By who asks, in an open scope or 0.
    void tell(std::string_view asker, millrace_id scope, std::uint32_t outcome, std::string_view text) {
        report({sizeof(millrace_report), outcome, 0, 0, 1, to_bytes(text), {}, to_bytes(asker), scope});
    }
    void bury(const millrace_letter& letter) { host_->dead_letter(host_->self, loop_, &letter); }
    void report(const millrace_report& report) { host_->outcome(host_->self, loop_, &report); }

    const millrace_adapter_host* host() const { return host_; }
    void set_host(const millrace_adapter_host* host) { host_ = host; }

    // What send() calls in the middle of it; for tests of what may not be done there.
    std::function<void()> during_send;

  private:
    static void settle(void* self, const millrace_settlement* first, std::uint32_t count, std::uint32_t stride);
    static void send(void* self, const millrace_send* first, std::uint32_t count, std::uint32_t stride);

    const millrace_adapter_host* host_ = nullptr;
    millrace_loop* loop_ = nullptr;
    std::atomic<bool> woken_{false};
    std::uint64_t next_cookie_ = 1;
};

}  // namespace millrace::testing
