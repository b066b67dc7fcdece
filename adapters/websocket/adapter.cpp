#include "adapters/websocket/adapter.hpp"

#include "adapters/websocket/envelope.hpp"
#include "adapters/websocket/session.hpp"

namespace millrace::websocket {
namespace {

SharedBytes framed(const Outgoing& command, std::string_view payload) {
    auto frame = std::make_shared<std::string>();
    if (command.payload_kind != MILLRACE_NO_PAYLOAD)
        write_message(*frame, command.payload_kind == MILLRACE_TEXT, payload);
    return frame;
}

}  // namespace

WebSocketAdapter::WebSocketAdapter(AdapterHost host, const Config& config)
    : host_(host), settings_(config), admission_(settings_.connections_max, settings_.connections_of_address_max),
      tls_failures_(host) {}

void WebSocketAdapter::prepare() {
    const std::string stamp = base32(static_cast<std::uint64_t>(host_.now_us()));
    const IoShared shared{host_, admission_, tls_failures_, settings_.trusted_proxies, settings_.tls_context.get()};
    for (std::size_t i = 0; i < settings_.thread_count; ++i) {
        threads_.push_back(std::make_unique<IoThread>(shared, settings_, i, stamp));
    }
    for (const Endpoint& endpoint : settings_.endpoints) {
        bound_.push_back(threads_.front()->listen(endpoint, false));
        for (std::size_t i = 1; i < threads_.size(); ++i) threads_[i]->listen(bound_.back(), true);
    }
}

void WebSocketAdapter::start() {
    for (const auto& thread : threads_) thread->start();
    for (const auto& thread : threads_) thread->let_in();
    const char* how = settings_.tls_context ? " with TLS" : "";
    for (const Endpoint& endpoint : bound_) host_.log(MILLRACE_LOG_INFO, "listening on " + to_text(endpoint) + how);
    if (settings_.tls_context) tell_expiry(settings_.tls_context->expires_at_s());
}

void WebSocketAdapter::tell_expiry(std::int64_t at_s) const {
    host_.gauge("tls_certificate_expiry_seconds", static_cast<double>(at_s));
    if (at_s * 1'000'000 < host_.now_us()) host_.log(MILLRACE_LOG_WARN, "the certificate of `tls` has expired");
}

void WebSocketAdapter::retire() {
    for (const auto& thread : threads_) thread->retire();
}

void WebSocketAdapter::quiesce() {
    for (const auto& thread : threads_) thread->quiesce();
}

void WebSocketAdapter::send(std::span<Scope* const> scopes, const Outgoing& command) {
    const SharedBytes frame = framed(command, command.payload);
    SharedBytes envelope;  // As long as nobody needs it, none.
    const std::uint64_t size = command.payload.size() + command.body.size();
    for (Scope* scope : scopes) {
        auto& session = *static_cast<Session*>(scope);
        const bool is_enveloped = session.is_acknowledged() && command.payload_kind == MILLRACE_TEXT;
        if (is_enveloped && !envelope) envelope = framed(command, enveloped(command.payload));
        session.send(is_enveloped ? envelope : frame, size);
    }
}

void WebSocketAdapter::stop(std::chrono::milliseconds deadline) {
    for (const auto& thread : threads_) thread->stop(deadline);
    for (const auto& thread : threads_) thread->join();
}

}  // namespace millrace::websocket

// clang-format off
MILLRACE_ADAPTER("websocket", "1.0.0", "websocket",
    MILLRACE_MATCH_PATH("path") ","
    MILLRACE_MATCH_TEXT("query") ","
    MILLRACE_MATCH_TEXT("host") ","
    MILLRACE_MATCH_TEXT("origin") ","
    MILLRACE_MATCH_TEXT("subprotocol") ","
    MILLRACE_MATCH_TEXT("peer") ","
    MILLRACE_MATCH_TEXT("listener") ","
    MILLRACE_MATCH_TEXT("client_certificate"),
    millrace::websocket::WebSocketAdapter)
// clang-format on
