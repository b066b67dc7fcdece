#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/common/curl_easy.hpp"
#include "adapters/common/http_answer.hpp"
#include "adapters/common/http_request.hpp"
#include "adapters/common/secret_mask.hpp"

namespace millrace {

// What is wrong with a request, in words that hold no secret; empty: nothing.
std::string http_request_fault(const HttpRequest& request);

// One request on its way: libcurl's handle with what it reads from, and the answer as it comes. Internal to HttpClient;
// on its thread. Stays where it is made: the handle points to it.
class HttpTransfer {
  public:
    using Clock = std::chrono::steady_clock;

    // REQUIRES: http_request_fault() finds nothing.
    HttpTransfer(CurlSockets& sockets, const std::optional<std::string>& ca, const std::string& user_agent,
                 HttpRequest request, Clock::time_point begin);
    ~HttpTransfer();
    HttpTransfer(const HttpTransfer&) = delete;

    CURL* handle() const { return easy_.get(); }

    // libcurl has ended it. True: it was not sent, as the kept connection for it had ended; it is to be added again.
    bool is_to_be_repeated(CURLcode code, Clock::time_point now);

    // The answer, once, after its end. `why` in place of libcurl's words, if there is one.
    HttpAnswer finish(CURLcode code, std::string_view why, std::int64_t now_s);

  private:
    static std::size_t on_header(const char* bytes, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(const char* bytes, std::size_t size, std::size_t count, void* self);
    static curl_socket_t on_connect(void* self, curlsocktype, curl_sockaddr* address);
    static int on_connected(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port);

    void set_up(const std::string& user_agent);
    void set_up_body();
    void set_up_headers(const std::string& user_agent);
    bool take_header(std::string_view line);
    bool may_send(const CurlSockets::Ends& ends);
    void leave_socket();

    CurlSockets& sockets_;
    const HttpRequest request_;
    const std::string origin_;
    const Clock::time_point begin_;
    const SecretMask mask_;
    CurlEasy easy_;
    CurlList headers_;
    HttpAnswer answer_;
    std::string refusal_;  // Why this side ended it.
    std::size_t header_bytes_ = 0;
    int sends_ = 0;
    int socket_ = -1;
    bool is_head_whole_ = false;
    bool is_stale_ = false;
};

}  // namespace millrace
