#pragma once

#include <chrono>
#include <memory>

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/irc/client.hpp"
#include "adapters/chat/irc/config.hpp"
#include "millrace/adapter.hpp"

namespace millrace::chat::irc {

// The configured adapter: the gateway's account on one network.
class IrcAdapter final : public Adapter {
  public:
    using Settings = irc::Settings;

    static constexpr ScopeDeclaration kScope{
        .key = "the room, or the person",
        .lifetime = Lifetime::keyed,
        .closes_by = {MILLRACE_REASON_PEER, MILLRACE_REASON_IDLE, MILLRACE_REASON_POLICY, MILLRACE_REASON_DRAIN,
                      MILLRACE_REASON_CONSUMER},
        .reply = ReplyMode::any,
        .retry = RetryMode::local,
        .delivery = DeliveryMode::live,
    };

    IrcAdapter(AdapterHost host, const Config& config);

    void prepare() override;
    void start() override;
    void retire() override;
    void quiesce() override;
    void stop(std::chrono::milliseconds deadline) override;

  private:
    const AdapterHost host_;
    const Settings settings_;
    Ledger ledger_;
    std::unique_ptr<Client> client_;
};

}  // namespace millrace::chat::irc
