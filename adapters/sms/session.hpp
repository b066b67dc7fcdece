#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/sms/normalise.hpp"
#include "adapters/sms/replays.hpp"

// One webhook from its request to its response, without I/O. Who it comes from, what it says, and what it is answered
// with (contract D13); between the two the gateway decides.
namespace millrace::sms {

struct Response {
    unsigned status = 200;
    std::string_view content_type{};  // Empty: there is no body.
    std::string body{};
    std::string_view reason{};  // For logs: a sentence without its end; never sent. Empty where all is well.
};

// Yes, with the replies that are there by now, which a provider that renders none is not sent.
Response acceptance(const Provider& provider, const std::vector<Reply>& replies);

// What one listener's webhooks have in common. Outlives their sessions.
struct SessionContext {
    const Provider& provider;
    const SignatureVerifier& verifier;
    const ConsentWords& words;
};

// Not thread-safe. May be used for one webhook after the other.
class Session {
  public:
    explicit Session(const SessionContext& context) : context_(context) {}

    // The response, where there is nothing for the gateway to decide: 400, 415, 403; and 200 for what is not
    // spoken of here and what cannot be read, since sending it again would not help. Else nothing, and events() has at
    // least one. Borrows the webhook until the response.
    std::optional<Response> take(const Webhook& webhook, std::int64_t now_s);

    // The caller may move them away.
    std::vector<Event>& events() { return events_; }
    const Verdict& verdict() const { return verdict_; }

    // It was right, and yet cannot be read. Then, as long as the webhook is there: the serialised ChannelMessage fields
    // that tell of it.
    bool is_unreadable() const { return reading_ == Reading::unreadable; }
    std::string unread_fields() const;

  private:
    bool is_replay(const Webhook& webhook, std::int64_t now_s);

    SessionContext context_;
    Replays replays_;
    Payload payload_;
    Verdict verdict_;
    Reading reading_ = Reading::taken;
    std::vector<Event> events_;
};

}  // namespace millrace::sms
