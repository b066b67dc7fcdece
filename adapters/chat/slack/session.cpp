#include "adapters/chat/slack/session.hpp"

#include <boost/json.hpp>

#include "adapters/chat/slack/normalise.hpp"
#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"
#include "adapters/common/json.hpp"

namespace millrace::chat::slack {
namespace {

constexpr std::size_t kChallengeBytesMax = 1024;

Response answer_to_challenge(const Delivery& delivery) {
    const std::string_view challenge = JsonView(delivery.body)["challenge"].text();
    if (challenge.empty() || challenge.size() > kChallengeBytesMax)
        return {.status = 400, .reason = "it has no challenge"};
    return {.body = boost::json::serialize(boost::json::object{{"challenge", challenge}})};
}

}  // namespace

std::optional<Response> Session::take(const Signature& signature, const http::Request& request, std::int64_t now_s) {
    was_limited_ = false;
    const std::string_view type = request.header("content-type");
    const Signature::Verdict verdict = signature.verify(request, now_s);
    if (verdict == Signature::Verdict::missing && is_ssl_check(type, request.body)) return Response{};
    if (verdict != Signature::Verdict::right) return Response{.status = 403, .reason = text_of(verdict)};
    const std::optional<Delivery> delivery = decode_request(type, request.body);
    if (!delivery) {
        ++counts_.unreadable;
        return Response{.reason = "it is signed, but cannot be read"};
    }
    if (delivery->kind == Delivery::Kind::challenge) return answer_to_challenge(*delivery);
    if (self_.user_id.empty()) return Response{.status = 503};
    if (!take(*delivery, {})) return Response{};
    if (event_.key.empty()) {
        event_.key = hex_encoded(digest(Digest::sha256, {request.body}));
        event_.chat.set_event_key(event_.key);
    }
    return std::nullopt;
}

bool Session::take(const Delivery& delivery, std::string_view fallback_key) {
    was_limited_ = delivery.kind == Delivery::Kind::limited;
    const Reading reading = normalise(delivery, self_, fallback_key, event_);
    counts_.ignored += reading == Reading::ignored;
    counts_.unreadable += reading == Reading::unreadable;
    if (reading != Reading::taken) return false;
    if (takes_own_ || !is_own_word()) return true;
    ++counts_.mine;
    return false;
}

// That others come and go, and that the gateway does, is nobody's word.
bool Session::is_own_word() const { return event_.chat.is_mine() && !event_.chat.has_membership(); }

}  // namespace millrace::chat::slack
