// The mail client against servers that are scripted line by line.
#include "adapters/common/mail_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/adapters/common/mail_fixture.hpp"

namespace millrace {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const Mail one_mail{.from = "gw@example.com", .to = {"a@example.com"}, .content = "Subject: x\r\n\r\nhello\r\n"};

TEST_F(MailClientTest, SendsMailsOverOneConnection) {
    Heard heard;
    const SmtpPeer peer{heard};
    ScriptedServer server([&](Connection& connection) {
        peer.greet(connection, "250-me\r\n250-SIZE 1000000\r\n250 ENHANCEDSTATUSCODES\r\n");
        for (int i = 0; i < 2; ++i) peer.take_mail(connection, "250 2.0.0 queued as " + std::to_string(i));
        peer.hear(connection);
        connection.write("221 bye\r\n");
    });
    MailClient client(settings_for(server), io.get_executor());
    EXPECT_EQ(fates_of(client, one_mail), "sent 250 2.0.0 queued as 0");
    const Mail second{.from = "", .to = {"a@example.com", "\"b c\"@example.com"}, .content = ""};
    EXPECT_EQ(fates_of(client, second), "sent 250 2.0.0 queued as 1, sent 250 2.0.0 queued as 1");
    client.stop(30s);
    EXPECT_THAT(heard.all(),
                ElementsAre("EHLO gw.example.com", "MAIL FROM:<gw@example.com> SIZE=21", "RCPT TO:<a@example.com>",
                            "DATA", "Subject: x\r\n\r\nhello\r\n", "MAIL FROM:<>", "RCPT TO:<a@example.com>",
                            "RCPT TO:<\"b c\"@example.com>", "DATA", "", "QUIT"));
    EXPECT_EQ(server.connections(), 1u);
}

// libcurl counts the doubled dots as content: were it told the size without them, it would leave out what comes behind
// the first 65,536 bytes of the mails whose size is about that and the number of their dots.
TEST_F(MailClientTest, EveryByteArrives) {
    const std::string dots = repeated(".\r\n", 100);
    const std::string contents[] = {
        ".",
        "..\r\n.\r\n",
        "a\r\n.\r\n\r\nRCPT TO:<x@y>\r\n",
        "no end",
        padded(dots, 65'536 + 100),
        padded(dots, 65'536 + 99),
        padded(repeated(".\r\n", 60'000), 2'000'000),
        repeated(".\r\n..\r\n", 100'000),
    };
    for (const std::string& content : contents) {
        Heard heard;
        const SmtpPeer peer{heard};
        ScriptedServer server([&](Connection& connection) {
            peer.greet(connection, "250 me\r\n");
            peer.take_mail(connection, "250 ok");
        });
        MailClient client(settings_for(server), io.get_executor());
        EXPECT_EQ(fates_of(client, {.from = "gw@example.com", .to = {"a@example.com"}, .content = content}),
                  "sent 250 - ok");
        const std::string arrived = heard.all().at(4);
        const bool has_end = content.ends_with("\r\n");
        EXPECT_TRUE(arrived == (has_end ? content : content + "\r\n"))
            << content.size() << " bytes, of which came " << arrived.size();
    }
}

TEST_F(MailClientTest, EachRecipientHasAFate) {
    const Mail mail{.from = "gw@example.com", .to = {"a@x.de", "b@x.de", "c@x.de"}, .content = "x\r\n"};
    struct Case {
        const char* what;
        std::vector<const char*> replies;  // To MAIL, each RCPT, DATA, the end; then it goes.
        const char* fates;
    };
    const Case cases[] = {
        {"all",
         {"250 k", "250 k", "250 k", "250 k", "354 k", "250 2.0.0 q"},
         "sent 250 2.0.0 q, sent 250 2.0.0 q, sent 250 2.0.0 q"},
        {"some",
         {"250 k", "550 5.1.1 no", "450 4.2.1 later", "250 k", "354 k", "250 2.0.0 q"},
         "rejected 550 5.1.1 no, retry 450 4.2.1 later, sent 250 2.0.0 q"},
        {"none", {"250 k", "550 no", "551 no", "552 many"}, "rejected 550 - no, rejected 551 - no, retry 552 - many"},
        {"the sender is refused",
         {"553 5.1.8 no"},
         "rejected 553 5.1.8 no, rejected 553 5.1.8 no, rejected 553 5.1.8 no"},
        {"going down", {"421 4.3.2 bye"}, "retry 421 4.3.2 bye, retry 421 4.3.2 bye, retry 421 4.3.2 bye"},
        {"DATA is refused",
         {"250 k", "250 k", "550 no", "250 k", "451 no"},
         "retry 451 - no, rejected 550 - no, retry 451 - no"},
        {"spam",
         {"250 k", "250 k", "550 no", "250 k", "354 k", "554 5.6.0 spam"},
         "rejected 554 5.6.0 spam, rejected 550 - no, rejected 554 5.6.0 spam"},
        {"taken in its own words",
         {"250 k", "250 k", "250 k", "250 k", "354 k", "251 odd"},
         "sent 251 - odd, sent 251 - odd, sent 251 - odd"},
    };
    for (const Case& it : cases) {
        Heard heard;
        const SmtpPeer peer{heard};
        ScriptedServer server([&](Connection& connection) {
            peer.greet(connection, "250 me\r\n");
            peer.answer(connection, it.replies);
            peer.answer(connection, std::vector{"221 bye"});
        });
        MailClient client(settings_for(server), io.get_executor());
        EXPECT_EQ(fates_of(client, mail), it.fates) << it.what;
    }
}

TEST_F(MailClientTest, WhereItIsCutOffDecides) {
    struct Case {
        const char* what;
        std::vector<const char*> replies;  // To the greeting's EHLO, MAIL, RCPT, DATA; then it is cut off.
        std::size_t content_bytes;         // That are read before.
        const char* fate;
    };
    const Case cases[] = {
        {"at the greeting", {}, 0, "retry"},
        {"after EHLO", {"250 me"}, 0, "retry"},
        {"after MAIL", {"250 me", "250 k"}, 0, "retry"},
        {"after RCPT", {"250 me", "250 k", "250 k"}, 0, "retry"},
        {"within the content", {"250 me", "250 k", "250 k", "354 k"}, 1'000'000, "retry"},
        {"after the content", {"250 me", "250 k", "250 k", "354 k"}, 8'000'003, "unknown"},
    };
    const Mail mail{
        .from = "gw@example.com", .to = {"a@x.de"}, .content = repeated(std::string(98, 'x') + "\r\n", 80'000)};
    for (const Case& it : cases) {
        Heard heard;
        const SmtpPeer peer{heard};
        ScriptedServer server([&](Connection& connection) {
            if (!it.replies.empty()) connection.write("220 hi\r\n");
            peer.answer(connection, it.replies);
            connection.read(it.content_bytes);
            if (it.content_bytes == 1'000'000) connection.reset();
        });
        MailClient client(settings_for(server), io.get_executor());
        const std::string fate = fates_of(client, mail);
        EXPECT_EQ(fate.substr(0, fate.find(' ')), it.fate) << it.what << ": " << fate;
        EXPECT_GT(fate.size(), 12u) << it.what << ": " << fate;
        EXPECT_EQ(server.connections(), 1u) << it.what;
    }
}

TEST_F(MailClientTest, AServerThatFallsSilentIsGivenUp) {
    for (const bool has_content : {false, true}) {
        Heard heard;
        const SmtpPeer peer{heard};
        ScriptedServer server([&](Connection& connection) {
            peer.greet(connection, "250 me\r\n");
            if (has_content)
                peer.answer(connection, std::vector{"250 k", "250 k", "354 k"});
            else
                peer.answer(connection, std::vector{"250 k"});
            connection.wait_for_end();
        });
        MailClientSettings settings = settings_for(server);
        settings.timeout = 400ms;
        MailClient client(settings, io.get_executor());
        const std::string fate = fates_of(client, one_mail);
        EXPECT_THAT(fate, HasSubstr(has_content ? "unknown 0 - " : "retry 0 - "));
    }
}

TEST_F(MailClientTest, AServerThatIsSilentAtQuitDoesNotHoldUpWhatIsKnown) {
    Heard heard;
    const SmtpPeer peer{heard};
    ScriptedServer server([&](Connection& connection) {
        peer.greet(connection, "250 me\r\n");
        peer.answer(connection, std::vector{"550 no"});
        connection.wait_for_end();
    });
    MailClient client(settings_for(server), io.get_executor());
    EXPECT_EQ(fates_of(client, one_mail), "rejected 550 - no");
}

TEST_F(MailClientTest, AKeptConnectionThatHasEndedIsReplaced) {
    struct Case {
        const char* what;
        const char* farewell;
        bool waits_for_mail;
    };
    const Case cases[] = {
        {"without a word", "", false},
        {"with a farewell", "421 4.4.2 idle\r\n", false},
        {"as the next mail begins", "", true},
    };
    for (const Case& it : cases) {
        Heard heard;
        const SmtpPeer peer{heard};
        ScriptedServer server([&](Connection& connection) {
            peer.greet(connection, "250 me\r\n");
            peer.take_mail(connection, "250 ok");
            if (it.waits_for_mail) peer.hear(connection);
            connection.write(it.farewell);
        });
        MailClient client(settings_for(server), io.get_executor());
        EXPECT_EQ(fates_of(client, one_mail), "sent 250 - ok") << it.what;
        if (!it.waits_for_mail) server.wait_until_closed(1);
        EXPECT_THAT(fates_of(client, one_mail), ::testing::AnyOf("sent 250 - ok", "retry 421 4.4.2 idle")) << it.what;
    }
}

TEST_F(MailClientTest, StoppingDoesNotWaitForASilentServer) {
    for (const char* stays_silent_at : {"greeting", "end", "QUIT"}) {
        Heard heard;
        const SmtpPeer peer{heard};
        ScriptedServer server([&](Connection& connection) {
            if (std::string_view(stays_silent_at) == "greeting") return connection.wait_for_end();
            peer.greet(connection, "250 me\r\n");
            if (std::string_view(stays_silent_at) == "QUIT") {
                peer.take_mail(connection, "250 ok");
                return connection.wait_for_end();
            }
            peer.answer(connection, std::vector{"250 k", "250 k", "354 k"});
            connection.wait_for_end();
        });
        MailClient client(settings_for(server), io.get_executor());
        int fates = 0;
        for (int i = 0; i < 3; ++i) client.send(one_mail, [&](const auto&) { ++fates; });
        if (std::string_view(stays_silent_at) == "QUIT") run_until([&] { return fates >= 1; });
        const auto begin = std::chrono::steady_clock::now();
        client.stop(50ms);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s) << stays_silent_at;
        run_until([&] { return fates == 3; });
        EXPECT_FALSE(client.send(one_mail, [](const auto&) { ADD_FAILURE(); }));
    }
}

TEST_F(MailClientTest, WhatIsNoMailIsRefusedHere) {
    ScriptedServer server([](Connection&) { ADD_FAILURE() << "somebody has connected"; });
    MailClient client(settings_for(server), io.get_executor());
    struct Case {
        Mail mail;
        const char* fates;
    };
    const Case cases[] = {
        {{.from = "a@b", .to = {}, .content = "x"}, ""},
        {{.from = "a@b> SIZE=1", .to = {"a@b"}, .content = "x"}, "rejected 553 5.1.3 an address of it is none"},
        {{.from = "a@b", .to = {"a@b\r\nDATA"}, .content = "x"}, "rejected 553 5.1.3 an address of it is none"},
        {{.from = "a@b", .to = {"a@b"}, .content = "a\n.\n"}, "rejected 554 5.6.0 there is a LF without its CR in it"},
    };
    for (const Case& it : cases) EXPECT_EQ(fates_of(client, it.mail), it.fates);
}

TEST_F(MailClientTest, ASlowMailHoldsUpNoOther) {
    ScriptedServer server([](Connection& connection) {
        Heard heard;
        const SmtpPeer peer{heard};
        peer.greet(connection, "250 me\r\n");
        while (peer.hear(connection) != "DATA") {
            if (heard.all().back() == "RCPT TO:<slow@example.com>") return connection.wait_for_end();
            connection.write("250 ok\r\n");
        }
        connection.write("354 go\r\n");
        peer.hear_content(connection);
        connection.write("250 ok\r\n");
    });
    MailClientSettings settings = settings_for(server);
    settings.connections = 2;
    MailClient client(settings, io.get_executor());
    Mail slow = one_mail;
    slow.to = {"slow@example.com"};
    Fate fate = Fate::sent;
    client.send(slow, [&](const auto& fates) { fate = fates.at(0).fate; });
    for (int i = 0; i < 5; ++i) EXPECT_EQ(fates_of(client, one_mail), "sent 250 - ok");
    client.stop(0ms);
    run_until([&] { return fate == Fate::retry; });
}

TEST_F(MailClientTest, TakesSoManyMailsAtATime) {
    ScriptedServer server([](Connection& connection) { connection.wait_for_end(); });
    MailClientSettings settings = settings_for(server);
    settings.mails_max = 3;
    MailClient client(settings, io.get_executor());
    int fates = 0;
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.send(one_mail, [&](const auto&) { ++fates; }));
    EXPECT_FALSE(client.send(one_mail, [](const auto&) { ADD_FAILURE(); }));
    client.stop(0ms);
    run_until([&] { return fates == 3; });
}

}  // namespace
}  // namespace millrace
