#include "adapters/sms/session.hpp"

#include <utility>

#include "adapters/common/digest.hpp"

namespace millrace::sms {

std::optional<Response> Session::take(const Webhook& webhook, std::int64_t now_s) {
    events_.clear();
    verdict_ = {};
    reading_ = Reading::taken;
    if (const Fault fault = payload_.decode(webhook)) return Response{.status = fault.status, .reason = fault.text};
    verdict_ = context_.verifier.verify(payload_, now_s);
    if (verdict_.refusal != Refusal::none) return Response{.status = 403, .reason = text_of(verdict_.refusal)};
    if (is_replay(webhook, now_s)) return Response{.status = 403, .reason = "its signature came with another body"};
    reading_ = normalise(context_.provider, payload_, verdict_, context_.words, events_);
    if (reading_ == Reading::taken) return std::nullopt;
    Response response = acceptance(context_.provider, {});
    response.reason =
        is_unreadable() ? "it is signed, but cannot be read" : "it is of a kind that is not spoken of here";
    return response;
}

std::string Session::unread_fields() const { return unread_fields_of(context_.provider, payload_, verdict_); }

bool Session::is_replay(const Webhook& webhook, std::int64_t now_s) {
    const SignatureScheme& scheme = *verdict_.scheme;
    if (scheme.covers_body || scheme.proof == Proof::none || scheme.proof == Proof::basic) return false;
    const std::string content = digest(Digest::sha256, {webhook.method, "\n", webhook.url, "\n", webhook.body});
    return !replays_.take(verdict_.replay_key, content, now_s);
}

Response acceptance(const Provider& provider, const std::vector<Reply>& replies) {
    if (!provider.render) return {};
    ReplyBody reply = provider.render(replies);
    return {.content_type = reply.content_type, .body = std::move(reply.body)};
}

}  // namespace millrace::sms
