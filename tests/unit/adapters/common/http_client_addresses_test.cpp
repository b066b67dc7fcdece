// Requests whose URL is of somebody else's choosing: which addresses they go to.
#include <gmock/gmock.h>

#include "adapters/common/public_address.hpp"
#include "tests/unit/adapters/common/http_fixture.hpp"

namespace millrace {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

HttpRequest guarded(const std::string& url, std::vector<std::string>& asked, bool answer) {
    HttpRequest request = get(url);
    request.may_connect = [&asked, answer](const boost::asio::ip::address& address) {
        asked.push_back(address.to_string());
        return answer;
    };
    return request;
}

class HttpClientAddressesTest : public HttpClientTest {
  protected:
    ScriptedServer server{answering(kOk)};
    std::vector<std::string> asked;
};

TEST_F(HttpClientAddressesTest, OneThatMayNotBeIsNotConnectedTo) {
    const HttpAnswer answer = ask(guarded(url_of(server), asked, false));
    EXPECT_EQ(answer.reach, Reach::not_sent);
    EXPECT_THAT(answer.text, ::testing::HasSubstr("its address is not to be connected to"));
    EXPECT_THAT(asked, ElementsAre("127.0.0.1"));
    EXPECT_EQ(server.connections(), 0u);
}

TEST_F(HttpClientAddressesTest, OneThatMayBeIsAskedOnceForEachRequest) {
    EXPECT_EQ(ask(get(url_of(server))).status, 200);
    EXPECT_EQ(ask(guarded(url_of(server), asked, true)).status, 200);
    EXPECT_EQ(ask(guarded(url_of(server), asked, true)).body, "ok");
    EXPECT_THAT(asked, ElementsAre("127.0.0.1", "127.0.0.1"));
    EXPECT_EQ(server.connections(), 3u) << "each has a connection to itself";
    EXPECT_EQ(ask(get(url_of(server))).status, 200);
    EXPECT_EQ(server.connections(), 3u) << "others use theirs again";
}

// However they are written, libcurl's resolver reads them; what it connects to is what is asked about.
TEST_F(HttpClientAddressesTest, NoWayOfWritingOneLeadsToAPrivateOne) {
    const std::string port = ":" + std::to_string(server.port()) + "/";
    for (const char* host : {"127.0.0.1",
                             "127.1",
                             "127.0.1",
                             "0x7f.1",
                             "0x7f000001",
                             "017700000001",
                             "2130706433",
                             "0",
                             "0.0.0.0",
                             "localhost",
                             "LOCALHOST.",
                             "[::1]",
                             "[::]",
                             "[::ffff:127.0.0.1]",
                             "[::ffff:7f00:1]",
                             "[0:0:0:0:0:ffff:7f00:1]",
                             "169.254.169.254",
                             "[fe80::1%25lo]",
                             "user:password@127.0.0.1",
                             "x@y@127.0.0.1",
                             "8.8.8.8@127.0.0.1",
                             "%31%32%37.0.0.1",
                             "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1"}) {
        HttpRequest request = get("http://" + std::string(host) + port);
        request.connect_timeout = std::chrono::seconds(3);
        request.may_connect = is_public;
        EXPECT_NE(ask(std::move(request)).reach, Reach::answered) << host;
    }
    EXPECT_EQ(server.connections(), 0u);
}

TEST_F(HttpClientAddressesTest, ARedirectIsAnAnswerAndLeadsNowhere) {
    ScriptedServer elsewhere(answering(kOk));
    ScriptedServer first(
        answering("HTTP/1.1 302 Found\r\nLocation: " + url_of(elsewhere) + "\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(ask(guarded(url_of(first), asked, true)).status, 302);
    EXPECT_EQ(elsewhere.connections(), 0u);
    EXPECT_EQ(asked.size(), 1u);
}

}  // namespace
}  // namespace millrace
