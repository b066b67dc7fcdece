#include "adapters/chat/telegram/adapter.hpp"

#include <algorithm>

namespace millrace::chat::telegram {

TelegramAdapter::TelegramAdapter(AdapterHost host, const Config& config)
    : host_(host), settings_(config), admission_(settings_.webhook ? settings_.webhook->connections_max : 1,
                                                 settings_.webhook ? settings_.webhook->connections_of_address_max : 1),
      tls_failures_(host), server_{.rates = http::RequestRates(settings_.webhook ? settings_.webhook->requests_per_s_max
                                                                                 : 0)} {}

void TelegramAdapter::prepare() {
    const auto& webhook = settings_.webhook;
    if (settings_.state) ledger_.open(*settings_.state, "telegram " + settings_.bot_id());
    if (webhook) {
        server_.limits = webhook->limits();
        server_.send_bytes_max = webhook->send_bytes_max;
    }
    const IoShared io{host_, admission_, tls_failures_, webhook ? webhook->trusted_proxies : no_proxies_,
                      webhook ? webhook->tls_context.get() : nullptr};
    bot_ = std::make_unique<Bot>(io, server_, settings_, ledger_);
    if (!webhook) return;
    for (const Endpoint& endpoint : webhook->endpoints) bound_.push_back(bot_->listen(endpoint, false));
}

void TelegramAdapter::start() {
    bot_->start();
    bot_->let_in();
    if (!settings_.state)
        host_.log(MILLRACE_LOG_WARN, "what is on its way when the process ends may be said twice: set `state`");
    const char* how = settings_.webhook && settings_.webhook->tls_context ? " with TLS" : "";
    for (const Endpoint& endpoint : bound_) host_.log(MILLRACE_LOG_INFO, "listening on " + to_text(endpoint) + how);
}

void TelegramAdapter::stop(std::chrono::milliseconds deadline) {
    const auto begun = std::chrono::steady_clock::now();
    bot_->stop_calling(deadline);
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    bot_->stop(std::max(deadline - passed, std::chrono::milliseconds(0)));
    bot_->join();
}

}  // namespace millrace::chat::telegram

MILLRACE_ADAPTER("telegram", "1.0.0", "telegram", MILLRACE_CHAT_MATCH_KEYS, millrace::chat::telegram::TelegramAdapter)
