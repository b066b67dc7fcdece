#include "gateway/admin/server.hpp"

#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <iterator>
#include <list>
#include <string>
#include <vector>

#include "tests/unit/gateway/admin/sample.hpp"

namespace millrace::admin {
namespace {

using boost::asio::ip::tcp;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class ServerTest : public testing::Test {
  protected:
    void SetUp() override {
        const Source source{[this]() -> const Overview& { return overview_; },
                            [this]() -> const Overview& { return overview_; }};
        ASSERT_TRUE(server_.start({source, server_.host()}));
    }

    // Fails by itself after 20 s.
    void connect(tcp::iostream& stream) const {
        stream.expires_after(std::chrono::seconds(20));
        stream.connect("127.0.0.1", server_.address().substr(server_.address().rfind(':') + 1));
        ASSERT_TRUE(stream) << stream.error().message();
    }

    // All that comes back until the server closes.
    std::string ask(const std::string& request) const {
        tcp::iostream stream;
        connect(stream);
        stream << request << std::flush;
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    Overview overview_ = sample();
    Server server_ = Server::listen("127.0.0.1:0").value();
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\r')); }

TEST_F(ServerTest, BadRequestsGetAnAnswer) {
    const std::string host = "Host: localhost\r\n";
    const std::string close = "Connection: close\r\n";
    struct Case {
        std::string request;
        const char* answer;
    };
    const std::vector<Case> cases{
        {"GET /livez HTTP/1.1\r\n" + host + close + "\r\n", "HTTP/1.1 200 OK"},
        {"GET /livez HTTP/1.0\r\n" + host + "\r\n", "HTTP/1.0 200 OK"},
        {"GET /livez HTTP/1.1\r\n" + close + "\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /livez HTTP/1.1\r\n" + host + host + close + "\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /livez HTTP/1.1\r\nHost: evil.example\r\n" + close + "\r\n", "HTTP/1.1 421 Misdirected Request"},
        {"GET /nothing HTTP/1.1\r\n" + host + close + "\r\n", "HTTP/1.1 404 Not Found"},
        {"PUT /livez HTTP/1.1\r\n" + host + close + "\r\n", "HTTP/1.1 405 Method Not Allowed"},
        {"POST /livez HTTP/1.1\r\n" + host + "Content-Length: 5\r\n\r\nhello", "HTTP/1.1 405 Method Not Allowed"},
        {"POST /livez HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
        {"GET /livez HTTP/1.1\r\n" + host + "Content-Length: 9\r\n\r\nhello", "HTTP/1.1 200 OK"},
        {"nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /livez HTTP/9.9\r\n" + host + "\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /livez HTTP/1.1\r\nHost : localhost\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /livez HTTP/1.1\r\n" + host + "Content-Length: many\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"\x16\x03\x01\x02\x01 this could be TLS\r\n\r\n", "HTTP/1.1 400 Bad Request"},
        {"GET /livez HTTP/1.1\r\n" + host + "X: " + std::string(9000, 'x') + "\r\n\r\n",
         "HTTP/1.1 431 Request Header Fields Too Large"},
        {"GET /" + std::string(100'000, 'x'), "HTTP/1.1 431 Request Header Fields Too Large"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(first_line(ask(each.request)), each.answer) << each.request.substr(0, 100);
    }
}

TEST_F(ServerTest, RefusedMethodsNameTheOthers) {
    EXPECT_THAT(ask("POST /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                HasSubstr("\r\nAllow: GET, HEAD\r\n"));
}

TEST_F(ServerTest, HeadHasALengthAndNoBody) {
    const std::string answer = ask("HEAD /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 6\r\n"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(ServerTest, AConnectionServesSeveralRequests) {
    const std::string one = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const std::string last = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const std::string answer = ask(one + one + last);
    const std::size_t second = answer.find("alive\nHTTP/1.1 200 OK");
    ASSERT_NE(second, answer.npos) << answer;
    EXPECT_THAT(answer.substr(second + 1), HasSubstr("alive\nHTTP/1.1 200 OK"));
    EXPECT_TRUE(answer.ends_with("\r\n\r\nready\n")) << answer;
}

TEST_F(ServerTest, WhatComesAfterABodyIsNoRequest) {
    const std::string answer =
        ask("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabcGET /readyz HTTP/1.1\r\nHost: "
            "localhost\r\n\r\n");
    EXPECT_TRUE(answer.ends_with("\r\n\r\nalive\n")) << answer;
}

TEST_F(ServerTest, SilentPeersAreShutOutAndOthersGetTheirTurn) {
    std::list<tcp::iostream> silent(16);
    for (tcp::iostream& stream : silent) connect(stream);
    EXPECT_THAT(ask("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
                StartsWith("HTTP/1.1 200 OK"));
    for (tcp::iostream& stream : silent) EXPECT_EQ(stream.get(), tcp::iostream::traits_type::eof());
}

TEST_F(ServerTest, StopsWithPeersConnected) {
    tcp::iostream stream;
    connect(stream);
    stream << "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n" << std::flush;
    std::string line;
    std::getline(stream, line);
    EXPECT_EQ(line, "HTTP/1.1 200 OK\r");
    server_.stop();
}

TEST(Server, AsksForTheTokenByItsScheme) {
    Server server = Server::listen("127.0.0.1:0").value();
    const Source source{{}, {}, [] { return std::vector<std::string>{"secret"}; }};
    ASSERT_TRUE(server.start({source, server.host()}));
    const auto ask = [&server](const std::string& headers) {
        tcp::iostream stream;
        stream.expires_after(std::chrono::seconds(20));
        stream.connect("127.0.0.1", server.address().substr(server.address().rfind(':') + 1));
        stream << "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" << headers << "\r\n" << std::flush;
        return std::string(std::istreambuf_iterator<char>(stream), {});
    };
    const std::string token = "Authorization: Bearer secret\r\n";
    EXPECT_THAT(ask(""), testing::AllOf(StartsWith("HTTP/1.1 401 Unauthorized"),
                                        HasSubstr("\r\nWWW-Authenticate: Bearer realm=\"millrace\"\r\n")));
    EXPECT_THAT(ask(token), StartsWith("HTTP/1.1 200 OK"));
    EXPECT_THAT(ask(token + token), StartsWith("HTTP/1.1 401 "));
}

TEST(Server, SaysWhyItCannotListen) {
    Server first = Server::listen("127.0.0.1:0").value();
    const auto second = Server::listen(first.address());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().text, "admin: cannot listen on " + first.address() + ": Address already in use");
    for (const char* address :
         {"", "localhost:1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "[::1:80", "1.2.3.4:x"}) {
        const auto server = Server::listen(address);
        ASSERT_FALSE(server) << address;
        EXPECT_THAT(server.error().text, HasSubstr("is no address")) << address;
    }
}

TEST(Server, TellsItsAddress) {
    Server server = Server::listen("127.0.0.1:0").value();
    EXPECT_EQ(server.host(), "127.0.0.1");
    EXPECT_THAT(server.address(), StartsWith("127.0.0.1:"));
    EXPECT_THAT(server.address(), Not(StartsWith("127.0.0.1:0")));
}

}  // namespace
}  // namespace millrace::admin
