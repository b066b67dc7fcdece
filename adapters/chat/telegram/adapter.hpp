#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "adapters/chat/common/ledger.hpp"
#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/telegram/bot.hpp"
#include "adapters/chat/telegram/config.hpp"
#include "millrace/adapter.hpp"

namespace millrace::chat::telegram {

// The configured adapter: one bot.
class TelegramAdapter final : public Adapter {
  public:
    using Settings = telegram::Settings;

    static constexpr ScopeDeclaration kScope{
        .key = "the chat, or the topic of a forum",
        .lifetime = Lifetime::keyed,
        .closes_by = {MILLRACE_REASON_PEER, MILLRACE_REASON_IDLE, MILLRACE_REASON_POLICY, MILLRACE_REASON_DRAIN,
                      MILLRACE_REASON_CONSUMER},
        .reply = ReplyMode::any,
        .retry = RetryMode::local,
        .delivery = DeliveryMode::acked,
    };

    TelegramAdapter(AdapterHost host, const Config& config);

    void prepare() override;
    void start() override;
    void retire() override { bot_->retire(); }
    void quiesce() override { bot_->quiesce(); }
    void stop(std::chrono::milliseconds deadline) override;

  private:
    const AdapterHost host_;
    const Settings settings_;
    Admission admission_;
    TlsFailures tls_failures_;
    TrustedProxies no_proxies_;
    std::vector<Endpoint> bound_;
    http::ServerShared server_;
    Ledger ledger_;
    std::unique_ptr<Bot> bot_;
};

}  // namespace millrace::chat::telegram
