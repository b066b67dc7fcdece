#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct HttpHeader {
    std::string name;
    std::string value;
};

// The first of that name, in any case; null where there is none. It lies in `headers`.
const HttpHeader* find_header(const std::vector<HttpHeader>& headers, std::string_view name);

// One request to a server. Nothing is added to it but Host, User-Agent, Content-Length and what `basic` says; Accept
// and Content-Type are sent only where they stand in `headers`.
struct HttpRequest {
    struct Basic {  // RFC 7617
        std::string username;
        std::string password;
    };

    std::string method = "GET";
    std::string url;  // http or https
    std::vector<HttpHeader> headers{};
    std::string body{};  // Sent where it is not empty, and with POST, PUT and PATCH.
    std::optional<Basic> basic{};

    // What else of it nobody may see, such as a token in the URL or in a header. `basic` is hidden anyway.
    std::vector<std::string> secrets{};

    // Which addresses it may be sent to, for URLs of other people's choosing. Asked of the very one that is about to be
    // connected to: nothing is resolved a second time. Such a request has a connection to itself. Empty: all.
    // Thread: the client's.
    std::function<bool(const boost::asio::ip::address&)> may_connect{};

    // To send it twice does no harm (RFC 9110 §9.2.2): then it is sent again where a kept connection turns out to have
    // ended before an answer came. Else the answer is that it is unknown.
    bool is_idempotent = false;

    // Until TLS stands. Not what resolvers take until they give up, 5, 10 and 15 s: at that very moment libcurl 7.88
    // may read what its resolver's thread has freed.
    std::chrono::milliseconds connect_timeout{8'000};
    std::chrono::milliseconds timeout{30'000};   // In all, until the answer is whole.
    std::size_t answer_bytes_max = 1024 * 1024;  // Of the answer's body; a longer one is cut off.
};

}  // namespace millrace
