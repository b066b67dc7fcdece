#include "adapters/chat/slack/web_client.hpp"

#include <algorithm>
#include <utility>

namespace millrace::chat::slack {

WebClient::WebClient(Options options, Executor loop, std::function<void()> turn)
    : options_(std::move(options)), turn_(std::move(turn)),
      client_({.ca = options_.ca, .requests_max = kOpenMax}, std::move(loop)) {}

bool WebClient::call(const Call& call, const std::string& token, OnAnswer on_answer) {
    HttpRequest request = to_request(call, options_.api_url, token);
    request.timeout = options_.timeout;
    request.connect_timeout = std::min(request.connect_timeout, request.timeout);
    const Method method = call.method;
    return client_.send(std::move(request), [this, method, on_answer = std::move(on_answer)](const HttpAnswer& http) {
        on_answer(answer_of(method, http));
        turn_();
    }) != 0;
}

}  // namespace millrace::chat::slack
