#pragma once

#include <memory>
#include <string_view>

#include "adapters/mqtt/client.hpp"
#include "adapters/mqtt/config.hpp"
#include "millrace/adapter.hpp"

namespace millrace::mqtt {

// The configured adapter: the client of one broker.
class MqttAdapter final : public Adapter {
  public:
    using Settings = mqtt::Settings;

    static constexpr ScopeDeclaration kScope{
        .key = "the topic, or what `scope` says",
        .lifetime = Lifetime::keyed,
        .closes_by = {MILLRACE_REASON_IDLE, MILLRACE_REASON_POLICY, MILLRACE_REASON_DRAIN, MILLRACE_REASON_CONSUMER},
        .reply = ReplyMode::any,
        .retry = RetryMode::local,
        .delivery = DeliveryMode::acked,
    };

    MqttAdapter(AdapterHost host, const Config& config);

    void prepare() override;
    void start() override;
    void retire() override;
    void quiesce() override;
    void stop(std::chrono::milliseconds deadline) override;

  private:
    const AdapterHost host_;
    const Settings settings_;
    std::unique_ptr<Client> client_;
};

}  // namespace millrace::mqtt
