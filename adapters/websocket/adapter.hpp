#pragma once

#include <memory>
#include <vector>

#include "adapters/common/admission.hpp"
#include "adapters/websocket/config.hpp"
#include "adapters/websocket/io_thread.hpp"
#include "millrace/adapter.hpp"

namespace millrace::websocket {

// The configured adapter: its threads, each of which listens on every address.
class WebSocketAdapter final : public Adapter {
  public:
    using Settings = websocket::Settings;

    static constexpr ScopeDeclaration kScope{
        .key = "the connection, also over restarts",
        .lifetime = Lifetime::connection,
        .closes_by = {MILLRACE_REASON_PEER, MILLRACE_REASON_LOST, MILLRACE_REASON_IDLE, MILLRACE_REASON_PROTOCOL_ERROR,
                      MILLRACE_REASON_POLICY, MILLRACE_REASON_DRAIN, MILLRACE_REASON_CONSUMER},
        .reply = ReplyMode::connection,
        .retry = RetryMode::local,
    };

    WebSocketAdapter(AdapterHost host, const Config& config);

    void prepare() override;
    void start() override;
    void retire() override;
    void quiesce() override;
    void send(std::span<Scope* const> scopes, const Outgoing& command) override;
    void stop(std::chrono::milliseconds deadline) override;

  private:
    void tell_expiry(std::int64_t at_s) const;

    const AdapterHost host_;
    const Settings settings_;
    Admission admission_;
    TlsFailures tls_failures_;
    std::vector<Endpoint> bound_;
    std::vector<std::unique_ptr<IoThread>> threads_;
};

}  // namespace millrace::websocket
