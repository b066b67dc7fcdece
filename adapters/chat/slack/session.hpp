#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/chat/slack/codec.hpp"
#include "adapters/chat/slack/event.hpp"
#include "adapters/chat/slack/signature.hpp"
#include "adapters/common/http/request.hpp"

// One thing that Slack brings, from its bytes to what the gateway gets of it, without I/O: who it comes from, what it
// says, and what it is answered with where there is nothing for the gateway to decide.
namespace millrace::chat::slack {

struct Response {
    unsigned status = 200;
    std::string body{};         // JSON. Empty: there is none.
    std::string_view reason{};  // For logs: a sentence without its end; never sent. Empty where all is well.
};

// Not thread-safe. May be used for one after the other. As long as `self` is empty, nothing can be told of whose words
// something is, and it is to come again.
class Session {
  public:
    struct Counts {
        std::uint64_t ignored = 0;     // Of kinds that are not spoken of here.
        std::uint64_t unreadable = 0;  // Right, and yet not to be read.
        std::uint64_t mine = 0;        // Of the gateway's own account.
    };

    Session(const Self& self, bool takes_own) : self_(self), takes_own_(takes_own) {}

    // A request. The response, where there is nothing for the gateway to decide; else nothing, and event() is it.
    std::optional<Response> take(const Signature& signature, const http::Request& request, std::int64_t now_s);

    // What a connection has brought, which was not asked who it is: whether event() is it. Else there is nothing to
    // wait for. `fallback_key`: by which it is known where it has nothing of its own for that.
    bool take(const Delivery& delivery, std::string_view fallback_key);

    // The caller may move it away.
    Event& event() { return event_; }

    // Slack has said that it keeps events from the gateway.
    bool was_limited() const { return was_limited_; }
    const Counts& counts() const { return counts_; }

  private:
    bool is_own_word() const;

    const Self& self_;
    const bool takes_own_;
    Event event_;
    bool was_limited_ = false;
    Counts counts_;
};

}  // namespace millrace::chat::slack
