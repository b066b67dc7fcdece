#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/common/http/dialogue.hpp"

// A dialogue with whoever answers, driven as a connection drives it.
namespace millrace::http::test {

// Small, so that they are met.
constexpr Limits kSmall{.head_bytes_max = 512,
                        .headers_max = 10,
                        .body_bytes_max = 64,
                        .pending_max = 8,
                        .head_ms = 10'000,
                        .body_ms = 30'000,
                        .answer_ms = 20'000,
                        .idle_ms = 75'000,
                        .stall_ms = 15'000,
                        .close_ms = 5'000};

class Conversation {
  public:
    explicit Conversation(const Limits& limits = kSmall) : limits_(limits), dialogue_(limits_, common_, 0) {}

    // As much as one read brings.
    void read(std::string_view bytes) {
        kept_ += bytes;
        Input input{kept_.data(), kept_.data() + kept_.size()};
        while (step(input)) {
        }
        kept_.erase(0, static_cast<std::size_t>(input.begin - kept_.data()));
    }
    // In pieces of that size.
    void read(std::string_view bytes, std::size_t size) {
        for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size()))) read(bytes.substr(0, size));
    }

    void answer(Dialogue::Number number, std::string_view body) {
        EXPECT_TRUE(dialogue_.answer(number, Response{.body = body}, out, now_ms));
    }

    // What has been said since the last call; where the connection is over behind it, "END".
    std::string said() {
        const char* end = dialogue_.is_over() ? "END" : dialogue_.is_gone() ? "GONE" : "";
        return std::exchange(out, {}) + end;
    }

    // What comes of it when everything has left.
    void leave() { dialogue_.written(std::exchange(out, {}).size(), 0, now_ms); }

    Dialogue& dialogue() { return dialogue_; }
    std::size_t kept() const { return kept_.size(); }

    std::string out;
    std::int64_t now_ms = 0;
    bool answers_at_once = true;
    std::vector<Dialogue::Number> asked;     // where they are not answered at once
    std::vector<std::string> requests = {};  // as `described`
    std::function<std::optional<Refusal>(const Request&)> on_head;

    static std::string described(const Request& request) {
        std::string text(request.method);
        text.append(" ").append(request.target).append(request.minor_version == 0 ? " 1.0" : "");
        if (!request.body.empty()) text.append(" [").append(request.body).append("]");
        return text;
    }

  private:
    bool step(Input& input) {
        switch (dialogue_.take(input, out, now_ms)) {
            case Dialogue::Step::head:
                if (on_head) {
                    if (const auto refusal = on_head(dialogue_.request())) dialogue_.refuse(*refusal, out, now_ms);
                }
                return true;
            case Dialogue::Step::request:
                requests.push_back(described(dialogue_.request()));
                if (answers_at_once)
                    answer(dialogue_.number(), requests.back());
                else
                    asked.push_back(dialogue_.number());
                return true;
            default:
                return false;
        }
    }

    const Limits limits_;
    const std::string common_ = "Server: test\r\n";
    Dialogue dialogue_;
    std::string kept_;
};

// The environment's MILLRACE_SEED, else another each time; printed.
inline unsigned seed() {
    const char* given = std::getenv("MILLRACE_SEED");
    const auto seed = given ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    std::cout << "seed " << seed << "\n";
    return seed;
}

// What the conversation answers with: written by hand, so that it does not share the mistakes of what is tested.
inline std::string ok(std::string_view body, std::string_view connection = {}) {
    std::string text = "HTTP/1.1 200 OK\r\nServer: test\r\n";
    if (!connection.empty()) text.append("Connection: ").append(connection).append("\r\n");
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
inline std::string last(std::string_view body) { return ok(body, "close") + "END"; }

inline std::string refused(std::string_view status_and_phrase, std::string_view text, std::string_view headers = {},
                           bool is_last = true) {
    std::string answer = "HTTP/1.1 ";
    answer.append(status_and_phrase).append("\r\nServer: test\r\n").append(headers);
    if (is_last) answer.append("Connection: close\r\n");
    answer.append("Content-Type: text/plain; charset=utf-8\r\nContent-Length: ");
    answer.append(std::to_string(text.size() + 1)).append("\r\n\r\n").append(text).append("\n");
    return answer.append(is_last ? "END" : "");
}
inline std::string bad(std::string_view text) { return refused("400 Bad Request", text); }

}  // namespace millrace::http::test
