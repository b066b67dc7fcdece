#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "adapters/chat/slack/web_api.hpp"
#include "adapters/common/http_client.hpp"

namespace millrace::chat::slack {

// Calls of the Web API that are under way. Thread: the adapter's loop, where the answers come too.
class WebClient {
  public:
    using OnAnswer = std::function<void(const ApiAnswer& answer)>;

    struct Options {
        std::string api_url;
        std::string token;  // Of calls that bring none of their own.
        std::optional<std::string> ca;
        std::chrono::milliseconds timeout;
    };

    // `turn`: called after each answer was handled.
    WebClient(Options options, Executor loop, std::function<void()> turn);

    // False, and no answer: too many are under way.
    bool call(const Call& call, OnAnswer on_answer) { return this->call(call, options_.token, std::move(on_answer)); }
    bool call(const Call& call, const std::string& token, OnAnswer on_answer);

    // [any thread but the loop's] What is under way has `grace` to end.
    void stop(std::chrono::milliseconds grace) { client_.stop(grace); }

  private:
    static constexpr std::size_t kOpenMax = 128;

    const Options options_;
    const std::function<void()> turn_;
    HttpClient client_;
};

}  // namespace millrace::chat::slack
