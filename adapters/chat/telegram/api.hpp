#pragma once

#include <chrono>
#include <string>

#include "adapters/chat/telegram/codec.hpp"
#include "adapters/common/http_answer.hpp"
#include "adapters/common/http_request.hpp"

// The Bot API over HTTP: a call as a request, and what its answer means.
namespace millrace::chat::telegram {

struct Api {
    std::string base_url;  // Without a `/` at its end.
    std::string token;
};

// The token is in the URL, and among the request's secrets.
HttpRequest to_request(const Api& api, const Call& call, std::chrono::milliseconds timeout);

struct Reply {
    enum class Reach {
        answered,
        not_sent,  // The server does not have the call.
        unknown,   // It may have it.
    };

    Reach reach = Reach::unknown;
    ApiAnswer answer{};  // Where it has answered.
    std::string text{};  // What went wrong, for people, without the token. Empty where all is well.

    bool is_ok() const { return reach == Reach::answered && answer.is_ok; }
    // Of an answer that says no; else 0.
    int error() const { return reach == Reach::answered && !answer.is_ok ? answer.error_code : 0; }
};

// What is not of the Bot API (a proxy's word, a page) counts by its status: 5xx and 2xx are `unknown`, 429 keeps its
// Retry-After, all else is a refusal.
Reply reply_of(const Api& api, const HttpAnswer& http);

}  // namespace millrace::chat::telegram
