#include <algorithm>

#include "conformance/adapter_fixture.hpp"

// What goes out: replies, their accounts, and how messages ended.
namespace millrace::conformance {
namespace {

using namespace std::chrono_literals;

class Answers : public ConversationTest {
  protected:
    bool is_all_written(const Talk& talk) {
        return host().wait([&] { return talk.scope->written == talk.scope->sent; });
    }
};

TEST_F(Answers, ReachOnlyTheirPeer) {
    start();
    const Talk one = open("one"), two = open("two");
    say(one, "to one");
    say(two, "to two");
    say(one, "again to one");
    EXPECT_EQ(hear_text(*two.peer), "to two");
    EXPECT_EQ(hear_text(*one.peer), "to one");
    EXPECT_EQ(hear_text(*one.peer), "again to one");
    EXPECT_NE(two.peer->outcome({}).kind, Kind::text);
}

TEST_F(Answers, KeepTheirOrder) {
    start();
    const Talk talk = open("talk");
    const auto sent = texts("answer", 500);
    for (const std::string& text : sent) say(talk, text);
    for (const std::string& text : sent) ASSERT_EQ(hear_text(*talk.peer), text);
}

TEST_F(Answers, HaveAnOutcomeWhereItIsAskedFor) {
    start();
    const Talk talk = open("talk");
    std::vector<std::pair<std::uint64_t, std::uint32_t>> expected;
    for (std::uint64_t receipt = 1; receipt <= 20; ++receipt) {
        host().send(*talk.scope, MILLRACE_TEXT, "answer", receipt);
        say(talk, "between");
        expected.emplace_back(receipt, MILLRACE_SENT);
    }
    EXPECT_TRUE(host().wait([&] { return host().outcomes.size() == expected.size(); }));
    settle_down();
    host().with([&] { EXPECT_EQ(host().outcomes, expected); });
}

TEST_F(Answers, AreLostWithTheirPeerAndSaidToBe) {
    start();
    const Talk talk = open("talk");
    if (!is_declared(MILLRACE_REASON_LOST)) GTEST_SKIP() << "peers are not lost";
    talk.peer->stall();
    const std::string large(256 << 10, 'x');
    for (std::uint64_t receipt = 1; receipt <= 64; ++receipt) host().send(*talk.scope, MILLRACE_TEXT, large, receipt);
    EXPECT_TRUE(host().wait([&] { return talk.scope->sent == 64 * large.size(); }));
    talk.peer->cut();
    ASSERT_TRUE(host().wait([&] { return host().outcomes.size() == 64; }));
    host().with([&] { EXPECT_EQ(host().outcomes.back(), std::pair(std::uint64_t{64}, std::uint32_t{MILLRACE_LOST})); });
}

// Given from within submit, as inline handlers do.
TEST_F(Answers, MayComeWhileTheMessageIsSubmitted) {
    Manner manner = quiet();
    manner.echoes = true;
    start(manner);
    const Talk talk = open("talk");
    const auto sent = unanswered("echo", 100);
    for (const std::string& text : sent) talk.peer->send(text);
    for (const std::string& text : sent) ASSERT_EQ(hear_text(*talk.peer), text);
}

TEST_F(Answers, ReachEveryPeerOfAGroup) {
    start();
    std::vector<Talk> talks;
    for (const std::string& name : texts("member", 3)) talks.push_back(open(name));
    if (talks[0].scope->needs_reply_to) GTEST_SKIP() << "replies go where a message says";
    host().send_all(MILLRACE_TEXT, "to all");
    for (const Talk& talk : talks) {
        EXPECT_EQ(hear_text(*talk.peer), "to all");
        EXPECT_TRUE(is_all_written(talk));
    }
}

TEST_F(Answers, AreAccountedForExactly) {
    start();
    const Talk talk = open("talk");
    for (const std::size_t size : {1u, 2u, 100u, 10'000u}) {
        say(talk, std::string(size, 'a'));
        EXPECT_EQ(hear_text(*talk.peer).size(), size);
        EXPECT_TRUE(is_all_written(talk));
    }
    settle_down();
    host().with([&] { EXPECT_EQ(talk.scope->written, talk.scope->sent); });
}

TEST_F(Answers, AreNotAccountedForBeforeTheyHaveLeft) {
    start();
    const Talk talk = open("talk");
    talk.peer->stall();
    const std::size_t chunk = std::min<std::size_t>(talk.scope->send_bytes_max / 8, 64 * 1024);
    ASSERT_GT(chunk, 0u);
    constexpr std::size_t kMost = 64 << 20;  // more than any socket buffers
    std::size_t count = 0;
    bool is_full = false;
    for (; !is_full && count * chunk < kMost; ++count) {
        say(talk, std::string(chunk, 'a'));
        EXPECT_TRUE(host().wait([&] { return talk.scope->sent >= (count + 1) * chunk; }));
        host().with([&] { is_full = talk.scope->sent - talk.scope->written + chunk > talk.scope->send_bytes_max; });
    }
    EXPECT_TRUE(is_full) << "written() told of " << kMost << " bytes, and the peer has read none";
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(hear_text(*talk.peer).size(), chunk);
    EXPECT_TRUE(is_all_written(talk));
}

TEST_F(Answers, MayFindNobodyThere) {
    if (!declared().closes_by.contains("lost")) GTEST_SKIP() << "lines do not break";
    start();
    const Talk talk = open("talk");
    talk.peer->cut();
    for (const std::string& text : texts("lost", 20)) say(talk, text);
    EXPECT_TRUE(wait_for_close(talk));
    settle_down();
}

// How messages of a conversation end, on a route of class `acked`: the host settles each when the test says so.
class Outcomes : public ConversationTest {
  protected:
    void SetUp() override {
        ConversationTest::SetUp();
        if (!IsSkipped() && !outside()->tells_outcomes()) GTEST_SKIP() << "the protocol does not tell";
    }
    // Says `count` messages that the host gets.
    Talk send(std::size_t count) {
        Talk talk = open("talk");
        for (const std::string& text : texts("message", count)) talk.peer->send(text);
        EXPECT_TRUE(wait_for_messages(talk, count));
        return talk;
    }
    Kind next(const Talk& talk) {
        const Kind kind = hear(*talk.peer).kind;
        return kind == Kind::opened ? hear(*talk.peer).kind : kind;
    }
    // What is heard beside the opening. Texts may go another way than answers.
    void expect_heard(const Talk& talk, std::vector<Kind> said, std::vector<Kind> expected) {
        while (said.size() < expected.size() && (said.empty() || said.back() != Kind::nothing))
            said.push_back(next(talk));
        if (!is_connection()) {
            std::sort(said.begin(), said.end());
            std::sort(expected.begin(), expected.end());
        }
        EXPECT_EQ(said, expected);
    }
};

TEST_F(Outcomes, AreToldAfterTheConsumers) {
    start();
    const Talk talk = send(1);
    settle_down();
    Heard early = talk.peer->outcome({});
    if (early.kind == Kind::opened) early = talk.peer->outcome({});
    ASSERT_EQ(early, Heard());
    host().settle_message(*talk.scope, 0, MILLRACE_ACK);
    EXPECT_EQ(next(talk), Kind::yes);
}

TEST_F(Outcomes, AreToldOnce) {
    start();
    const Talk talk = send(2);
    host().settle_message(*talk.scope, 0, MILLRACE_ACK);
    host().settle_message(*talk.scope, 1, MILLRACE_ACK);
    say(talk, "that was all");
    expect_heard(talk, {}, {Kind::yes, Kind::yes, Kind::text});
}

// What the protocol says to that is its own, but it says it.
TEST_F(Outcomes, AreToldWhereNobodyGetsTheMessage) {
    Manner manner = quiet();
    manner.goes_nowhere = true;
    start(manner);
    const Talk talk = send(2);
    const Kind said = next(talk);
    EXPECT_TRUE(said == Kind::yes || said == Kind::no);
    say(talk, "that was all");
    expect_heard(talk, {said}, {said, said, Kind::text});
}

TEST_F(Outcomes, AreEachToldForTheirMessage) {
    start();
    const Talk talk = send(3);
    host().settle_message(*talk.scope, 2, MILLRACE_REJECT, "no");
    host().settle_message(*talk.scope, 0, MILLRACE_ACK);
    host().settle_message(*talk.scope, 1, MILLRACE_RETRY, "later");
    const bool comes_again = outside()->offers_again();
    if (comes_again) {
        ASSERT_TRUE(wait_for_messages(talk, 4));
        host().with([&] { EXPECT_EQ(talk.scope->messages.back(), talk.scope->messages[1]); });
        host().settle_message(*talk.scope, 3, MILLRACE_ACK);
    }
    const std::vector<Kind> heard{next(talk), hear(*talk.peer).kind, hear(*talk.peer).kind};
    EXPECT_EQ(heard, (std::vector{Kind::yes, comes_again ? Kind::yes : Kind::later, outside()->refusal()}));
}

}  // namespace
}  // namespace millrace::conformance
