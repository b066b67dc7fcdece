// HTTPS: whom the client trusts, and HTTP/2 with python3-h2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "tests/support/python_server.hpp"
#include "tests/unit/adapters/common/http_fixture.hpp"

namespace millrace {
namespace {

using namespace testing;
using ::testing::HasSubstr;

const Certificate authority = make_certificate("Root");
const Certificate leaf = make_certificate("localhost", &authority);

std::string https_of(std::uint16_t port, const std::string& path = "/") {
    return "https://localhost:" + std::to_string(port) + path;
}

class HttpClientTlsTest : public HttpClientTest {
  protected:
    HttpClientTlsTest() : HttpClientTest({.ca = authority.pem}) {}
};

TEST_F(HttpClientTlsTest, SpeaksWithWhomItTrusts) {
    ScriptedServer server(answering(kOk), &leaf);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(post(https_of(server.port()), "x")).status, 200);
    EXPECT_EQ(server.connections(), 1u);
}

TEST_F(HttpClientTlsTest, SendsNothingToWhomItDoesNotTrust) {
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
        {"for another name", &other_name, "does not match target host name 'localhost'"},
        {"expired", &expired, "certificate has expired"},
    };
    for (const Case& it : cases) {
        ScriptedServer server(
            [](Connection& connection) {
                connection.read(1);
                ADD_FAILURE() << "it was sent something";
            },
            it.certificate);
        const HttpAnswer answer = ask(post(https_of(server.port(), "/s3cret"), "x"));
        EXPECT_EQ(answer.reach, Reach::not_sent) << it.what;
        EXPECT_THAT(answer.text, HasSubstr(it.text)) << it.what;
        EXPECT_EQ(answer.text.find("s3cret"), std::string::npos) << it.what;
    }
    HttpClient of_the_system({}, io.get_executor());
    ScriptedServer server(answering(kOk), &leaf);
    HttpAnswer answer;
    of_the_system.send(post(https_of(server.port()), "x"), [&](HttpAnswer come) { answer = std::move(come); });
    run_until([&] { return !answer.text.empty(); });
    EXPECT_EQ(answer.reach, Reach::not_sent);
}

// No signal of a pipe that is broken ends the process: nothing here ignores it.
TEST_F(HttpClientTlsTest, ACutConnectionIsNoSignal) {
    ScriptedServer server(
        [](Connection& connection) {
            connection.read(100'000);
            connection.reset();
        },
        &leaf);
    std::string body;
    body.resize(20'000'000, 'x');
    for (int i = 0; i < 5; ++i) {
        const HttpAnswer answer = ask(post(https_of(server.port()), body));
        EXPECT_EQ(answer.reach, Reach::unknown);
    }
}

class HttpClientH2Test : public HttpClientTlsTest {
  protected:
    boost::json::value heard() { return boost::json::parse(server.next()); }

    const TemporaryFile certificate{leaf.pem};
    const TemporaryFile key{leaf.key_pem};
    PythonServer server{"h2_server.py", {certificate.path(), key.path()}};
};

TEST_F(HttpClientH2Test, SendsWhatItIsGiven) {
    HttpRequest request = post(https_of(server.port(), "/echo?a=%2F"), "To=%2B1");
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"X-A", "1"}};
    request.basic = {"user", "pass"};
    const HttpAnswer answer = ask(request);
    EXPECT_EQ(answer.reach, Reach::answered) << answer.text;
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("X-Connection"), "0");
    EXPECT_EQ(answer.body, "To=%2B1");
    const boost::json::value expected = {{"connection", 0},
                                         {"method", "POST"},
                                         {"path", "/echo?a=%2F"},
                                         {"headers",
                                          {{"authorization", "Basic dXNlcjpwYXNz"},
                                           {"user-agent", "millrace"},
                                           {"content-type", "application/x-www-form-urlencoded"},
                                           {"x-a", "1"},
                                           {"content-length", "7"}}},
                                         {"body", "To=%2B1"}};
    EXPECT_EQ(heard(), expected);
}

TEST_F(HttpClientH2Test, ManyRequestsShareAConnection) {
    EXPECT_EQ(ask(post(https_of(server.port(), "/echo"), "first")).body, "first");
    std::set<std::string> bodies;
    std::set<std::string> connections;
    for (int i = 0; i < 30; ++i) {
        client.send(post(https_of(server.port(), "/echo"), std::to_string(i)), [&](const HttpAnswer& answer) {
            EXPECT_EQ(answer.reach, Reach::answered) << answer.text;
            bodies.insert(answer.body);
            connections.emplace(answer.header("x-connection"));
        });
    }
    run_until([&] { return bodies.size() == 30; });
    EXPECT_EQ(connections, std::set<std::string>{"0"});
}

TEST_F(HttpClientH2Test, NothingIsSentTwiceOnItsOwn) {
    for (const char* path : {"/die", "/refuse"}) {
        EXPECT_EQ(ask(post(https_of(server.port(), "/echo"), "x")).status, 200);
        const HttpAnswer answer = ask(post(https_of(server.port(), path), "y"));
        EXPECT_EQ(answer.reach, Reach::unknown) << path;
        EXPECT_EQ(ask(post(https_of(server.port(), "/echo"), "z")).status, 200) << path;
        EXPECT_EQ(heard().at("path").as_string(), "/echo");
        EXPECT_EQ(heard().at("path").as_string(), path);
        EXPECT_EQ(heard().at("path").as_string(), "/echo");
    }
}

TEST_F(HttpClientH2Test, AConnectionThatSaidGoodbyeIsNotUsed) {
    for (int i = 0; i < 5; ++i) {
        const HttpAnswer answer = ask(post(https_of(server.port(), "/go"), "x"));
        EXPECT_EQ(answer.reach, Reach::answered) << i << ": " << answer.text;
        EXPECT_EQ(answer.header("x-connection"), std::to_string(i));
        EXPECT_EQ(heard().at("path").as_string(), "/go");
        EXPECT_EQ(heard(), boost::json::value("closed"));
    }
}

}  // namespace
}  // namespace millrace
