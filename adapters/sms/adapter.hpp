#pragma once

#include <memory>
#include <vector>

#include "adapters/sms/config.hpp"
#include "adapters/sms/webhooks.hpp"
#include "millrace/adapter.hpp"

namespace millrace::sms {

// The configured adapter: one provider's webhooks and messages.
class SmsAdapter final : public Adapter {
  public:
    using Settings = sms::Settings;

    static constexpr ScopeDeclaration kScope{
        .key = "our number and the other side's",
        .lifetime = Lifetime::keyed,
        .closes_by = {MILLRACE_REASON_IDLE, MILLRACE_REASON_POLICY, MILLRACE_REASON_DRAIN, MILLRACE_REASON_CONSUMER},
        .reply = ReplyMode::any,
        .retry = RetryMode::upstream,
        .delivery = DeliveryMode::acked,
    };

    SmsAdapter(AdapterHost host, const Config& config);

    void prepare() override;
    void start() override;
    void retire() override { webhooks_->retire(); }
    void quiesce() override { webhooks_->quiesce(); }
    void stop(std::chrono::milliseconds deadline) override;

  private:
    const AdapterHost host_;
    const Settings settings_;
    Admission admission_;
    TlsFailures tls_failures_;
    std::vector<Endpoint> bound_;
    http::ServerShared server_;
    Ledger ledger_;
    std::unique_ptr<Webhooks> webhooks_;
};

}  // namespace millrace::sms
