#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "conformance/recording_host.hpp"
#include "tests/unit/adapters/common/http/sample_adapter.hpp"
#include "tests/unit/adapters/websocket/raw_client.hpp"

// What tests of the server over sockets share.
namespace millrace::http::test {

using conformance::RecordingHost;
using millrace::test::RawClient;

inline std::string get(const std::string& target, const std::string& headers = {}) {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n";
}
inline constexpr const char* kLast = "Connection: close\r\n";

inline constexpr std::size_t kDateBytes = 37;

// Without the Date, which is checked here.
inline std::string plain(std::string text) {
    for (std::size_t at = text.find("Date: "); at != std::string::npos; at = text.find("Date: ", at)) {
        EXPECT_EQ(text.substr(at + 31, 6), " GMT\r\n") << text;
        text.erase(at, kDateBytes);
    }
    return text;
}
inline std::string ok(const std::string& body, bool is_last = false) {
    return std::string("HTTP/1.1 200 OK\r\nServer: millrace\r\n") + (is_last ? kLast : "") +
           "Content-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
inline std::string refusal(const std::string& status, const std::string& text, const std::string& headers = {}) {
    return "HTTP/1.1 " + status + "\r\nServer: millrace\r\n" + headers + kLast +
           "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + std::to_string(text.size() + 1) +
           "\r\n\r\n" + text + "\n";
}

class HttpServer : public ::testing::Test {
  protected:
    HttpServer() { manner = Manner(), refused_answers = 0; }

    RecordingHost& host() {
        if (!host_) host_ = std::make_unique<RecordingHost>(sample_adapter(), "{}");
        return *host_;
    }
    std::uint16_t port() { return host().port(); }

    // All that is said to what is sent at once, with an end behind it.
    std::string answers(const std::string& bytes) {
        RawClient client(port());
        client.send(bytes);
        client.shut();
        return plain(client.read_to_end());
    }

    void TearDown() override {
        if (!host_) return;
        host_->stop(2'000);
        EXPECT_TRUE(host_->errors.empty()) << host_->errors.front();
    }

    std::unique_ptr<RecordingHost> host_;
};

}  // namespace millrace::http::test
