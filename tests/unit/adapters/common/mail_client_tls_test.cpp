// STARTTLS, smtps, AUTH and SMTPUTF8: what is sent only where it is safe, and a real server, aiosmtpd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

#include "tests/support/python_server.hpp"
#include "tests/unit/adapters/common/mail_fixture.hpp"

namespace millrace {
namespace {

using namespace testing;
using StartTls = MailClientSettings::StartTls;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Certificate authority = make_certificate("Root");
const Certificate leaf = make_certificate("localhost", &authority);
const Mail one_mail{.from = "gw@example.com", .to = {"a@example.com"}, .content = "x\r\n"};

TEST(MailSettings, APasswordTakesTls) {
    struct Case {
        const char* url;
        StartTls start_tls;
        bool has_login;
        const char* fault;
    };
    const char* const unsafe = "a password is sent over TLS alone: it takes smtps, or STARTTLS to be required";
    const Case cases[] = {
        {"smtp://relay:587", StartTls::required, true, ""},
        {"smtp://relay", StartTls::required, false, ""},
        {"smtp://relay/", StartTls::off, false, ""},
        {"smtps://relay:465", StartTls::off, true, ""},
        {"smtp://[::1]:25", StartTls::optional, false, ""},
        {"smtp://relay:587", StartTls::optional, true, unsafe},
        {"smtp://relay:587", StartTls::off, true, unsafe},
        {"http://relay", StartTls::required, false, "it is no URL of smtp or smtps"},
        {"relay:587", StartTls::required, false, "it is no URL of smtp or smtps"},
        {"", StartTls::required, false, "it is no URL of smtp or smtps"},
        {"smtp://", StartTls::required, false, "it is no URL of smtp or smtps"},
        {"smtp://u:p@relay", StartTls::required, false, "its URL has more than a host and a port"},
        {"smtp://relay/name", StartTls::required, false, "its URL has more than a host and a port"},
        {"smtp://relay?x", StartTls::required, false, "its URL has more than a host and a port"},
    };
    for (const Case& it : cases) {
        MailClientSettings settings;
        settings.url = it.url;
        settings.start_tls = it.start_tls;
        if (it.has_login) settings.login = {"u", "p"};
        EXPECT_EQ(mail_settings_fault(settings), it.fault) << it.url;
    }
}

class MailClientTlsTest : public MailClientTest {
  protected:
    static MailClientSettings safe_settings_for(const ScriptedServer& server) {
        MailClientSettings settings = settings_for(server);
        settings.start_tls = StartTls::required;
        settings.ca = authority.pem;
        settings.login = {"gw", "s3cret"};
        return settings;
    }
};

TEST_F(MailClientTlsTest, LogsInBehindStartTls) {
    Heard heard;
    const SmtpPeer peer{heard};
    ScriptedServer server([&](Connection& connection) {
        peer.greet(connection, "250-me\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n");
        peer.answer(connection, std::vector{"220 go"});
        connection.start_tls(leaf);
        peer.answer(connection,
                    std::vector{"250-me\r\n250 AUTH GSSAPI NTLM CRAM-MD5 PLAIN LOGIN", "334 ", "235 2.7.0 yes"});
        peer.take_mail(connection, "250 2.0.0 ok");
    });
    MailClient client(safe_settings_for(server), io.get_executor());
    EXPECT_EQ(fates_of(client, one_mail), "sent 250 2.0.0 ok");
    EXPECT_THAT(heard.all(), ElementsAre("EHLO gw.example.com", "STARTTLS", "EHLO gw.example.com", "AUTH PLAIN",
                                         "AGd3AHMzY3JldA==", "MAIL FROM:<gw@example.com>", "RCPT TO:<a@example.com>",
                                         "DATA", "x\r\n"));
}

TEST_F(MailClientTlsTest, LogsInOverSmtpsByLoginToo) {
    Heard heard;
    const SmtpPeer peer{heard};
    ScriptedServer server(
        [&](Connection& connection) {
            peer.greet(connection, "250-me\r\n250 AUTH LOGIN\r\n");
            peer.answer(connection, std::vector{"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 yes"});
            peer.take_mail(connection, "250 ok");
        },
        &leaf);
    MailClientSettings settings = safe_settings_for(server);
    settings.url = "smtps://localhost:" + std::to_string(server.port());
    MailClient client(settings, io.get_executor());
    EXPECT_EQ(fates_of(client, one_mail), "sent 250 - ok");
    EXPECT_THAT(heard.all(), ::testing::Contains("AUTH LOGIN"));
}

// Nothing of the mail or the login is sent in any of these, and it can be tried again.
TEST_F(MailClientTlsTest, NothingIsSentWhereItIsNotSafe) {
    const Certificate stranger = make_certificate("localhost");
    struct Case {
        const char* what;
        const char* capabilities;
        const char* reply;
        const Certificate* certificate;
        const char* text;
    };
    const Case cases[] = {
        {"it is not offered", "250-me\r\n250 AUTH PLAIN\r\n", "", nullptr, "STARTTLS not supported"},
        {"it is refused", "250-AUTH PLAIN\r\n250 STARTTLS\r\n", "454 4.7.0 no", nullptr, "STARTTLS denied, code 454"},
        {"more comes behind it", "250-AUTH PLAIN\r\n250 STARTTLS\r\n", "220 go\r\n250 AUTH PLAIN", nullptr, ""},
        {"the certificate is of nobody", "250-AUTH PLAIN\r\n250 STARTTLS\r\n", "220 go", &stranger, "self-signed"},
        {"EHLO is refused", "502 what\r\n", "", nullptr, "Remote access denied: 502"},
    };
    for (const Case& it : cases) {
        Heard heard;
        const SmtpPeer peer{heard};
        ScriptedServer server([&](Connection& connection) {
            peer.greet(connection, it.capabilities);
            const std::string command = peer.hear(connection);
            if (command != "STARTTLS") return connection.write("221 bye\r\n");
            connection.write(std::string(it.reply) + "\r\n");
            if (it.certificate) connection.start_tls(*it.certificate);
            peer.hear(connection);
            connection.write("221 bye\r\n");
        });
        MailClient client(safe_settings_for(server), io.get_executor());
        const std::string fate = fates_of(client, one_mail);
        EXPECT_TRUE(fate.starts_with("retry ")) << it.what << ": " << fate;
        EXPECT_THAT(fate, HasSubstr(it.text)) << it.what;
        for (const std::string& line : heard.all()) {
            EXPECT_THAT(line, Not(::testing::AnyOf(HasSubstr("AUTH"), HasSubstr("MAIL")))) << it.what;
        }
    }
}

TEST_F(MailClientTlsTest, WithoutALoginStartTlsMayBeOptional) {
    Heard heard;
    const SmtpPeer peer{heard};
    ScriptedServer plain([&](Connection& connection) {
        peer.greet(connection, "250 me\r\n");
        peer.take_mail(connection, "250 ok");
    });
    MailClientSettings settings = settings_for(plain);
    settings.start_tls = StartTls::optional;
    MailClient client(settings, io.get_executor());
    EXPECT_EQ(fates_of(client, one_mail), "sent 250 - ok");
}

TEST_F(MailClientTlsTest, APasswordIsNotShown) {
    Heard heard;
    const SmtpPeer peer{heard};
    ScriptedServer server(
        [&](Connection& connection) {
            peer.greet(connection, "250 AUTH PLAIN\r\n");
            peer.hear(connection);
            connection.write("334 \r\n");
            const std::string secret = peer.hear(connection);
            connection.write("535 5.7.8 " + secret + " s3cret \x1b[31m\xff\r\n");
        },
        &leaf);
    MailClientSettings settings = safe_settings_for(server);
    settings.url = "smtps://localhost:" + std::to_string(server.port());
    MailClient client(settings, io.get_executor());
    const std::string fate = fates_of(client, one_mail);
    EXPECT_EQ(fate, "retry 535 5.7.8 Login denied: ***== *** \xEF\xBF\xBD[31m\xEF\xBF\xBD");
}

TEST_F(MailClientTlsTest, AddressesBeyondAsciiTakeSmtpUtf8) {
    const Mail mail{.from = "gw@example.com", .to = {"jürgen@example.com"}, .content = "x\r\n"};
    for (const bool is_offered : {true, false}) {
        Heard heard;
        const SmtpPeer peer{heard};
        ScriptedServer server([&](Connection& connection) {
            peer.greet(connection, is_offered ? "250-me\r\n250 SMTPUTF8\r\n" : "250 me\r\n");
            for (;;) peer.take_mail(connection, "250 ok");
        });
        MailClient client(settings_for(server), io.get_executor());
        const char* const fate = is_offered ? "sent 250 - ok"
                                            : "rejected 553 5.6.7 the server does not take addresses beyond ASCII "
                                              "(SMTPUTF8)";
        EXPECT_EQ(fates_of(client, mail), fate);
        EXPECT_EQ(fates_of(client, one_mail), "sent 250 - ok");
        EXPECT_EQ(fates_of(client, mail), fate);  // On the connection that is kept.
        const std::vector<std::string> lines = heard.all();
        EXPECT_EQ(std::count(lines.begin(), lines.end(), "MAIL FROM:<gw@example.com> SMTPUTF8"), is_offered ? 2 : 0);
        EXPECT_EQ(std::count(lines.begin(), lines.end(), "MAIL FROM:<gw@example.com>"), 1);
    }
}

TEST_F(MailClientTlsTest, AiosmtpdTakesAnyContent) {
    const TemporaryFile certificate(leaf.pem);
    const TemporaryFile key(leaf.key_pem);
    PythonServer server("mail_sink.py", {certificate.path(), key.path(), "gw", "s3cret"});
    MailClientSettings settings;
    settings.url = "smtp://localhost:" + std::to_string(server.port());
    settings.ca = authority.pem;
    settings.login = {"gw", "s3cret"};
    settings.connections = 1;
    MailClient client(settings, io.get_executor());

    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int i = 0; i < 30; ++i) {
        std::string content;
        for (std::size_t lines = random() % 40; lines > 0; --lines) {
            const char* const parts[] = {".", "..", ". ", "x", "", "QUIT", " .", "From me"};
            content += parts[random() % 8] + std::string(random() % 90, 'y') + "\r\n";
        }
        EXPECT_EQ(
            fates_of(client, {.from = "gw@example.com", .to = {"no@x.de", "a@x.de", "later@x.de"}, .content = content}),
            "rejected 550 5.1.1 no such user, sent 250 2.0.0 queued, retry 451 4.7.1 greylisted");
        const boost::json::value taken = boost::json::parse(server.next());
        EXPECT_EQ(taken.at("content").as_string(), content);
        EXPECT_EQ(taken.at("user").as_string(), "gw");
        EXPECT_EQ(taken.at("to"), boost::json::value(boost::json::array{"a@x.de"}));
    }
    EXPECT_EQ(fates_of(client, {.from = "gw@example.com", .to = {"jürgen@x.de"}, .content = "spam\r\n"}),
              "rejected 554 5.6.0 spam");
    settings.login->password = "wrong";
    MailClient stranger(settings, io.get_executor());
    EXPECT_THAT(fates_of(stranger, one_mail), HasSubstr("retry 535 5.7.8 Login denied"));
}

}  // namespace
}  // namespace millrace
