#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/common/http_answer.hpp"
#include "adapters/common/http_request.hpp"
#include "adapters/common/listener.hpp"

namespace millrace {

struct HttpClientSettings {
    std::string user_agent = "millrace";
    std::optional<std::string> ca{};  // PEM: who signs servers' certificates; nothing: those whom the system trusts.
    std::size_t requests_max = 64;    // Under way at a time.
};

// Requests to HTTP and HTTPS servers, by libcurl on a thread of the client's own: no name, handshake or slow server
// ever holds the caller's loop. Connections are kept and used again, HTTP/2 is used where a server has it over TLS.
// Redirects are answers like others; proxies of the environment, cookies, `.netrc` and compressed answers are not used.
//
// A request that is not idempotent goes out once: libcurl would by itself send it again where a kept connection ends
// before its answer, and is kept from that. A kept connection whose end is known already is not used.
//
// Thread: any; on_answer is called on the loop's, once for each request that was taken, as long as the loop runs.
// Lifetime: the loop's io_context outlives the client.
class HttpClient {
  public:
    using OnAnswer = std::function<void(HttpAnswer answer)>;

    // Starts its thread. Throws std::runtime_error where libcurl is not to be had.
    HttpClient(HttpClientSettings settings, Executor loop);
    ~HttpClient();  // As stop(0).
    HttpClient(const HttpClient&) = delete;

    // The request's number; 0 and no answer: there are `requests_max` already, or it was stopped.
    std::uint64_t send(HttpRequest request, OnAnswer on_answer);

    // Ends the request if it is still under way; its answer comes all the same, and says what is known.
    void cancel(std::uint64_t number);

    // Takes no more, and returns when the last request has its answer, but after `grace` and a moment at the latest:
    // what is under way then is cancelled. Again: does nothing.
    void stop(std::chrono::milliseconds grace);

  private:
    class Worker;
    std::unique_ptr<Worker> worker_;
};

}  // namespace millrace
