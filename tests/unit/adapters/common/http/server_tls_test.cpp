#include <algorithm>
#include <utility>

#include "tests/support/tls_client.hpp"
#include "tests/unit/adapters/common/http/server_fixture.hpp"

namespace millrace::http::test {
namespace {

class HttpsServer : public HttpServer {
  protected:
    HttpsServer() { manner.certificate = &certificate_; }

    // Until `until` was heard, or the end.
    static void talk(RawClient& line, millrace::testing::TlsClient& client, const std::string& say,
                     std::string_view until) {
        std::string from_server;
        line.send(client.turn(from_server));
        bool is_said = false;
        while (client.heard().find(until) == std::string::npos) {
            if (client.is_established() && !std::exchange(is_said, true)) line.send(client.say(say));
            from_server = line.read_some();
            if (from_server.empty()) return;
            line.send(client.turn(from_server));
        }
    }

    const millrace::testing::Certificate certificate_ = millrace::testing::make_certificate("localhost");
};

TEST_F(HttpsServer, Answers) {
    RawClient line(port());
    millrace::testing::TlsClient client;
    talk(line, client, get("/client") + get("/large") + get("/last", kLast), "GET /last");
    const std::string heard = plain(client.heard());
    EXPECT_TRUE(heard.starts_with(ok("127.0.0.1 127.0.0.1:" + std::to_string(port()) + " TLS")));
    EXPECT_TRUE(heard.ends_with(ok("GET /last", true)));
    std::string rest = line.read_to_end();
    client.turn(rest);
    EXPECT_TRUE(client.was_told_of_the_end());
}

TEST_F(HttpsServer, AnswersWhoHasSaidThatNothingMoreComes) {
    RawClient line(port());
    millrace::testing::TlsClient client;
    talk(line, client, get("/a"), "GET /a");
    const std::string asked = client.say(get("/later") + get("/release"));
    line.send(asked + client.leave());
    std::string rest = line.read_to_end();
    client.turn(rest);
    EXPECT_EQ(plain(client.heard()), ok("GET /a") + ok("/later") + ok("GET /release"));
    EXPECT_TRUE(client.was_told_of_the_end());
}

TEST_F(HttpsServer, TellsWhoDoesNotSpeakTls) {
    EXPECT_EQ(answers(get("/a")),
              refusal("400 Bad Request", "This address speaks TLS: the URL has to begin with https://."));
}

TEST_F(HttpsServer, GivesUpOnWhoDoesNotAgree) {
    manner.limits.head_ms = 200;
    RawClient line(port());
    millrace::testing::TlsClient client;
    std::string nothing;
    const std::string hello = client.turn(nothing);
    line.send(hello.substr(0, hello.size() / 2));
    EXPECT_EQ(line.read_to_end(), "");
    EXPECT_TRUE(host().wait([&] {
        return std::any_of(host().log.begin(), host().log.end(), [](const std::string& text) {
            return text.find("TLS: it was not made in time") != std::string::npos;
        });
    }));
}

}  // namespace
}  // namespace millrace::http::test
