#pragma once

#include <memory>
#include <vector>

#include "adapters/smtp/config.hpp"
#include "adapters/smtp/io_thread.hpp"
#include "adapters/smtp/mailer.hpp"
#include "millrace/adapter.hpp"

namespace millrace::smtp {

// The configured adapter: its threads, each of which listens on every address.
class SmtpAdapter final : public Adapter {
  public:
    using Settings = AdapterSettings;

    static constexpr ScopeDeclaration kScope{
        .key = "the mail, also over restarts",
        .lifetime = Lifetime::transaction,
        .closes_by = {MILLRACE_REASON_PEER, MILLRACE_REASON_LOST, MILLRACE_REASON_DRAIN, MILLRACE_REASON_CONSUMER},
        .reply = ReplyMode::any,
        .retry = RetryMode::upstream,
        .delivery = DeliveryMode::acked,
    };

    SmtpAdapter(AdapterHost host, const Config& config);
    ~SmtpAdapter() override;

    void prepare() override;
    void start() override;
    void retire() override;
    void quiesce() override;
    void stop(std::chrono::milliseconds deadline) override;

  private:
    void open_addresses();

    const AdapterHost host_;
    const AdapterSettings settings_;
    const Service service_;
    Admission admission_;
    TlsFailures tls_failures_;
    ClientRates rates_;
    std::vector<Endpoint> bound_;
    const IoShared io_shared_;
    SmtpThread::Shared shared_;
    std::vector<std::unique_ptr<SmtpThread>> threads_;
    LoginDesk login_desk_;  // These end before the threads that they tell,
    NameDesk name_desk_;
    std::unique_ptr<Mailer> mailer_;  // and so does this, which lives on the first of them.
};

}  // namespace millrace::smtp
