#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/fate.hpp"
#include "adapters/common/http_request.hpp"

namespace millrace {

// What became of a request.
struct HttpAnswer {
    enum class Reach : std::uint8_t {
        malformed,  // It cannot be sent, now or later: `text` says why.
        not_sent,   // It has not reached the server: name, connection or TLS failed, or there was no time.
        unknown,    // It may have reached the server, and no whole answer came.
        answered,
    };

    Reach reach = Reach::not_sent;
    int status = 0;  // Of the final head, whole where this is not 0; also with `unknown`, where the body was cut off.
    std::vector<HttpHeader> headers{};  // As the server wrote them, in order.
    std::string body{};
    std::optional<std::chrono::seconds> retry_after{};
    std::string text{};  // In words, what went wrong, without secrets, path or query; empty where answered.

    // The first of that name, in any case; empty where there is none.
    std::string_view header(std::string_view name) const;

    // What became of what was to be sent, where the server uses HTTP's status as RFC 9110 has it. An API that says it
    // elsewhere is asked there.
    // - 2xx: sent, if the answer came whole.
    // - 408, 425, 429 and 503, and what has not reached the server: retry.
    // - 5xx else: unknown, as it may have been done before it failed; so is what got no answer.
    // - All else: rejected.
    Fate fate() const;
};

}  // namespace millrace
