#include "adapters/websocket/handshake.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/websocket/raw_client.hpp"

namespace millrace::websocket {
namespace {

constexpr std::string_view kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
constexpr std::string_view kUpgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
constexpr std::string_view kVersion = "Sec-WebSocket-Version: 13\r\n";
constexpr std::string_view kHost = "Host: localhost\r\n";

std::string request(std::string_view line, std::initializer_list<std::string_view> headers) {
    std::string text(line);
    text += "\r\n";
    for (const std::string_view header : headers) text += header;
    return text + "\r\n";
}

std::string good(std::string_view target = "/", std::string_view more = {}) {
    return request("GET " + std::string(target) + " HTTP/1.1", {kHost, kUpgrade, kKey, kVersion, more});
}

// The step that the bytes lead to, in parts of `chop`, and how much of them was left.
struct Outcome {
    Handshake handshake{8192};
    Handshake::Step step = Handshake::Step::need_more;
    std::size_t left = 0;

    explicit Outcome(std::string_view bytes, std::size_t chop = 1 << 20) {
        std::string buffer;
        for (std::size_t i = 0; i < bytes.size() && step == Handshake::Step::need_more; i += chop) {
            buffer += bytes.substr(i, chop);
            Input input{buffer.data(), buffer.data() + buffer.size()};
            step = handshake.feed(input);
            left = input.size();
            buffer.erase(0, buffer.size() - left);
        }
    }
};

TEST(Handshake, ReadsARequest) {
    const std::string bytes = good("/a%20b?x=1&y",
                                   "Origin: https://example.com\r\nX-Two:  2 \r\nx-two: 3\r\n"
                                   "Sec-WebSocket-Protocol: chat, superchat\r\n"
                                   "Sec-WebSocket-Protocol: third\r\n");
    for (const std::size_t chop : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
        const Outcome outcome(bytes, chop);
        ASSERT_EQ(outcome.step, Handshake::Step::ready) << outcome.handshake.refusal().text;
        const Request& read = outcome.handshake.request();
        EXPECT_EQ(read.target, "/a%20b?x=1&y");
        EXPECT_EQ(read.host, "localhost");
        EXPECT_EQ(read.origin, "https://example.com");
        EXPECT_EQ(read.key, "dGhlIHNhbXBsZSBub25jZQ==");
        EXPECT_EQ(read.subprotocols, (std::vector<std::string>{"chat", "superchat", "third"}));
        ASSERT_EQ(read.headers.size(), 10u);
        EXPECT_EQ(read.headers[0], (std::pair<std::string, std::string>{"host", "localhost"}));
        EXPECT_EQ(read.headers[6], (std::pair<std::string, std::string>{"x-two", "2"}));
        EXPECT_EQ(read.headers[7], (std::pair<std::string, std::string>{"x-two", "3"}));
    }
}

TEST(Handshake, LeavesWhatFollowsTheRequest) {
    const std::string early = test::frame(0x81, "early");
    const Outcome outcome(good() + early);
    EXPECT_EQ(outcome.step, Handshake::Step::ready);
    EXPECT_EQ(outcome.left, early.size());
}

TEST(Handshake, AcceptsWhatTheRfcAllows) {
    const std::vector<std::string> cases = {
        request("GET / HTTP/1.1", {kHost, "UPGRADE: WebSocket\r\nconnection: keep-alive, upgrade\r\n", kKey, kVersion}),
        request("GET / HTTP/1.1", {kHost, kUpgrade, kKey, kVersion, "Content-Length: 0\r\n"}),
        request("GET / HTTP/1.1", {kHost, "Upgrade: h2c, websocket\r\nConnection: Upgrade\r\n", kKey, kVersion}),
        good("/?"),
        good("//x/../y"),
        good("/", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"),
    };
    for (const std::string& bytes : cases) EXPECT_EQ(Outcome(bytes).step, Handshake::Step::ready) << bytes;
}

TEST(Handshake, Refuses) {
    struct Case {
        std::string bytes;
        unsigned status;
        const char* headers;
    };
    const std::string long_value = "X: " + std::string(9000, 'x') + "\r\n";
    const std::vector<Case> cases = {
        {"\x16\x03\x01\x02 hello, I am TLS\r\n\r\n", 400, ""},
        {"GET\r\n\r\n", 400, ""},
        {request("GET / HTTP/3.0", {kHost, kUpgrade, kKey, kVersion}), 400, ""},
        {request("GET / HTTP/1.0", {kHost, kUpgrade, kKey, kVersion}), 400, ""},
        {request("GET / HTTP/1.1", {kUpgrade, kKey, kVersion}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kHost, kUpgrade, kKey, kVersion}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, kKey, kVersion, "Content-Length: 5\r\n"}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, kKey, kVersion, "Transfer-Encoding: chunked\r\n"}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, kKey, kVersion, "No colon\r\n"}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, kKey, kVersion, "X : space\r\n"}), 400, ""},
        {request("GET http://localhost/ HTTP/1.1", {kHost, kUpgrade, kKey, kVersion}), 400, ""},
        {request("GET * HTTP/1.1", {kHost, kUpgrade, kKey, kVersion}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, kVersion}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, kKey, kKey, kVersion}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, "Sec-WebSocket-Key: short==\r\n", kVersion}), 400, ""},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j*Q==\r\n", kVersion}), 400,
         ""},
        {good("/", "Sec-WebSocket-Protocol: a,,b\r\n"), 400, ""},
        {good("/", "Sec-WebSocket-Protocol: a b\r\n"), 400, ""},
        {request("POST / HTTP/1.1", {kHost, kUpgrade, kKey, kVersion}), 405, "Allow: GET\r\n"},
        {request("HEAD / HTTP/1.1", {kHost}), 405, "Allow: GET\r\n"},
        {request("GET / HTTP/1.1", {kHost}), 426, "Upgrade: websocket\r\n"},
        {request("GET / HTTP/1.1", {kHost, "Connection: Upgrade\r\n", kKey, kVersion}), 426, "Upgrade: websocket\r\n"},
        {request("GET / HTTP/1.1", {kHost, "Upgrade: websocket\r\n", kKey, kVersion}), 426, "Upgrade: websocket\r\n"},
        {request("GET / HTTP/1.1", {kHost, "Upgrade: h2c\r\nConnection: Upgrade\r\n", kKey, kVersion}), 426,
         "Upgrade: websocket\r\n"},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, kKey}), 426,
         "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"},
        {request("GET / HTTP/1.1", {kHost, kUpgrade, kKey, "Sec-WebSocket-Version: 8\r\n"}), 426,
         "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"},
        {good("/", long_value), 431, ""},
        {"GET /" + std::string(9000, 'x'), 431, ""},
    };
    for (const Case& it : cases) {
        for (const std::size_t chop : {std::size_t{100}, it.bytes.size()}) {
            const Outcome outcome(it.bytes, chop);
            SCOPED_TRACE(it.bytes.substr(0, 200));
            ASSERT_EQ(outcome.step, Handshake::Step::refused);
            EXPECT_EQ(outcome.handshake.refusal().status, it.status);
            EXPECT_EQ(outcome.handshake.refusal().headers, it.headers);
            EXPECT_TRUE(outcome.handshake.refusal().text.ends_with('.'));
        }
    }
}

TEST(Handshake, FindsFaultsOfAnAcceptance) {
    Request request;
    request.subprotocols = {"chat", "v2"};
    struct Case {
        Acceptance acceptance;
        const char* fault;
    };
    const std::vector<Case> cases = {
        {{"", {}}, ""},
        {{"v2", {{"X-One", "1"}, {"Set-Cookie", "a=\xC3\xBC"}, {"X-Empty", ""}}}, ""},
        {{"other", {}}, "the subprotocol `other` was not offered"},
        {{"Chat", {}}, "the subprotocol `Chat` was not offered"},
        {{"", {{"", "x"}}}, "a header's name is no token"},
        {{"", {{"X One", "x"}}}, "a header's name is no token"},
        {{"", {{"X:", "x"}}}, "a header's name is no token"},
        {{"", {{"X", "a\r\nY: b"}}}, "the header `X` has a control character"},
        {{"", {{"X", std::string("a\0b", 3)}}}, "the header `X` has a control character"},
        {{"", {{"Sec-WebSocket-Accept", "x"}}}, "the header `Sec-WebSocket-Accept` belongs to the handshake itself"},
        {{"", {{"UPGRADE", "x"}}}, "the header `UPGRADE` belongs to the handshake itself"},
        {{"", {{"connection", "x"}}}, "the header `connection` belongs to the handshake itself"},
        {{"", {{"Content-Length", "0"}}}, "the header `Content-Length` belongs to the handshake itself"},
    };
    for (const Case& it : cases) EXPECT_EQ(fault_of(it.acceptance, request), it.fault);
}

TEST(Handshake, WritesRefusals) {
    EXPECT_EQ(to_response({404, "Nothing."}),
              "HTTP/1.1 404 Not Found\r\nServer: millrace\r\nConnection: close\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\n\r\nNothing.\n");
    EXPECT_EQ(to_response(try_later("Later.")),
              "HTTP/1.1 503 Service Unavailable\r\nServer: millrace\r\nRetry-After: 5\r\nConnection: close\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 7\r\n\r\nLater.\n");
    EXPECT_TRUE(to_response({426, "x", "Upgrade: websocket\r\n"}).find("Connection: Upgrade, close\r\n") !=
                std::string::npos);
    EXPECT_TRUE(to_response({555, "x"}).starts_with("HTTP/1.1 555 Refused\r\n"));
    for (const unsigned status : {0u, 101u, 200u, 399u, 600u, 4001u})
        EXPECT_EQ(refused_by_consumer(status, "").status, 403u);
    EXPECT_EQ(refused_by_consumer(401, "Who are you?").status, 401u);
    EXPECT_EQ(refused_by_consumer(401, "Who are you?").text, "Who are you?");
    EXPECT_EQ(refused_by_consumer(503, "").headers, "Retry-After: 5\r\n");
}

}  // namespace
}  // namespace millrace::websocket
