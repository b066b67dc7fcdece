#include "adapters/chat/irc/session.hpp"

#include <gtest/gtest.h>

#include "tests/unit/adapters/chat/irc/session_script.hpp"

// What a session knows and counts; what it does stands in transcripts_test.cpp.
namespace millrace::chat::irc {
namespace {

using test::SessionScript;

constexpr std::string_view kCaps =
    "message-tags server-time batch echo-message away-notify chghost setname account-notify extended-join "
    "draft/chathistory";

SessionSettings settings() { return test::settings_of("# with rooms #ops\n"); }

// A session that is in #ops, with ann.
std::string entered() {
    const std::string caps(kCaps);
    return "= connect\n< CAP * LS :" + caps + "\n< CAP * ACK :" + caps +
           "\n< :irc.test 001 millrace :Welcome millrace!~mill@gw.example\n"
           "< :irc.test 005 millrace CHATHISTORY=10 CASEMAPPING=ascii :are\n< :irc.test 376 millrace :End\n"
           "< :millrace!~mill@gw.example JOIN #Ops * :Millrace\n< :irc.test 332 millrace #ops :The topic\n"
           "< :irc.test 353 millrace = #ops :@millrace +ann!a@h\n< :irc.test 366 millrace #ops :End\n";
}

TEST(IrcSession, KnowsWhoIsThere) {
    const SessionSettings given = settings();
    SessionScript script(given);
    script.play(entered());
    Session& session = script.session();
    const Roster::Room* room = session.roster().find_key("#ops");
    ASSERT_NE(room, nullptr);
    EXPECT_EQ(room->name, "#Ops");
    EXPECT_EQ(room->topic, "The topic");
    EXPECT_TRUE(room->has_all_members);
    EXPECT_EQ(session.roster().roles(*room, "ann"), "+");
    script.play(
        "< :ann!a@h AWAY :gone\n< :ann!a@h SETNAME :Ann B.\n< :ann!a@h ACCOUNT annacc\n< :ann!a@h CHGHOST b i\n");
    const Roster::User* ann = session.roster().find_user_key("ann");
    ASSERT_NE(ann, nullptr);
    EXPECT_TRUE(ann->is_away);
    EXPECT_EQ(ann->real_name, "Ann B.");
    EXPECT_EQ(ann->account, "annacc");
    EXPECT_EQ(ann->user + "@" + ann->host, "b@i");
    script.play("< :ann!b@i AWAY\n< :irc.test 331 millrace #ops :No topic\n< :ann!b@i MODE #ops +o-v ann ann\n");
    EXPECT_FALSE(ann->is_away);
    EXPECT_EQ(room->topic, "");
    EXPECT_EQ(session.roster().roles(*room, "ann"), "@");
    script.play("= disconnect\n");
    EXPECT_EQ(session.roster().rooms(), 0u);
    EXPECT_EQ(session.next_ms(0), std::nullopt);
}

TEST(IrcSession, SaysWhatTheNetworkCan) {
    const SessionSettings given = settings();
    SessionScript script(given);
    EXPECT_FALSE(script.session().capabilities().replies);
    script.play(entered());
    const Capabilities it = script.session().capabilities();
    EXPECT_TRUE(it.replies && it.fills_gaps && it.has_message_ids && it.sets_topic && it.confirms);
    EXPECT_EQ(it.edit, Reach::none);
    EXPECT_EQ(it.erase, Reach::none);
    EXPECT_EQ(it.files, Files::link);
    script.play("< CAP millrace DEL :draft/chathistory\n");
    EXPECT_FALSE(script.session().capabilities().fills_gaps);
}

TEST(IrcSession, Counts) {
    const SessionSettings given = settings();
    SessionScript script(given);
    script.play(entered());
    script.play("< :ann!a@h PRIVMSG #elsewhere :x\n< :ann!a@h PRIVMSG $* :to all\n");
    EXPECT_EQ(script.session().counts().strays, 2u);
    for (int i = 0; i < 5; ++i) script.play("< :ann!a@h PRIVMSG millrace :\\1VERSION\\1\n");
    EXPECT_EQ(script.session().counts().ctcp, 5u);
    EXPECT_EQ(script.session().counts().unanswered, 2u);
    script.play(
        "< @msgid=m :ann!a@h PRIVMSG #ops :x\n< BATCH +1 chathistory #ops\n"
        "< @msgid=m;batch=1 :ann!a@h PRIVMSG #ops :x\n< BATCH -1\n");
    EXPECT_EQ(script.session().counts().repeated, 1u);
}

// What was said to a room comes back from another, who is a bridge.
TEST(IrcSession, ItsOwnWordsCarryTheirHops) {
    const SessionSettings given = settings();
    SessionScript script(given);
    script.play(entered());
    script.session().say({"#OPS", "hello there", Said::text, {}, 3, 1, 0}, script.now_ms());
    EXPECT_NE(script.session().output().find("@+millrace/hops=3 PRIVMSG #OPS :hello there\r\n"), std::string::npos);
    EXPECT_NE(script.play("< :bridge!b@h PRIVMSG #ops :<mill> hello there\n").find("text bridge hops=3: <mill> hello"),
              std::string::npos);
    EXPECT_NE(script.play("< @+millrace/hops=7 :other!b@h PRIVMSG #ops :else\n").find("text other hops=7: else"),
              std::string::npos);
    script.session().say({"#ops", "a reply", Said::text, "m1", 0, 2, 0}, script.now_ms());
    EXPECT_NE(script.session().output().find("@+draft/reply=m1 PRIVMSG #ops :a reply\r\n"), std::string::npos);
}

TEST(IrcSession, LeavesWithAWord) {
    const SessionSettings given = settings();
    SessionScript script(given);
    EXPECT_EQ(script.play("= quit early\n"), "= quit early\n");
    script.play(entered());
    EXPECT_NE(script.play("= quit so long\n").find("> QUIT :so long\n! ended: the gateway has left\n"),
              std::string::npos);
}

// A slow socket: what can wait waits in its queue, and not in the bytes to be written.
TEST(IrcSession, WritesNoMoreThanTheSocketTakes) {
    SessionSettings given = settings();
    given.queue = {100'000, 64 << 20};
    SessionScript script(given);
    script.play(entered());
    Session& session = script.session();
    for (std::uint64_t id = 1; id <= 2000; ++id)
        session.say({"#ops", std::string(400, 'x'), Said::text, {}, 0, id, 0}, script.now_ms());
    EXPECT_GT(session.outbound().waiting(), 900u);
    EXPECT_LT(session.output().size(), Outbound::kBytesMax + kLineBytes + 64);
    session.output().clear();
    session.tick(script.now_ms() + 5000);
    EXPECT_GT(session.output().size(), 1000u);
}

}  // namespace
}  // namespace millrace::chat::irc
