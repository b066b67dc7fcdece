#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "conformance/recording_host.hpp"
#include "millrace/abi.h"
#include "millrace/conformance.hpp"

// The whole adapter over sockets, against the recording host: what the suite does not know, as only SMTP has it.
namespace millrace::smtp {
namespace {

using conformance::patience;
using conformance::RecordingHost;
using conformance::Wire;
using Prospect = RecordingHost::Prospect;

RecordingHost::Manner quiet() {
    RecordingHost::Manner manner;
    manner.echoes = false;
    return manner;
}

// One that sends raw lines.
class Client {
  public:
    explicit Client(RecordingHost& host) { wire_.connect(host.port()); }

    void send(std::string_view text) { wire_.send(text); }
    void shut() { wire_.shut(); }
    // The next line without its end, or "(nothing)", "(the end)".
    std::string line() {
        std::size_t end = 0;
        while ((end = in_.find("\r\n")) == in_.npos) {
            if (!wire_.read(in_, patience())) return wire_.is_at_end() ? "(the end)" : "(nothing)";
        }
        std::string line = in_.substr(0, end);
        in_.erase(0, end + 2);
        return line;
    }
    std::vector<std::string> lines(int count) {
        std::vector<std::string> lines;
        while (count-- > 0) lines.push_back(line());
        return lines;
    }
    // Up to the commands.
    void greet(const std::string& verb = "EHLO") {
        EXPECT_EQ(line().substr(0, 3), "220");
        send(verb + " client.example.org\r\n");
        while (line().substr(0, 4) == "250-") {
        }
    }

  private:
    Wire wire_;
    std::string in_;
};

class SessionTest : public ::testing::Test {
  protected:
    RecordingHost& start(const std::string& more = {}, RecordingHost::Manner manner = quiet()) {
        return host_.emplace(millrace_plugin_v1()->adapter,
                             R"({"listen": "127.0.0.1:0", "threads": 1, "hostname": "mx.example.com", )"
                             R"("accept": "*@in.example.com")" +
                                 more + "}",
                             std::move(manner));
    }
    static bool wait_for_messages(RecordingHost& host, std::size_t count) {
        return host.wait([&] {
            std::size_t messages = 0;
            for (const RecordingHost::Scope& scope : host.scopes) messages += scope.messages.size();
            return messages >= count;
        });
    }

    std::optional<RecordingHost> host_;
};

constexpr const char* kEnvelope = "MAIL FROM:<ada@example.org>\r\nRCPT TO:<a@in.example.com>\r\n";

// RFC 5321 §3.1: in place of the greeting.
TEST_F(SessionTest, TellsThatThereAreTooMany) {
    RecordingHost& host = start(R"(, "max_connections": 1)");
    Client one(host);
    one.greet();
    Client other(host);
    EXPECT_EQ(other.lines(2), (std::vector<std::string>{"421 4.7.0 Too many connections", "(the end)"}));
}

// Where another generation has taken over, there is no quiesce before.
TEST_F(SessionTest, SaysGoodbyeWhenItStops) {
    RecordingHost& host = start();
    Client client(host);
    client.greet();
    host.stop(0);
    EXPECT_EQ(client.lines(2), (std::vector<std::string>{"421 4.3.2 Shutting down, try again", "(the end)"}));
}

TEST_F(SessionTest, AnswersWhoHasClosedItsSideOnly) {
    RecordingHost& host = start();
    Client client(host);
    client.greet();
    client.send(std::string(kEnvelope) + "BDAT 3 LAST\r\nx\r\n");
    client.shut();
    EXPECT_EQ(client.lines(2), (std::vector<std::string>{"250 2.1.0 Ok", "250 2.1.5 Ok"}));
    ASSERT_TRUE(wait_for_messages(host, 1));
    host.settle_message(host.scopes[0], 0, MILLRACE_ACK);
    EXPECT_EQ(client.lines(2), (std::vector<std::string>{"250 2.0.0 Ok", "(the end)"}));
    host.with([&] { EXPECT_EQ(host.scopes[0].reason, MILLRACE_REASON_PEER); });
}

TEST_F(SessionTest, GivesUpTheFileOfALargeMailThatIsReset) {
    RecordingHost& host = start();
    Client client(host);
    client.greet();
    std::string text;
    while (text.size() < (300 << 10)) text.append(60, 'x').append("\r\n");
    client.send(std::string(kEnvelope) + "BDAT " + std::to_string(text.size()) + "\r\n" + text + "RSET\r\nNOOP\r\n");
    EXPECT_EQ(client.lines(5), (std::vector<std::string>{"250 2.1.0 Ok", "250 2.1.5 Ok",
                                                         "250 2.0.0 " + std::to_string(text.size()) + " octets",
                                                         "250 2.0.0 Ok", "250 2.0.0 Ok"}));
    host.with([&] {
        ASSERT_EQ(host.bodies.size(), 1u);
        EXPECT_TRUE(host.bodies[0].is_released);
        EXPECT_EQ(host.held_routes(), 0u);
        EXPECT_TRUE(host.scopes.empty());
    });
}

RecordingHost::Manner by_recipient() {
    RecordingHost::Manner manner = quiet();
    manner.probe = [](const RecordingHost::Probe& probe) {
        return Prospect{MILLRACE_PROBE_YES, probe.attribute("to").substr(0, 1)};
    };
    return manner;
}

TEST_F(SessionTest, TakesRecipientsOfTheSameRoutes) {
    RecordingHost& host = start({}, by_recipient());
    Client client(host);
    client.greet();
    client.send(std::string(kEnvelope) +
                "RCPT TO:<a2@in.example.com>\r\nRCPT TO:<b@in.example.com>\r\nBDAT 3 LAST\r\nx\r\n");
    EXPECT_EQ(client.lines(4), (std::vector<std::string>{"250 2.1.0 Ok", "250 2.1.5 Ok", "250 2.1.5 Ok",
                                                         "452 4.5.3 Send this recipient in another transaction"}));
    ASSERT_TRUE(wait_for_messages(host, 1));
    host.settle_message(host.scopes[0], 0, MILLRACE_ACK);
    EXPECT_EQ(client.line(), "250 2.0.0 Ok");
    host.with([&] {
        EXPECT_EQ(host.scopes[0].routes, "a");
        EXPECT_EQ(host.held_routes(), 0u);
    });
}

// RFC 2033 §4.2: a reply for each, in their order.
TEST_F(SessionTest, AnswersEachRecipientOverLmtp) {
    RecordingHost& host = start(R"(, "protocol": "lmtp")", by_recipient());
    Client client(host);
    client.greet("LHLO");
    client.send(std::string(kEnvelope) +
                "RCPT TO:<b@in.example.com>\r\nRCPT TO:<a2@in.example.com>\r\nBDAT 3 LAST\r\nx\r\n");
    EXPECT_EQ(client.lines(4),
              (std::vector<std::string>{"250 2.1.0 Ok", "250 2.1.5 Ok", "250 2.1.5 Ok", "250 2.1.5 Ok"}));
    ASSERT_TRUE(wait_for_messages(host, 2));
    host.with([&] {
        EXPECT_EQ(host.scopes[0].routes, "a");
        EXPECT_EQ(host.scopes[1].routes, "b");
        EXPECT_EQ(host.scopes[1].attribute("to"), "b@in.example.com");
    });
    host.settle_message(host.scopes[1], 0, MILLRACE_REJECT, "not b");
    host.settle_message(host.scopes[0], 0, MILLRACE_ACK);
    EXPECT_EQ(client.lines(3), (std::vector<std::string>{"250 2.0.0 Ok", "550 5.7.1 not b", "250 2.0.0 Ok"}));
    EXPECT_TRUE(host.wait([&] { return host.scopes[0].is_closed_by_peer && host.scopes[1].is_closed_by_peer; }));
}

}  // namespace
}  // namespace millrace::smtp
