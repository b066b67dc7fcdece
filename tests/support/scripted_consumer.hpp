#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/core/bytes.hpp"
#include "millrace/abi.h"

// A consumer on the bare border whose handler is a function of the test, so that it can also do what the SDK never
// would.
// Thread: the handler runs where the gateway calls deliver; the notes may be read while nothing runs.
namespace millrace::testing {

class ScriptedConsumer {
  public:
    // What a handler sees of its delivery.
    class Call {
      public:
        Call(const millrace_consumer_host* host, const millrace_event& event) : event(event), host_(host) {}
        Call(const millrace_consumer_host* host, millrace_id token) : host_(host) { event.token = token; }

        std::string text() const { return std::string(to_text(event.payload)); }
        std::int32_t reply(std::string_view text) const { return command(MILLRACE_REPLY, {}, text); }
        std::int32_t close(std::uint32_t code, std::string_view text) const {
            return command(MILLRACE_CLOSE, {}, text, 0, code);
        }
        millrace_status ack() const { return complete(MILLRACE_ACK, 0, {}); }
        millrace_status retry(std::string_view text = {}) const { return complete(MILLRACE_RETRY, 0, text); }
        millrace_status reject(std::uint32_t code, std::string_view text) const {
            return complete(MILLRACE_REJECT, code, text);
        }
        millrace_id sleep(std::uint64_t duration_us) const;
        millrace_id offload() const;

        std::int32_t command(std::uint32_t verb, std::string_view address, std::string_view text = {},
                             std::uint32_t flags = 0, std::uint32_t code = 0) const;
        std::int32_t record(const millrace_command& command) const {
            return host_->record(host_->self, event.token, &command);
        }
        std::int32_t after(std::uint64_t delay_us, std::string_view name) const;
        millrace_status set_state(std::string_view state) const;

        millrace_event event{};

      private:
        millrace_status complete(std::uint32_t verdict, std::uint32_t code, std::string_view text) const;

        const millrace_consumer_host* host_;
    };

    // Returns whether the delivery has been completed; false leaves it open.
    using Handler = std::function<bool(Call&)>;

    // At most one object for each of the two modes at a time.
    ScriptedConsumer(std::uint32_t mode, Handler handler);
    ~ScriptedConsumer();

    const millrace_consumer& table() const;
    const millrace_consumer_host* host() const { return host_; }

    Handler handler;
    std::function<void(millrace_id op, std::int32_t status)> on_resumed;
    std::function<void(millrace_id op)> on_work;

    std::vector<std::string> log() const;  // open, CONNECT, the texts, DISCONNECT:<reason>, cancel, close
    std::atomic<int> instances{0};

  private:
    friend struct Border;
    void note(std::string text);

    const std::uint32_t mode_;
    const millrace_consumer_host* host_ = nullptr;
    mutable std::mutex mutex_;
    std::vector<std::string> log_;
};

}  // namespace millrace::testing
