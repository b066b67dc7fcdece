#include <set>

#include "conformance/adapter_fixture.hpp"
#include "millrace/v1/message.pb.h"

// Scopes, the question that opens one, and what is said in it.
namespace millrace::conformance {
namespace {

class Scopes : public AdapterTest {};

TEST_F(Scopes, HaveKeysOfTheirOwn) {
    start();
    std::vector<Talk> talks;
    std::set<std::string> keys;
    for (int i = 0; i < 5; ++i) {
        talks.push_back(open("name-" + std::to_string(i)));
        host().with([&] { keys.insert(talks.back().scope->key); });
    }
    EXPECT_EQ(keys.size(), talks.size());
    EXPECT_FALSE(keys.contains(""));
}

TEST_F(Scopes, HaveTheKeyThatIsDeclared) {
    start();
    std::set<std::string> keys;
    for (int i = 0; i < 2; ++i) {
        const Talk talk = open("same");
        host().with([&] { keys.insert(talk.scope->key); });
        if (!is_connection()) {
            host().close(*talk.scope, MILLRACE_REASON_CONSUMER, 0, "");
            EXPECT_TRUE(host().wait([&] { return !talk.scope->is_open; }));
            continue;
        }
        talk.peer->close();
        EXPECT_TRUE(wait_for_close(talk));
    }
    EXPECT_EQ(keys.size(), declared().lifetime == "keyed" ? 1u : 2u) << "lifetime: " << declared().lifetime;
}

TEST_F(Scopes, HaveAttributesThatAreDeclared) {
    start();
    const Talk talk = open("talk");
    for (const auto& [key, value] : talk.scope->attributes) {
        EXPECT_TRUE(key.starts_with("header.") || declared().match_keys.contains(key)) << key;
    }
}

TEST_F(Scopes, LeaveTheFieldsOfTheGatewayAlone) {
    start();
    const Talk talk = open_saying("talk", "fields");
    EXPECT_TRUE(wait_for_messages(talk, 1));
    for (const std::string& fields : {talk.scope->fields, talk.scope->event_fields}) {
        v1::ChannelMessage message;
        ASSERT_TRUE(message.ParseFromString(fields));
        EXPECT_EQ(message.id(), 0u);
        EXPECT_EQ(message.kind(), v1::ChannelMessage::KIND_UNSPECIFIED);
        EXPECT_EQ(message.adapter() + message.protocol() + message.scope() + message.route(), "");
        EXPECT_EQ(message.attributes_size(), 0);
        EXPECT_EQ(message.payload_case(), v1::ChannelMessage::PAYLOAD_NOT_SET);
    }
}

class Question : public ConversationTest {
  protected:
    static Manner asking() {
        Manner manner = quiet();
        manner.settles_at_once = false;
        return manner;
    }
};

TEST_F(Question, IsAnsweredBeforeAnythingIsSubmitted) {
    start(asking());
    const Talk talk = open("talk");
    talk.peer->send("early");
    settle_down();
    host().with([&] { EXPECT_EQ(talk.scope->messages, std::vector<std::string>()); });
    host().settle(*talk.scope, {});
    EXPECT_TRUE(wait_for_messages(talk, 1));
    host().with([&] { EXPECT_EQ(talk.scope->messages, as_messages({"early"})); });
}

TEST_F(Question, IsAnsweredBeforeThePeerHearsOfIt) {
    start(asking());
    const Talk talk = open("talk");
    settle_down();
    EXPECT_EQ(talk.peer->outcome({}), Heard());
    host().settle(*talk.scope, {});
    say(talk, "welcome");
    EXPECT_EQ(hear_text(*talk.peer), "welcome");
}

TEST_F(Question, BringsItsRepliesFirst) {
    start(asking());
    const Talk talk = open("talk");
    if (talk.scope->needs_reply_to) GTEST_SKIP() << "replies go where a message says";
    host().settle(*talk.scope, {.replies = {{MILLRACE_TEXT, "one", {}}, {MILLRACE_TEXT, "two", {}}}});
    say(talk, "three");
    for (const char* text : {"one", "two", "three"}) EXPECT_EQ(hear_text(*talk.peer), text);
    EXPECT_TRUE(host().wait([&] { return talk.scope->written == talk.scope->sent; }));
}

TEST_F(Question, EndsTheConversationWhenRefused) {
    if (!is_connection()) GTEST_SKIP() << "the conversation is no connection";
    for (const std::uint32_t verdict : {MILLRACE_RETRY, MILLRACE_REJECT}) {
        for (const bool is_at_once : {true, false}) {
            Manner manner = quiet();
            manner.settles_at_once = is_at_once;
            manner.outcome.verdict = verdict;
            start(manner);
            const Talk talk = open("talk");
            if (!is_at_once) host().settle(*talk.scope, manner.outcome);
            talk.peer->send("nobody gets this");
            EXPECT_TRUE(hears_end(*talk.peer)) << "verdict " << verdict;
            end();
        }
    }
}

TEST_F(Question, EndsTheConversationWhereNoScopeOpens) {
    if (!is_connection()) GTEST_SKIP() << "the conversation is no connection";
    for (const std::int32_t answer : {MILLRACE_UNMATCHED, MILLRACE_DRAINING, MILLRACE_NO_SLOT}) {
        Manner manner = quiet();
        manner.open = answer;
        start(manner);
        const auto refused = peer();
        refused->open("refused");
        refused->send("nobody gets this");
        EXPECT_TRUE(hears_end(*refused)) << "scope_open answered " << answer;
        end();
    }
}

TEST_F(Question, MayLoseItsAsker) {
    if (!is_connection()) GTEST_SKIP() << "the conversation is no connection";
    start(asking());
    const Talk gone = open("gone");
    gone.peer->cut();
    settle_down();
    host().settle(*gone.scope, {.replies = {{MILLRACE_TEXT, "too late", {}}}});
    EXPECT_TRUE(wait_for_close(gone));
    settle_down();
}

class Messages : public ConversationTest {};

TEST_F(Messages, ArriveAsTheyWereSent) {
    start();
    const Talk talk = open("talk");
    const std::vector<std::string> sent{"x", "two words", "\xc3\xa9t\xc3\xa9 \xf0\x9f\x8c\x8a", std::string(4000, 'l')};
    for (const std::string& text : sent) talk.peer->send(text);
    EXPECT_TRUE(wait_for_messages(talk, sent.size()));
    host().with([&] { EXPECT_EQ(talk.scope->messages, as_messages(sent)); });
}

TEST_F(Messages, KeepTheirOrder) {
    start();
    const Talk one = open("one"), two = open("two");
    const auto of_one = unanswered("one", 500), of_two = unanswered("two", 500);
    for (std::size_t i = 0; i < of_one.size(); ++i) {
        one.peer->send(of_one[i]);
        two.peer->send(of_two[i]);
    }
    EXPECT_TRUE(wait_for_messages(one, of_one.size()) && wait_for_messages(two, of_two.size()));
    host().with([&] {
        EXPECT_EQ(one.scope->messages, as_messages(of_one));
        EXPECT_EQ(two.scope->messages, as_messages(of_two));
    });
}

TEST_F(Messages, ComeBeforeTheEnd) {
    if (!declared().closes_by.contains("peer")) GTEST_SKIP() << "peers do not close";
    start();
    const Talk talk = open("talk");
    for (const std::string& text : texts("last", 20)) talk.peer->send(text);
    talk.peer->close();
    EXPECT_TRUE(wait_for_close(talk));
    host().with([&] { EXPECT_EQ(talk.scope->messages, as_messages(texts("last", 20))); });
}

}  // namespace
}  // namespace millrace::conformance
