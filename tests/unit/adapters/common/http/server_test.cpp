#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "adapters/common/http/server_thread.hpp"
#include "tests/unit/adapters/common/http/server_fixture.hpp"

namespace millrace::http::test {
namespace {

TEST_F(HttpServer, AnswersManyInARow) {
    std::string bytes;
    std::string expected;
    for (int i = 0; i < 999; ++i) {
        bytes += get("/" + std::to_string(i));
        expected += ok("GET /" + std::to_string(i));
    }
    EXPECT_EQ(answers(bytes + get("/last", kLast)), expected + ok("GET /last", true));
}

TEST_F(HttpServer, AnswersManyInARowWithBodiesInAnyPieces) {
    std::string bytes;
    std::string expected;
    for (int i = 0; i < 1000; ++i) {
        const std::string body(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
        bytes += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(i) + "\r\n\r\n" + body;
        expected += ok(body);
    }
    RawClient client(port());
    for (std::size_t at = 0, size = 1; at < bytes.size(); at += size, size = size * 7 % 20'011)
        client.send(std::string_view(bytes).substr(at, size));
    client.shut();
    EXPECT_TRUE(plain(client.read_to_end()) == expected);
}

TEST_F(HttpServer, AnswersInOrderWhatIsAnsweredInAnother) {
    std::string bytes;
    std::string expected;
    for (int i = 0; i < 60; ++i) {
        bytes += get("/later?" + std::to_string(i));
        expected += ok("/later?" + std::to_string(i));
    }
    EXPECT_EQ(answers(bytes + get("/release") + get("/last")), expected + ok("GET /release") + ok("GET /last"));
}

TEST_F(HttpServer, HoldsWhatIsTooMuchUntilSomethingIsAnswered) {
    manner.limits.pending_max = 4;
    RawClient client(port());
    RawClient other(port());
    std::string bytes;
    std::string expected;
    for (int i = 0; i < 50; ++i) {
        bytes += get("/later?" + std::to_string(i), i == 49 ? kLast : "");
        expected += ok("/later?" + std::to_string(i), i == 49);
    }
    client.send(bytes);
    std::string said;
    while (said.size() < expected.size() + 50 * kDateBytes) {
        other.send(get("/release"));
        other.read_until("GET /release");
        if (client.has_some()) said += client.read_some();
    }
    EXPECT_EQ(plain(said), expected);
    EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpServer, ClosesAfterTheLast) {
    EXPECT_EQ(answers(get("/a", kLast) + get("/b")), ok("GET /a", true));
    RawClient client(port());
    client.send(get("/a", kLast));
    EXPECT_EQ(plain(client.read_to_end()), ok("GET /a", true));
}

TEST_F(HttpServer, LetsWhoIsRefusedReadWhy) {
    RawClient client(port());
    const std::string body(200'000, 'x');
    client.send("POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + body);
    EXPECT_EQ(plain(client.read_to_end()), refusal("404 Not Found", "There is nothing at this path."));
}

TEST_F(HttpServer, ReadsALargeBody) {
    const std::string body(1 << 20, 'b');
    EXPECT_EQ(answers("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n" + body), ok(body));
    EXPECT_EQ(answers("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n"),
              refusal("413 Payload Too Large", "The request's body is too large."));
}

TEST_F(HttpServer, DropsNothingOfASlowReader) {
    manner.limits.pending_max = 10;
    RawClient client(port());
    client.set_receive_buffer(256 * 1024);
    std::string bytes;
    for (int i = 0; i < 20; ++i) bytes += get("/large");
    client.send(bytes + get("/last", kLast));
    const std::string all = client.read_to_end();
    EXPECT_EQ(std::count(all.begin(), all.end(), 'x'), 20 * (1 << 20) + 21) << "text/plain has one too";
    EXPECT_TRUE(plain(all.substr(all.size() - 200)).ends_with(ok("GET /last", true)));
}

TEST_F(HttpServer, GivesUpOnWhoDoesNotRead) {
    manner.limits.stall_ms = 200;
    RawClient client(port());
    client.set_receive_buffer(4'096);
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += get("/large");
    client.send(bytes);
    RawClient other(port());
    other.send(get("/a"));
    EXPECT_EQ(plain(other.read_until("GET /a")), ok("GET /a"));
    while (client.send(get("/large"))) {
    }
    EXPECT_LT(client.read_to_end().size(), 100u << 20);
}

TEST_F(HttpServer, GivesUpOnWhoTrickles) {
    manner.limits.head_ms = 300;
    manner.limits.head_bytes_max = 65'535;
    RawClient client(port());
    RawClient other(port());
    client.send("GET /");
    while (!client.has_some()) {
        client.send("a");
        other.send(get("/a"));
        other.read_until("GET /a");
    }
    EXPECT_EQ(plain(client.read_to_end()), refusal("408 Request Timeout", "The request did not come in time."));
}

TEST_F(HttpServer, EndsWhoSaysNothing) {
    manner.limits.head_ms = manner.limits.idle_ms = 200;
    RawClient silent(port());
    RawClient idle(port());
    idle.send(get("/a"));
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_EQ(plain(idle.read_to_end()), ok("GET /a"));
}

TEST_F(HttpServer, AnswersItselfWhatIsNotAnsweredInTime) {
    manner.limits.answer_ms = 200;
    RawClient client(port());
    client.send(get("/late") + get("/a"));
    const std::string later =
        "HTTP/1.1 503 Service Unavailable\r\nServer: millrace\r\nRetry-After: 5\r\nContent-Type: text/plain; "
        "charset=utf-8\r\nContent-Length: 34\r\n\r\nThe answer was not ready in time.\n";
    EXPECT_EQ(plain(client.read_until("GET /a")), later + ok("GET /a"));
    client.send(get("/release"));
    EXPECT_EQ(plain(client.read_until("GET /release")), ok("GET /release"));
    EXPECT_EQ(refused_answers, 1);
}

TEST_F(HttpServer, LetsGoOfWhoHasGone) {
    manner.connections_max = 1;
    RawClient client(port());
    client.send(get("/later?gone") + get("/a"));
    client.send(get("/b"));
    client.reset();
    std::string said;
    do {
        RawClient next(port());
        next.send(get("/release", kLast));
        said = plain(next.read_to_end());
    } while (said != ok("GET /release", true));
    EXPECT_EQ(refused_answers, 1);
}

// ---- Who comes -------------------------------------------------------------------------------------------------

TEST_F(HttpServer, LimitsConnections) {
    manner.connections_max = 1;
    auto first = std::make_unique<RawClient>(port());
    first->send(get("/a"));
    first->read_until("GET /a");
    RawClient second(port());
    second.send(get("/b"));
    EXPECT_EQ(plain(second.read_to_end()),
              refusal("503 Service Unavailable", "There are too many connections.", "Retry-After: 5\r\n"));
    first.reset();
    std::string said;
    do {
        RawClient third(port());
        third.send(get("/c", kLast));
        said = plain(third.read_to_end());
    } while (said.find(" 503 ") != std::string::npos);
    EXPECT_EQ(said, ok("GET /c", true));
}

TEST_F(HttpServer, LimitsConnectionsOfAnAddress) {
    manner.connections_of_address_max = 1;
    RawClient first(port());
    first.send(get("/a"));
    first.read_until("GET /a");
    RawClient second(port());
    second.send(get("/b"));
    EXPECT_EQ(
        plain(second.read_to_end()),
        refusal("429 Too Many Requests", "There are too many connections from your address.", "Retry-After: 5\r\n"));
}

TEST_F(HttpServer, LimitsRequestsOfAnAddress) {
    manner.requests_per_s_max = 5;
    std::string bytes;
    std::string expected;
    for (int i = 0; i < 5; ++i) bytes += get("/a"), expected += ok("GET /a");
    const std::string said = answers(bytes + get("/a"));
    EXPECT_EQ(said.substr(0, expected.size()), expected);
    EXPECT_EQ(said.substr(expected.size()),
              "HTTP/1.1 429 Too Many Requests\r\nServer: millrace\r\nRetry-After: 1\r\nContent-Type: text/plain; "
              "charset=utf-8\r\nContent-Length: 47\r\n\r\nThere are too many requests from your address.\n");
}

TEST_F(HttpServer, LimitsRequestsOfAnAddressOverAllThreads) {
    manner.threads = 2;
    manner.requests_per_s_max = 20;
    const std::uint16_t port = this->port();
    std::atomic<int> answered = 0;
    std::atomic<int> refused = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&] {
            for (int j = 0; j < 10; ++j) {
                RawClient client(port);
                std::string bytes;
                for (int k = 0; k < 10; ++k) bytes += get("/a");
                client.send(bytes);
                client.shut();
                const std::string said = client.read_to_end();
                for (std::size_t at = said.find("HTTP/1.1 "); at != std::string::npos;
                     at = said.find("HTTP/1.1 ", at + 1))
                    ++(said.compare(at + 9, 3, "200") == 0 ? answered : refused);
            }
        });
    }
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(answered + refused, 400);
    EXPECT_GE(answered, 20);
    EXPECT_GT(refused, 0);
}

TEST_F(HttpServer, BelievesTrustedProxiesAlone) {
    const std::string forwarded = "X-Forwarded-For: 192.0.2.1, 198.51.100.7\r\n";
    const auto who = [&](const std::string& address) {
        return ok(address + " 127.0.0.1:" + std::to_string(port()) + " plain");
    };
    EXPECT_EQ(answers(get("/client", forwarded)), who("127.0.0.1"));
    TearDown();
    host_.reset();
    manner.trusted_proxies = {"127.0.0.0/8"};
    manner.connections_of_address_max = 1;
    RawClient proxy(port());
    EXPECT_EQ(
        answers(get("/client", forwarded) + get("/client", "forwarded: for=\"[2001:db8::1]:80\"\r\n") + get("/client")),
        who("198.51.100.7") + who("2001:db8::1") + who("127.0.0.1"))
        << "the proxy's other connection is not one of this address";
}

// ---- The end ---------------------------------------------------------------------------------------------------

TEST_F(HttpServer, Drains) {
    manner.limits.answer_ms = 500;
    RawClient idle(port());
    RawClient asking(port());
    RawClient half(port());
    asking.send(get("/later"));
    half.send(get("/a") + "GET /b HTTP/1.1\r\n");
    EXPECT_EQ(plain(half.read_until("GET /a")), ok("GET /a"));
    idle.send(get("/a"));
    EXPECT_EQ(plain(idle.read_until("GET /a")), ok("GET /a"));
    host().quiesce();
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_EQ(plain(half.read_to_end()),
              refusal("503 Service Unavailable", "The gateway stops.", "Retry-After: 5\r\n"));
    EXPECT_EQ(plain(asking.read_to_end()),
              refusal("503 Service Unavailable", "The answer was not ready in time.", "Retry-After: 5\r\n"));
    EXPECT_EQ(answers(get("/a")), "lost");
}

}  // namespace
}  // namespace millrace::http::test
