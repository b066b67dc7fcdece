// Servers that fail, at each point of a request: what is known of it, and that none is sent twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>

#include "tests/unit/adapters/common/http_fixture.hpp"

namespace millrace {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Opens once.
class Gate {
  public:
    void open() {
        const std::lock_guard lock(mutex_);
        is_open_ = true;
        opened_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        opened_.wait_for(lock, 30s, [this] { return is_open_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable opened_;
    bool is_open_ = false;
};

using HttpClientFaultsTest = HttpClientTest;

TEST_F(HttpClientFaultsTest, WhatHasNotLeftIsKnownNotToHave) {
    const ClosedPort closed;
    ScriptedServer plain([](Connection& connection) { connection.write("HTTP/1.1 400 Not TLS\r\n\r\n"); });
    ScriptedServer mute([](Connection& connection) { connection.wait_for_end(); });
    struct Case {
        const char* what;
        std::string url;
        const char* text;
    };
    const Case cases[] = {
        {"refused", "http://127.0.0.1:" + std::to_string(closed.port()) + "/t0ken", "Failed to connect"},
        {"no such name", "http://millrace.invalid/t0ken", "Could not resolve host: millrace.invalid"},
        {"no TLS there", "https://127.0.0.1:" + std::to_string(plain.port()) + "/t0ken", "SSL"},
        {"TLS that never comes", "https://127.0.0.1:" + std::to_string(mute.port()) + "/t0ken",
         "SSL connection timeout"},
    };
    for (const Case& it : cases) {
        HttpRequest request = post(it.url, "x");
        request.connect_timeout = 300ms;
        const HttpAnswer answer = ask(request);
        EXPECT_EQ(answer.reach, Reach::not_sent) << it.what;
        EXPECT_EQ(answer.fate(), Fate::retry) << it.what;
        EXPECT_EQ(answer.status, 0) << it.what;
        EXPECT_THAT(answer.text, HasSubstr(it.text)) << it.what;
        EXPECT_THAT(answer.text, Not(HasSubstr("t0ken"))) << it.what;
    }
}

TEST_F(HttpClientFaultsTest, WhatWasCutOffIsUnknown) {
    struct Case {
        const char* what;
        ScriptedServer::Script script;
        int status;
        Fate fate;
        const char* text;
    };
    const auto after_request = [](const std::string& answer, bool resets) {
        return [answer, resets](Connection& connection) {
            connection.read_request();
            connection.write(answer);
            if (resets) connection.reset();
        };
    };
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    const Case cases[] = {
        {"at the first byte of the request",
         [](Connection& connection) {
             connection.read(1);
             connection.reset();
         },
         0, Fate::unknown, ""},
        {"within the request",
         [](Connection& connection) {
             connection.read(1'000'000);
             connection.reset();
         },
         0, Fate::unknown, ""},
        {"before the answer", after_request("", false), 0, Fate::unknown, "Empty reply from server"},
        {"before the answer, by a reset", after_request("", true), 0, Fate::unknown, ""},
        {"within the status line", after_request("HTTP/1.1 20", false), 0, Fate::unknown, ""},
        {"within the head", after_request("HTTP/1.1 200 OK\r\nContent-Le", false), 0, Fate::unknown, ""},
        {"after 100", after_request("HTTP/1.1 100 Continue\r\n\r\n", false), 0, Fate::unknown, ""},
        {"within the body", after_request(head + "12345", false), 200, Fate::unknown, "5 bytes remaining"},
        {"within the body, by a reset", after_request(head + "12345", true), 200, Fate::unknown, ""},
        {"within a chunk", after_request("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", false), 200,
         Fate::unknown, ""},
        {"within the body of a refusal", after_request("HTTP/1.1 400 No\r\nContent-Length: 10\r\n\r\n12", false), 400,
         Fate::rejected, ""},
        {"within the body of 429", after_request("HTTP/1.1 429 No\r\nContent-Length: 10\r\n\r\n12", false), 429,
         Fate::retry, ""},
        {"what is no HTTP", after_request("220 smtp.example.com\r\n", false), 0, Fate::unknown, "HTTP/0.9"},
    };
    const std::string body(4'000'000, 'x');
    for (const Case& it : cases) {
        ScriptedServer server(it.script);
        const HttpAnswer answer = ask(post(url_of(server), body));
        EXPECT_EQ(answer.reach, Reach::unknown) << it.what;
        EXPECT_EQ(answer.status, it.status) << it.what;
        EXPECT_EQ(answer.fate(), it.fate) << it.what;
        EXPECT_THAT(answer.text, HasSubstr(it.text)) << it.what;
        EXPECT_NE(answer.text, "") << it.what;
        EXPECT_EQ(server.connections(), 1u) << it.what;
    }
}

TEST_F(HttpClientFaultsTest, AnAnswerBeforeTheEndOfTheRequestCounts) {
    ScriptedServer server([](Connection& connection) {
        connection.read_until("\r\n\r\n");
        connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        connection.wait_for_end();
    });
    const HttpAnswer answer = ask(post(url_of(server), std::string(8'000'000, 'x')));
    EXPECT_EQ(answer.reach, Reach::answered) << answer.text;
    EXPECT_EQ(answer.status, 413);
}

TEST_F(HttpClientFaultsTest, EachWaitHasItsEnd) {
    struct Case {
        const char* what;
        const char* before;
        const char* drip;
        int status;
    };
    const Case cases[] = {
        {"no answer", "", "", 0},
        {"a head that comes in drops", "HTTP/1.1 200 OK\r\n", "X: y\r\n", 0},
        {"1xx without end", "", "HTTP/1.1 102 Processing\r\n\r\n", 0},
        {"a body that comes in drops", "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", "z", 200},
    };
    for (const Case& it : cases) {
        ScriptedServer server([&](Connection& connection) {
            connection.read_request();
            connection.write(it.before);
            if (*it.drip == '\0') return connection.wait_for_end();
            for (int i = 0; i < 20; ++i) connection.write(it.drip);
            connection.wait_for_end();
        });
        HttpRequest request = post(url_of(server), "x");
        request.timeout = 300ms;
        const auto begin = std::chrono::steady_clock::now();
        const HttpAnswer answer = ask(request);
        const auto took = std::chrono::steady_clock::now() - begin;
        EXPECT_EQ(answer.reach, Reach::unknown) << it.what;
        EXPECT_EQ(answer.status, it.status) << it.what;
        EXPECT_THAT(answer.text, HasSubstr("timed out")) << it.what;
        EXPECT_GE(took, 290ms) << it.what;
        EXPECT_LT(took, 10s) << it.what;
    }
}

TEST_F(HttpClientFaultsTest, LargeAnswersAreCutOff) {
    ScriptedServer body([](Connection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\n\r\n");
        for (;;) connection.write(std::string(65536, 'x'));
    });
    HttpRequest request = post(url_of(body), "x");
    request.answer_bytes_max = 100'000;
    const HttpAnswer answer = ask(request);
    EXPECT_EQ(answer.reach, Reach::unknown);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.size(), 100'000u);
    EXPECT_EQ(answer.text,
              "POST http://127.0.0.1:" + std::to_string(body.port()) + ": the answer is larger than 100000 bytes");

    ScriptedServer exact(answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    request = post(url_of(exact), "x");
    request.answer_bytes_max = 2;
    EXPECT_EQ(ask(request).reach, Reach::answered);

    ScriptedServer head([](Connection& connection) {
        connection.read_request();
        connection.write("HTTP/1.1 200 OK\r\n");
        for (;;) connection.write("X: " + std::string(1000, 'y') + "\r\n");
    });
    const HttpAnswer headless = ask(post(url_of(head), "x"));
    EXPECT_EQ(headless.reach, Reach::unknown);
    EXPECT_EQ(headless.status, 0);
    EXPECT_THAT(headless.text, HasSubstr("the answer's head is larger than 64 KiB"));
}

// The server takes a request on a kept connection and ends it without an answer: libcurl by itself sends it again.
ScriptedServer::Script dying_at_the_second(Heard& heard) {
    return [&heard](Connection& connection) {
        heard.add(connection.read_request());
        connection.write(kOk);
        heard.add(connection.read_request());
        if (connection.index > 0) connection.write(kOk);
    };
}

TEST_F(HttpClientFaultsTest, NothingIsSentTwiceOnItsOwn) {
    for (const char* method : {"POST", "GET", "DELETE"}) {
        for (const char* body : {"", "x"}) {
            Heard heard;
            ScriptedServer server(dying_at_the_second(heard));
            HttpRequest request = post(url_of(server), body);
            request.method = method;
            EXPECT_EQ(ask(request).status, 200);
            const HttpAnswer answer = ask(request);
            EXPECT_EQ(answer.reach, Reach::unknown) << method;
            EXPECT_THAT(answer.text, HasSubstr("the connection ended before an answer came"));
            EXPECT_EQ(heard.all().size(), 2u) << method;
        }
    }
}

TEST_F(HttpClientFaultsTest, WhatIsIdempotentIsSentAgain) {
    Heard heard;
    ScriptedServer server(dying_at_the_second(heard));
    HttpRequest request = get(url_of(server));
    request.is_idempotent = true;
    EXPECT_EQ(ask(request).status, 200);
    EXPECT_EQ(ask(request).status, 200);
    EXPECT_EQ(heard.all().size(), 3u);
}

TEST_F(HttpClientFaultsTest, AKeptConnectionWhoseEndIsKnownIsNotUsed) {
    const Certificate root = make_certificate("Root");
    const Certificate leaf = make_certificate("localhost", &root);
    HttpClient trusting({.ca = root.pem}, io.get_executor());
    for (const Certificate* certificate : {static_cast<const Certificate*>(nullptr), &leaf}) {
        Heard heard;
        ScriptedServer server(
            [&](Connection& connection) {
                heard.add(connection.read_request());
                connection.write(kOk);  // And it is closed, in TLS with a farewell.
            },
            certificate);
        const std::string scheme = certificate ? "https://localhost:" : "http://localhost:";
        const std::string url = scheme + std::to_string(server.port()) + "/";
        for (int i = 0; i < 3; ++i) {
            bool has_come = false;
            trusting.send(post(url, "x"), [&](const HttpAnswer& answer) {
                EXPECT_EQ(answer.reach, Reach::answered) << answer.text;
                has_come = true;
            });
            run_until([&] { return has_come; });
            server.wait_until_closed(heard.all().size());
        }
        EXPECT_EQ(heard.all().size(), 3u);
        EXPECT_EQ(server.connections(), 3u);
    }
}

TEST_F(HttpClientFaultsTest, ACancelledRequestHasItsAnswer) {
    Gate has_come;
    ScriptedServer server([&](Connection& connection) {
        connection.read_request();
        has_come.open();
        connection.wait_for_end();
    });
    HttpAnswer answer;
    bool is_answered = false;
    const std::uint64_t number = client.send(get(url_of(server)), [&](HttpAnswer come) {
        answer = std::move(come);
        is_answered = true;
    });
    has_come.wait();
    client.cancel(number);
    client.cancel(number);
    client.cancel(number + 1);
    run_until([&] { return is_answered; });
    EXPECT_EQ(answer.reach, Reach::unknown);
    EXPECT_THAT(answer.text, HasSubstr("it was cancelled"));
}

TEST_F(HttpClientFaultsTest, StoppingWaitsForWhatIsUnderWayButNotForLong) {
    Gate has_come;
    Gate may_answer;
    ScriptedServer server([&](Connection& connection) {
        const std::string request = connection.read_request();
        if (request.find("/never") != std::string::npos) return connection.wait_for_end();
        has_come.open();
        may_answer.wait();
        connection.write(kOk);
    });
    Reach first = Reach::malformed;
    Reach second = Reach::malformed;
    client.send(post(url_of(server, "/soon"), "x"), [&](const HttpAnswer& answer) { first = answer.reach; });
    has_come.wait();
    std::thread stopping([&] { client.stop(30s); });
    may_answer.open();
    stopping.join();
    run_until([&] { return first != Reach::malformed; });
    EXPECT_EQ(first, Reach::answered);

    HttpClient other({}, io.get_executor());
    other.send(post(url_of(server, "/never"), "x"), [&](const HttpAnswer& answer) { second = answer.reach; });
    const auto begin = std::chrono::steady_clock::now();
    other.stop(100ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    run_until([&] { return second != Reach::malformed; });
    EXPECT_NE(second, Reach::answered);
    other.stop(100ms);
}

TEST_F(HttpClientFaultsTest, AClientThatIsDestroyedAnswers) {
    ScriptedServer server([](Connection& connection) { connection.wait_for_end(); });
    int answers = 0;
    {
        HttpClient brief({}, io.get_executor());
        for (int i = 0; i < 10; ++i) brief.send(post(url_of(server), "x"), [&](const HttpAnswer&) { ++answers; });
    }
    run_until([&] { return answers == 10; });
}

}  // namespace
}  // namespace millrace
