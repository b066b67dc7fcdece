#include "adapters/sms/adapter.hpp"

namespace millrace::sms {

SmsAdapter::SmsAdapter(AdapterHost host, const Config& config)
    : host_(host), settings_(config), admission_(settings_.connections_max, settings_.connections_of_address_max),
      tls_failures_(host), server_{.send_bytes_max = settings_.send_bytes_max,
                                   .rates = http::RequestRates(settings_.requests_per_s_max)} {}

void SmsAdapter::prepare() {
    server_.limits = settings_.limits();
    if (settings_.state) ledger_.open(*settings_.state, host_.now_us() / 1'000'000);
    const IoShared io{host_, admission_, tls_failures_, settings_.trusted_proxies, settings_.tls_context.get()};
    webhooks_ = std::make_unique<Webhooks>(io, server_, settings_, ledger_);
    for (const Endpoint& endpoint : settings_.endpoints) bound_.push_back(webhooks_->listen(endpoint, false));
}

void SmsAdapter::start() {
    if (!settings_.state) host_.log(MILLRACE_LOG_WARN, "who wants no messages is forgotten at a restart: set `state`");
    webhooks_->start();
    webhooks_->let_in();
    const char* how = settings_.tls_context ? " with TLS" : "";
    for (const Endpoint& endpoint : bound_) host_.log(MILLRACE_LOG_INFO, "listening on " + to_text(endpoint) + how);
}

void SmsAdapter::stop(std::chrono::milliseconds deadline) {
    const auto begun = std::chrono::steady_clock::now();
    webhooks_->stop_sending(deadline);
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    webhooks_->stop(std::max(deadline - passed, std::chrono::milliseconds(0)));
    webhooks_->join();
}

}  // namespace millrace::sms

// clang-format off
MILLRACE_ADAPTER("sms", "1.0.0", "sms",
    MILLRACE_MATCH_TEXT("to") ","
    MILLRACE_MATCH_TEXT("from") ","
    MILLRACE_MATCH_TEXT("provider"),
    millrace::sms::SmsAdapter)
// clang-format on
