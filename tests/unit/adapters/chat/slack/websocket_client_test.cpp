// A client of WebSocket servers: with TLS and without, whom it trusts, and how it ends.
#include "adapters/chat/slack/websocket_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <vector>

#include "adapters/common/base64.hpp"
#include "adapters/common/digest.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/scripted_server.hpp"

namespace millrace::chat::slack {
namespace {

using namespace std::chrono_literals;
using testing::Certificate;
using ::testing::HasSubstr;
using testing::make_certificate;
using ::testing::Not;
using testing::ScriptedServer;
using Connection = ScriptedServer::Connection;
using Strings = std::vector<std::string>;

const Certificate authority = make_certificate("Root");
const Certificate leaf = make_certificate("localhost", &authority);

void shake_hands(Connection& connection) {
    const std::string request = connection.read_until("\r\n\r\n");
    EXPECT_THAT(request, HasSubstr("GET /link?ticket=s3cret HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Host: localhost:"));
    const std::string name = "Sec-WebSocket-Key: ";
    const std::size_t begin = request.find(name) + name.size();
    const std::string key = request.substr(begin, request.find("\r\n", begin) - begin);
    const std::string accept = base64_encoded(digest(Digest::sha1, {key, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"}));
    connection.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        accept + "\r\n\r\n");
}

void say(Connection& connection, const std::string& text) {
    std::string head = "\x81";
    if (text.size() < 126) return connection.write(head + static_cast<char>(text.size()) + text);
    head += '\x7f';
    for (int shift = 56; shift >= 0; shift -= 8) head += static_cast<char>(text.size() >> shift & 0xFF);
    connection.write(head + text);
}

std::size_t number(const std::string& bytes) {
    std::size_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
}

// -> What the client has said, in one frame or in several.
std::string hear(Connection& connection) {
    std::string whole;
    for (bool is_last = false; !is_last;) {
        const std::string head = connection.read(2);
        is_last = (head[0] & '\x80') != 0;
        std::size_t size = static_cast<unsigned char>(head[1]) & 0x7Fu;
        if (size == 126) size = number(connection.read(2));
        if (size == 127) size = number(connection.read(8));
        const std::string mask = connection.read(4);
        std::string text = connection.read(size);
        for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(text[i] ^ mask[i % 4]);
        whole += text;
    }
    return whole;
}

class SlackWebSocketClient : public ::testing::Test, protected WebSocketClient::Owner {
  protected:
    void on_open() override { is_open_ = true; }
    void on_text(std::string_view text) override { texts_.emplace_back(text); }
    void on_closed(const std::string& why) override { closed_.push_back(why); }

    void trust(const Certificate& root) {
        TlsClientSettings settings;
        settings.ca = root.pem;
        settings.min_version = "1.2";
        tls_ = TlsContext::make(settings, Config("{}", nullptr));
    }
    void connect(std::uint16_t port) {
        client_.emplace(io_.get_executor(),
                        WebSocketClient::Options{.host = "localhost",
                                                 .port = std::to_string(port),
                                                 .target = "/link?ticket=s3cret",
                                                 .tls = tls_.get(),
                                                 .connect_timeout = connect_timeout_,
                                                 .lost_after = lost_after_},
                        static_cast<WebSocketClient::Owner&>(*this));
        client_->start();
    }
    ::testing::AssertionResult run_until(const std::function<bool()>& is_done) {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (!is_done()) {
            if (std::chrono::steady_clock::now() > end) return ::testing::AssertionFailure() << "not within 30 s";
            io_.restart();
            io_.run_one_for(50ms);
        }
        return ::testing::AssertionSuccess();
    }
    ::testing::AssertionResult run_to_the_end() {
        return run_until([this] { return !closed_.empty(); });
    }

    boost::asio::io_context io_{1};
    std::shared_ptr<const TlsContext> tls_;
    std::chrono::milliseconds connect_timeout_ = 30s;
    std::chrono::milliseconds lost_after_ = 30s;
    std::optional<WebSocketClient> client_;
    bool is_open_ = false;
    Strings texts_;
    Strings closed_;
};

TEST_F(SlackWebSocketClient, TextsGoBothWays) {
    const std::string long_text(300'000, 'x');
    for (const Certificate* certificate : {static_cast<const Certificate*>(nullptr), &leaf}) {
        if (certificate) trust(authority);
        Strings heard;
        ScriptedServer server(
            [&](Connection& connection) {
                shake_hands(connection);
                say(connection, "hello");
                say(connection, long_text);
                for (int i = 0; i < 3; ++i) heard.push_back(hear(connection));
                connection.write(std::string("\x88\x02\x03\xe8", 4));
                hear(connection);
            },
            certificate);
        connect(server.port());
        ASSERT_TRUE(run_until([this] { return texts_.size() == 2; }));
        for (const std::string& text : {std::string("one"), long_text, std::string("three")}) client_->send(text);
        ASSERT_TRUE(run_to_the_end());
        EXPECT_EQ(closed_, (Strings{"it was closed by the server with 1000"}));
        EXPECT_TRUE(std::exchange(is_open_, false));
        EXPECT_TRUE(std::exchange(texts_, {}) == (Strings{"hello", long_text}));
        EXPECT_TRUE(heard == (Strings{"one", long_text, "three"}));
        closed_.clear();
    }
}

TEST_F(SlackWebSocketClient, SaysNothingToWhomItDoesNotTrust) {
    const Certificate stranger = make_certificate("Stranger");
    const Certificate elsewhere = make_certificate("localhost", &stranger);
    const Certificate itself = make_certificate("localhost");
    const Certificate other_name = make_certificate("example.com", &authority);
    const Certificate expired = make_certificate("localhost", &authority, -3600);
    struct Case {
        const char* what;
        const Certificate* certificate;
        const char* text;
    };
    const Case cases[] = {
        {"of an authority that is unknown", &elsewhere, "unable to get local issuer certificate"},
        {"of nobody", &itself, "self-signed certificate"},
        {"for another name", &other_name, "hostname mismatch"},
        {"expired", &expired, "certificate has expired"},
    };
    trust(authority);
    for (const Case& it : cases) {
        ScriptedServer server(
            [](Connection& connection) {
                connection.read(1);
                ADD_FAILURE() << "it was sent something";
            },
            it.certificate);
        connect(server.port());
        ASSERT_TRUE(run_to_the_end()) << it.what;
        EXPECT_THAT(closed_.front(), HasSubstr("TLS failed: ")) << it.what;
        EXPECT_THAT(closed_.front(), HasSubstr(it.text)) << it.what;
        EXPECT_THAT(closed_.front(), Not(HasSubstr("s3cret"))) << it.what;
        EXPECT_FALSE(is_open_) << it.what;
        closed_.clear();
    }
}

TEST_F(SlackWebSocketClient, WhoSpeaksNoTlsIsSaidSo) {
    ScriptedServer server([](Connection& connection) { connection.write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    trust(authority);
    connect(server.port());
    ASSERT_TRUE(run_to_the_end());
    EXPECT_EQ(closed_, (Strings{"it does not speak TLS"}));
}

TEST_F(SlackWebSocketClient, WhoSpeaksNoWebSocketIsSaidSo) {
    for (const char* answer : {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "what?\r\n\r\n",
                               "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"}) {
        ScriptedServer server([answer](Connection& connection) {
            connection.read_until("\r\n\r\n");
            connection.write(answer);
            connection.wait_for_end();
        });
        connect(server.port());
        ASSERT_TRUE(run_to_the_end()) << answer;
        EXPECT_THAT(closed_.front(), HasSubstr("it does not speak WebSocket: ")) << answer;
        closed_.clear();
    }
}

TEST_F(SlackWebSocketClient, WhoIsSilentIsGivenUp) {
    connect_timeout_ = 50ms;
    trust(authority);
    ScriptedServer server([](Connection& connection) { connection.wait_for_end(); });
    connect(server.port());
    ASSERT_TRUE(run_to_the_end());
    EXPECT_EQ(closed_, (Strings{"it is not there in time"}));
}

TEST_F(SlackWebSocketClient, TheEndIsToldOnce) {
    std::atomic<bool> is_ended = false;
    ScriptedServer server([&](Connection& connection) {
        shake_hands(connection);
        EXPECT_EQ(hear(connection), "last");
        EXPECT_EQ(hear(connection), std::string("\x03\xe8", 2));
        connection.write(std::string("\x88\x02\x03\xe8", 4));
        connection.wait_for_end();
        is_ended = true;
    });
    connect(server.port());
    ASSERT_TRUE(run_until([this] { return is_open_; }));
    client_->send("last");
    client_->finish();
    client_->finish();
    client_->send("behind it");
    ASSERT_TRUE(run_to_the_end());
    ASSERT_TRUE(run_until([&] { return is_ended.load(); }));
    client_->abandon();
    EXPECT_EQ(closed_, (Strings{"it was closed"}));
}

TEST_F(SlackWebSocketClient, OfOneThatIsAbandonedNothingIsHeard) {
    std::atomic<bool> is_ended = false;
    ScriptedServer server(
        [&](Connection& connection) {
            shake_hands(connection);
            say(connection, "hello");
            connection.wait_for_end();
            is_ended = true;
        },
        &leaf);
    trust(authority);
    connect(server.port());
    ASSERT_TRUE(run_until([this] { return is_open_; }));
    client_.reset();
    ASSERT_TRUE(run_until([&] { return is_ended.load(); }));
    EXPECT_EQ(closed_, Strings{});
}

}  // namespace
}  // namespace millrace::chat::slack
