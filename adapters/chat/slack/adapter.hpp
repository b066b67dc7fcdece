#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "adapters/chat/common/ledger.hpp"
#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/slack/config.hpp"
#include "adapters/chat/slack/workspace.hpp"
#include "millrace/adapter.hpp"

namespace millrace::chat::slack {

// The configured adapter: the gateway's app in one workspace.
class SlackAdapter final : public Adapter {
  public:
    using Settings = slack::Settings;

    static constexpr ScopeDeclaration kScope{
        .key = "the room, or the direct message",
        .lifetime = Lifetime::keyed,
        .closes_by = {MILLRACE_REASON_PEER, MILLRACE_REASON_IDLE, MILLRACE_REASON_POLICY, MILLRACE_REASON_DRAIN,
                      MILLRACE_REASON_CONSUMER},
        .reply = ReplyMode::any,
        .retry = RetryMode::upstream,
        .delivery = DeliveryMode::acked,
    };

    SlackAdapter(AdapterHost host, const Config& config);

    void prepare() override;
    void start() override;
    void retire() override { workspace_->retire(); }
    void quiesce() override { workspace_->quiesce(); }
    void stop(std::chrono::milliseconds deadline) override;

  private:
    const AdapterHost host_;
    const Settings settings_;
    const EventsSettings listening_;  // Without `events` it has no listeners.
    Admission admission_;
    TlsFailures tls_failures_;
    std::vector<Endpoint> bound_;
    http::ServerShared server_;
    Ledger ledger_;
    std::unique_ptr<Workspace> workspace_;
};

}  // namespace millrace::chat::slack
