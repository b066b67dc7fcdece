#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "adapters/common/http_client.hpp"
#include "tests/support/scripted_server.hpp"

// What tests of the HTTP client share: its loop, and a server's script.
namespace millrace::testing {

using namespace std::chrono_literals;
using Reach = HttpAnswer::Reach;
using Connection = ScriptedServer::Connection;

inline std::string url_of(const ScriptedServer& server, const std::string& path = "/") {
    return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

inline HttpRequest get(const std::string& url) {
    HttpRequest request;
    request.url = url;
    return request;
}

inline HttpRequest post(const std::string& url, const std::string& body) {
    HttpRequest request = get(url);
    request.method = "POST";
    request.body = body;
    return request;
}

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// Answers each request with the same.
inline ScriptedServer::Script answering(std::string answer) {
    return [answer = std::move(answer)](Connection& connection) {
        for (;;) {
            connection.read_request();
            connection.write(answer);
        }
    };
}

// Requests and what is remembered of them, by any number of threads.
class Heard {
  public:
    void add(std::string text) {
        const std::lock_guard lock(mutex_);
        texts_.push_back(std::move(text));
    }
    std::vector<std::string> all() const {
        const std::lock_guard lock(mutex_);
        return texts_;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> texts_;
};

class HttpClientTest : public ::testing::Test {
  protected:
    explicit HttpClientTest(HttpClientSettings settings = {}) : client(std::move(settings), io.get_executor()) {}

    // Runs the loop until the answer is there.
    HttpAnswer ask(HttpRequest request) {
        HttpAnswer answer;
        bool has_come = false;
        EXPECT_NE(client.send(std::move(request),
                              [&](HttpAnswer come) {
                                  EXPECT_FALSE(std::exchange(has_come, true));
                                  answer = std::move(come);
                              }),
                  0u);
        run_until([&] { return has_come; });
        return answer;
    }

    template <class Condition> void run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            io.restart();
            io.run_one_for(100ms);
        }
        ASSERT_TRUE(condition()) << "nothing has come within 30 s";
    }

    boost::asio::io_context io;
    HttpClient client;
};

}  // namespace millrace::testing
