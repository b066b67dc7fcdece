#include "adapters/chat/slack/adapter.hpp"

#include <algorithm>

namespace millrace::chat::slack {

SlackAdapter::SlackAdapter(AdapterHost host, const Config& config)
    : host_(host), settings_(config), listening_(settings_.events.value_or(EventsSettings())),
      admission_(listening_.connections_max, listening_.connections_of_address_max),
      tls_failures_(host), server_{.send_bytes_max = listening_.send_bytes_max,
                                   .rates = http::RequestRates(listening_.requests_per_s_max)} {}

void SlackAdapter::prepare() {
    if (settings_.state) ledger_.open(*settings_.state, "slack " + settings_.network);
    if (settings_.events) server_.limits = listening_.limits();
    const IoShared io{host_, admission_, tls_failures_, listening_.trusted_proxies, listening_.tls_context.get()};
    workspace_ = std::make_unique<Workspace>(io, server_, settings_, ledger_);
    for (const Endpoint& endpoint : listening_.endpoints) bound_.push_back(workspace_->listen(endpoint, false));
}

void SlackAdapter::start() {
    if (!settings_.state) host_.log(MILLRACE_LOG_WARN, "what is missed over a restart is not noticed: set `state`");
    workspace_->start();
    workspace_->let_in();
    const char* how = listening_.tls_context ? " with TLS" : "";
    for (const Endpoint& endpoint : bound_) host_.log(MILLRACE_LOG_INFO, "listening on " + to_text(endpoint) + how);
}

void SlackAdapter::stop(std::chrono::milliseconds deadline) {
    const auto begun = std::chrono::steady_clock::now();
    workspace_->stop_sending(deadline);
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    workspace_->stop(std::max(deadline - passed, std::chrono::milliseconds(0)));
    workspace_->join();
}

}  // namespace millrace::chat::slack

MILLRACE_ADAPTER("slack", "1.0.0", "slack", MILLRACE_CHAT_MATCH_KEYS, millrace::chat::slack::SlackAdapter)
