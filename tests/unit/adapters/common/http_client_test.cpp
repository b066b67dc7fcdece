#include "adapters/common/http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/unit/adapters/common/http_fixture.hpp"

namespace millrace {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// What arrives, byte for byte, of one request.
std::string wire_of(HttpClient& client, boost::asio::io_context& io, HttpRequest request) {
    Heard heard;
    ScriptedServer server([&](Connection& connection) {
        heard.add(connection.read_request());
        connection.write(kOk);
    });
    request.url = url_of(server, request.url);
    bool has_come = false;
    client.send(std::move(request), [&](const HttpAnswer& answer) {
        EXPECT_EQ(answer.reach, Reach::answered) << answer.text;
        has_come = true;
    });
    while (!has_come) io.run_one_for(100ms), io.restart();
    std::string wire = heard.all().at(0);
    const std::string host = "127.0.0.1:" + std::to_string(server.port());
    return wire.replace(wire.find(host), host.size(), "HOST");
}

TEST_F(HttpClientTest, SendsWhatItIsGivenAndLittleElse) {
    struct Case {
        HttpRequest request;
        const char* wire;
    };
    HttpRequest full = post("/2010/Accounts/AC1/Messages.json?a=%2F&b=../c", "To=%2B15550100&Body=h%C3%A9");
    full.headers = {
        {"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}, {"X-Empty", ""}};
    full.basic = {"AC1", "s3cret:x"};
    HttpRequest deleting = get("/a/../b");
    deleting.method = "DELETE";
    HttpRequest putting = post("/p", "");
    putting.method = "PUT";
    HttpRequest patching = post("/p", std::string("a\0b", 3));
    patching.method = "PATCH";
    HttpRequest heading = get("/h");
    heading.method = "HEAD";
    const Case cases[] = {
        {get("/"), "GET / HTTP/1.1\r\nHost: HOST\r\nUser-Agent: millrace\r\n\r\n"},
        {full,
         "POST /2010/Accounts/AC1/Messages.json?a=%2F&b=../c HTTP/1.1\r\nHost: HOST\r\n"
         "Authorization: Basic QUMxOnMzY3JldDp4\r\nUser-Agent: millrace\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\nX-Empty:\r\n"
         "Content-Length: 27\r\n\r\nTo=%2B15550100&Body=h%C3%A9"},
        {post("/e", ""), "POST /e HTTP/1.1\r\nHost: HOST\r\nUser-Agent: millrace\r\nContent-Length: 0\r\n\r\n"},
        {deleting, "DELETE /a/../b HTTP/1.1\r\nHost: HOST\r\nUser-Agent: millrace\r\n\r\n"},
        {putting, "PUT /p HTTP/1.1\r\nHost: HOST\r\nUser-Agent: millrace\r\nContent-Length: 0\r\n\r\n"},
        {heading, "HEAD /h HTTP/1.1\r\nHost: HOST\r\nUser-Agent: millrace\r\n\r\n"},
    };
    for (const Case& it : cases) EXPECT_EQ(wire_of(client, io, it.request), it.wire);
    EXPECT_EQ(wire_of(client, io, patching),
              "PATCH /p HTTP/1.1\r\nHost: HOST\r\nUser-Agent: millrace\r\nContent-Length: 3\r\n\r\n" + patching.body);
}

TEST_F(HttpClientTest, RefusesWhatIsNoRequest) {
    const std::string url = "http://127.0.0.1:1/";
    struct Case {
        const char* what;
        HttpRequest request;
        const char* text;
    };
    const auto with_header = [&](const std::string& name, const std::string& value) {
        HttpRequest request = get(url);
        request.headers = {{name, value}};
        return request;
    };
    const auto with_method = [&](const std::string& method) {
        HttpRequest request = get(url);
        request.method = method;
        return request;
    };
    const auto with_basic = [&](const std::string& username, const std::string& password) {
        HttpRequest request = get(url);
        request.basic = {username, password};
        return request;
    };
    const Case cases[] = {
        {"no method", with_method(""), "its method is none"},
        {"a method with a blank", with_method("GET /x"), "its method is none"},
        {"no URL", get(""), "its URL is none of http or https"},
        {"no scheme", get("127.0.0.1/"), "its URL is none of http or https"},
        {"another scheme", get("ftp://127.0.0.1/"), "its URL is none of http or https"},
        {"a file", get("file:///etc/passwd"), "its URL is none of http or https"},
        {"a line break in the URL", get(url + "\r\nX: y"), "its URL is none of http or https"},
        {"a blank in the URL", get(url + "a b"), "its URL is none of http or https"},
        {"a NUL in the URL", get(url + std::string(1, '\0')), "its URL is none of http or https"},
        {"a header's name", with_header("X Y", "z"), "a header's name is none"},
        {"no header's name", with_header("", "z"), "a header's name is none"},
        {"a line break in a header", with_header("X", "y\r\nZ: 1"), "the header X has a line break in it"},
        {"a LF in a header", with_header("X", "y\nZ: 1"), "the header X has a line break in it"},
        {"a NUL in a header", with_header("X", std::string("y\0z", 3)), "the header X has a line break in it"},
        {"a colon in the user's name", with_basic("a:b", "c"), "the user's name has a colon in it"},
        {"a NUL in the password", with_basic("a", std::string("b\0c", 3)), "its credentials have a NUL in them"},
    };
    for (const Case& it : cases) {
        const HttpAnswer answer = ask(it.request);
        EXPECT_EQ(answer.reach, Reach::malformed) << it.what;
        EXPECT_EQ(answer.text, std::string("the request cannot be sent: ") + it.text) << it.what;
        EXPECT_EQ(answer.fate(), Fate::rejected) << it.what;
    }
}

TEST_F(HttpClientTest, GivesStatusHeadersAndBody) {
    ScriptedServer server(
        answering("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                  "HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nFolded: a\r\n  b\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "5\r\nhello\r\n0\r\nTrailer: t\r\n\r\n"));
    const HttpAnswer answer = ask(post(url_of(server), "x"));
    EXPECT_EQ(answer.reach, Reach::answered);
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.text, "");
    EXPECT_EQ(answer.header("X-a"), "1");
    EXPECT_EQ(answer.header("folded"), "a b");
    EXPECT_EQ(answer.header("link"), "");
    EXPECT_EQ(answer.header("trailer"), "");
    EXPECT_EQ(answer.headers.size(), 4u);
}

TEST_F(HttpClientTest, KeepsAConnectionForTheNextRequest) {
    ScriptedServer server(answering(kOk));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(post(url_of(server), "x")).status, 200);
    EXPECT_EQ(server.connections(), 1u);
}

TEST_F(HttpClientTest, FollowsNoRedirect) {
    ScriptedServer other(answering(kOk));
    ScriptedServer server(
        answering("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + url_of(other) + "\r\nContent-Length: 0\r\n\r\n"));
    const HttpAnswer answer = ask(post(url_of(server), "x"));
    EXPECT_EQ(answer.reach, Reach::answered);
    EXPECT_EQ(answer.status, 307);
    EXPECT_EQ(answer.header("location"), url_of(other));
    EXPECT_EQ(answer.fate(), Fate::rejected);
    EXPECT_EQ(other.connections(), 0u);
}

TEST_F(HttpClientTest, IgnoresTheProxiesOfTheEnvironment) {
    ScriptedServer proxy(answering(kOk));
    ScriptedServer server(answering(kOk));
    for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) {
        ::setenv(name, url_of(proxy).c_str(), 1);
    }
    EXPECT_EQ(ask(get(url_of(server))).status, 200);
    for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
    EXPECT_EQ(proxy.connections(), 0u);
    EXPECT_EQ(server.connections(), 1u);
}

TEST_F(HttpClientTest, SendsABodyOfMoreThanAMegabyteWithoutAskingFirst) {
    Heard heard;
    ScriptedServer server([&](Connection& connection) {
        heard.add(connection.read_request());
        connection.write(kOk);
    });
    const std::string body(3 << 20, 'x');
    EXPECT_EQ(ask(post(url_of(server), body)).status, 200);
    const std::string wire = heard.all().at(0);
    const std::size_t head = wire.find("\r\n\r\n") + 4;
    EXPECT_THAT(wire.substr(0, head), Not(HasSubstr("Expect")));
    EXPECT_EQ(wire.size() - head, body.size());
}

TEST_F(HttpClientTest, ReadsRetryAfter) {
    ScriptedServer server(answering(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 17\r\nContent-Length: 16\r\n\r\n{\"retry_after\":1}"));
    ScriptedServer dated(
        answering("HTTP/1.1 503 Service Unavailable\r\n"
                  "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n"));
    const HttpAnswer answer = ask(post(url_of(server), "x"));
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.retry_after, 17s);
    EXPECT_EQ(answer.fate(), Fate::retry);
    EXPECT_EQ(ask(post(url_of(dated), "x")).retry_after, 366 * 24h);
    ScriptedServer wrong(answering("HTTP/1.1 503 No\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(ask(post(url_of(wrong), "x")).retry_after, std::nullopt);
}

TEST_F(HttpClientTest, StatusesHaveTheirFates) {
    struct Case {
        int status;
        Fate fate;
    };
    const Case cases[] = {
        {200, Fate::sent},     {201, Fate::sent},     {202, Fate::sent},     {204, Fate::sent},
        {301, Fate::rejected}, {304, Fate::rejected}, {400, Fate::rejected}, {401, Fate::rejected},
        {403, Fate::rejected}, {404, Fate::rejected}, {408, Fate::retry},    {409, Fate::rejected},
        {425, Fate::retry},    {429, Fate::retry},    {500, Fate::unknown},  {501, Fate::unknown},
        {502, Fate::unknown},  {503, Fate::retry},    {504, Fate::unknown},
    };
    for (const Case& it : cases) {
        ScriptedServer server(
            answering("HTTP/1.1 " + std::to_string(it.status) + " Words\r\nContent-Length: 0\r\n\r\n"));
        const HttpAnswer answer = ask(post(url_of(server), "x"));
        EXPECT_EQ(answer.reach, Reach::answered) << it.status;
        EXPECT_EQ(answer.status, it.status);
        EXPECT_EQ(answer.fate(), it.fate) << it.status;
    }
}

TEST_F(HttpClientTest, SecretsAreInNoText) {
    const std::string secret = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
    const ClosedPort closed;
    const std::string nobody = "127.0.0.1:" + std::to_string(closed.port());
    ScriptedServer mute([](Connection& connection) { connection.wait_for_end(); });
    ScriptedServer junk(answering(secret + "\r\n"));
    const std::string urls[] = {
        "http://" + nobody + "/bot" + secret + "/getUpdates?x=" + secret,
        "http://user:" + secret + "@" + nobody + "/",
        "http://" + secret.substr(10) + ".invalid/bot" + secret,
        "https://" + nobody + "/#" + secret,
        "gopher://" + nobody + "/bot" + secret,
        "http://" + nobody + "/a b" + secret,
        url_of(mute, "/bot" + secret),
        url_of(junk, "/bot" + secret),
    };
    for (const std::string& url : urls) {
        HttpRequest request = post(url, secret);
        request.headers = {{"Authorization", "Bearer " + secret}};
        request.secrets = {secret, secret.substr(10)};
        request.timeout = 300ms;
        const std::string text = ask(request).text;
        EXPECT_NE(text, "");
        EXPECT_THAT(text, Not(HasSubstr("AAHd"))) << text;
        EXPECT_THAT(text, Not(HasSubstr("getUpdates"))) << text;
    }
}

TEST_F(HttpClientTest, TakesSoManyRequestsAtATime) {
    HttpClient two({.requests_max = 2}, io.get_executor());
    ScriptedServer server([](Connection& connection) {
        connection.read_request();
        connection.wait_for_end();
    });
    int answers = 0;
    const auto count = [&](const HttpAnswer&) { ++answers; };
    const std::uint64_t first = two.send(get(url_of(server)), count);
    EXPECT_NE(first, 0u);
    EXPECT_NE(two.send(get(url_of(server)), count), 0u);
    EXPECT_EQ(two.send(get(url_of(server)), count), 0u);
    two.cancel(first);
    run_until([&] { return answers == 1; });
    EXPECT_NE(two.send(get(url_of(server)), count), 0u);
    two.stop(0ms);
    EXPECT_EQ(two.send(get(url_of(server)), count), 0u);
    run_until([&] { return answers == 3; });
}

}  // namespace
}  // namespace millrace
