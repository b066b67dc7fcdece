#include "adapters/smtp/dialogue.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "tests/unit/adapters/smtp/script_file.hpp"
#include "tests/unit/adapters/smtp/scripted_session.hpp"

namespace millrace::smtp {
namespace {

using test::Row;
using test::ScriptedSession;

void play(ScriptedSession& session, const std::string& script) {
    const std::vector<std::string> parts = test::parts_of(script);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string& part = parts[i];
        if (i % 2 == 0) {
            session.send(part);
        } else if (part.starts_with("wait ")) {
            session.wait(std::stoll(part.substr(5)));
        } else if (part.starts_with("settle ")) {
            session.settle_late(part.substr(7));
        } else if (part == "tls") {
            session.establish_tls();
        } else if (part == "lost") {
            session.lose();
        } else if (part == "drain") {
            session.drain();
        } else if (part != "then") {
            ADD_FAILURE() << "no such event: " << part;
        }
    }
}

std::string outcome_of(const Row& row, ScriptedSession::Manner manner) {
    const Service service(row.settings);
    ScriptedSession session(service, manner);
    // What comes first is said in steps, so that nothing of it comes too early.
    for (std::size_t begin = 0, end; begin < row.before.size(); begin = end) {
        end = std::min(row.before.find('$', begin), row.before.size() - 1) + 1;
        play(session, row.before.substr(begin, end - begin));
    }
    if (!row.before.empty()) session.transcript.clear();
    play(session, row.sent);
    std::string outcome = test::shown(session.transcript);
    session.lose();
    EXPECT_EQ(session.begun, session.ended) << row.where << ": each transaction ends once";
    return outcome;
}

std::vector<Row> all_rows() {
    std::vector<Row> rows;
    for (const char* const name : {"commands.txt", "addresses.txt", "data.txt", "chunks.txt", "tls.txt", "lmtp.txt",
                                   "limits.txt", "times.txt"}) {
        for (Row& row : test::read_rows(MILLRACE_SOURCE_DIR "/tests/unit/adapters/smtp/sessions", name))
            rows.push_back(std::move(row));
    }
    return rows;
}

TEST(Dialogue, SaysWhatTheScriptsSay) {
    const std::vector<Row> rows = all_rows();
    std::set<std::string> sessions;
    for (const Row& row : rows) {
        for (const bool is_late : {false, true}) {
            EXPECT_EQ(outcome_of(row, {SIZE_MAX, is_late}), row.expected) << row.where << (is_late ? ", late" : "");
        }
        if (!row.is_whole) {
            for (const std::size_t chop : {1u, 2u, 7u})
                EXPECT_EQ(outcome_of(row, {chop, chop == 2}), row.expected) << row.where << ", chopped to " << chop;
        }
        EXPECT_TRUE(sessions.insert(row.section + row.before + "=>" + row.sent).second)
            << row.where << " is there twice";
    }
    std::cout << rows.size() << " sessions\n";
    EXPECT_GE(rows.size(), 300u);
}

struct Protocol {
    bool is_lmtp;
    std::string script;
    std::string expected;
};

// RFC 3848, RFC 6531 §4.3.
TEST(Dialogue, KnowsHowAMailCame) {
    const std::string mail = "MAIL FROM:<a@b>$";
    const std::string login = "AUTH PLAIN AGFsaWNlAHNlY3JldA==$";
    const Protocol cases[] = {
        {false, "HELO a${then}" + mail, "SMTP"},
        {false, "EHLO a${then}" + mail, "ESMTP"},
        {false, "EHLO a${then}MAIL FROM:<a@b> SMTPUTF8$", "UTF8SMTP"},
        {false, "EHLO a${then}STARTTLS${then}{tls}EHLO b${then}" + mail, "ESMTPS"},
        {false, "EHLO a${then}STARTTLS${then}{tls}EHLO b${then}" + login + "{then}" + mail, "ESMTPSA"},
        {true, "LHLO a${then}" + mail, "LMTP"},
        {true, "LHLO a${then}STARTTLS${then}{tls}LHLO b${then}" + login + "{then}" + mail, "LMTPSA"},
        {true, "LHLO a${then}MAIL FROM:<a@b> SMTPUTF8$", "UTF8LMTP"},
    };
    for (const Protocol& each : cases) {
        Settings settings;
        settings.is_lmtp = each.is_lmtp;
        settings.has_tls = settings.has_users = true;
        const Service service(settings);
        ScriptedSession session(service, {});
        play(session, each.script);
        EXPECT_EQ(session.dialogue().protocol(), each.expected);
        EXPECT_EQ(session.dialogue().is_tls(), each.script.find("{tls}") != std::string::npos);
        EXPECT_EQ(session.dialogue().user(), each.script.find("AUTH") == std::string::npos ? "" : "alice");
        EXPECT_EQ(session.dialogue().hello_name(), session.dialogue().is_tls() ? "b" : "a");
        EXPECT_EQ(session.dialogue().is_extended(), !each.script.starts_with("HELO"));
    }
}

// An answer that comes when another question has been asked.
TEST(Dialogue, AnAnswerBelongsToItsQuestion) {
    const Service service(Settings{});
    ScriptedSession session(service, {});
    const std::string mail = "MAIL FROM:<a@b>${then}RCPT TO:<silent@d>${then}DATA${then}.${then}";
    play(session, "EHLO a${then}" + mail);
    const std::uint32_t first = session.dialogue().ticket();
    session.wait(60'000);
    play(session, mail);
    EXPECT_NE(session.dialogue().ticket(), first);
    EXPECT_FALSE(session.dialogue().settle(first, 0, {}));
    EXPECT_TRUE(session.dialogue().settle(session.dialogue().ticket(), 0, {}));
    play(session, "MAIL FROM:<a@b>${then}RCPT TO:<slow@d>$");
    EXPECT_FALSE(session.dialogue().judge(first, Reply::recipient_ok));
    EXPECT_FALSE(session.dialogue().settle(session.dialogue().ticket(), 0, {}));
    EXPECT_TRUE(session.dialogue().judge(session.dialogue().ticket(), Reply::recipient_ok));
    EXPECT_FALSE(session.dialogue().judge(session.dialogue().ticket(), Reply::recipient_ok));
}

// What comes while an answer is waited for, in the middle of what came before.
TEST(Dialogue, KeepsWhatItCannotTakeYet) {
    const Service service(Settings{});
    Tally tally{};
    Dialogue dialogue(service, tally, false, 0);
    const auto feed = [&](std::string bytes) {
        dialogue.feed(bytes);
        const Want want = dialogue.next();
        bytes.assign(bytes.size(), '#');
        return want;
    };
    const auto judge = [&](Reply reply) {
        EXPECT_TRUE(dialogue.judge(dialogue.ticket(), reply));
        return dialogue.next();
    };
    EXPECT_EQ(feed("EHLO a\r\n"), Want::input);
    dialogue.output().clear();
    EXPECT_EQ(feed("MAIL FROM:<a@b>\r\n"), Want::sender);
    EXPECT_EQ(feed("RCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nRC"), Want::wait);
    EXPECT_EQ(judge(Reply::sender_ok), Want::recipient);
    EXPECT_EQ(dialogue.next(), Want::wait);
    EXPECT_EQ(feed("PT TO:<g@h>\r\n"), Want::wait);
    EXPECT_EQ(judge(Reply::recipient_ok), Want::recipient);
    EXPECT_EQ(dialogue.recipient().raw, "e@f");
    EXPECT_EQ(judge(Reply::no_such_user), Want::recipient);
    EXPECT_EQ(dialogue.recipient().raw, "g@h");
    EXPECT_EQ(judge(Reply::recipient_ok), Want::input);
    EXPECT_EQ(dialogue.output(), "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n550 5.1.1 No such recipient\r\n250 2.1.5 Ok\r\n");
}

TEST(Dialogue, TakesAThousandMailsOfAThousandRecipients) {
    const Service service(Settings{});
    ScriptedSession session(service, {});
    session.send("EHLO a\r\n");
    std::string envelope = "MAIL FROM:<a@b>\r\n";
    for (int i = 0; i < 1000; ++i) envelope += "RCPT TO:<c@d>\r\n";
    for (int i = 0; i < 1000; ++i) {
        session.send(i == 0 ? envelope + "DATA\r\n" : "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n");
        session.transcript.clear();
        session.send("x\r\n.\r\n");
        ASSERT_TRUE(session.transcript.ends_with("|x\\r\\n}250 2.0.0 Ok\r\n")) << i << session.transcript;
    }
    EXPECT_EQ(session.ended, 1000u);
    const auto said = [&](Reply reply) { return session.tally[static_cast<std::size_t>(reply)]; };
    EXPECT_EQ(said(Reply::sender_ok), 1000u);
    EXPECT_EQ(said(Reply::recipient_ok), 1999u);
    EXPECT_EQ(said(Reply::start_content), 1000u);
    EXPECT_EQ(said(Reply::ok), 1000u);
}

}  // namespace
}  // namespace millrace::smtp
