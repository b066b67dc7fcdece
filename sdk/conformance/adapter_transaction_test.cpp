#include <array>
#include <set>

#include "conformance/adapter_fixture.hpp"

// Scopes that are one message each: how it comes, what its sender hears and when, and how it ends.
namespace millrace::conformance {
namespace {

constexpr std::array<std::uint32_t, 3> kVerdicts = {MILLRACE_ACK, MILLRACE_RETRY, MILLRACE_REJECT};
constexpr std::size_t kInMemoryBytesMax = 256 << 10;

class Transactions : public TransactionTest {
  protected:
    void settle(const Talk& talk, std::uint32_t verdict) {
        host().settle_message(*talk.scope, 0, verdict, "in my own words", world().code_for(verdict));
    }
    // A message that the host has, and has not settled.
    Talk send_one(const std::string& name) {
        Talk talk = open(name);
        EXPECT_TRUE(wait_for_messages(talk, 1));
        return talk;
    }
    void expect_closed(const Talk& talk, std::uint32_t reason) {
        EXPECT_TRUE(wait_for_close(talk)) << "the adapter did not close the scope";
        host().with([&] { EXPECT_EQ(reason_name(talk.scope->reason), reason_name(reason)); });
        EXPECT_TRUE(wait_for_release()) << "routes of a probe are held after the transaction";
    }
    void expect_nothing_submitted(const Talk& talk) {
        host().with([&] { EXPECT_EQ(talk.scope->messages, std::vector<std::string>()); });
    }
};

TEST_F(Transactions, AreScopesOfOneMessage) {
    start();
    const auto line = peer();
    line->open("line");
    std::set<std::string> keys;
    for (const std::string& text : texts("message", 5)) {
        const Talk talk{nullptr, send(*line, text)};
        EXPECT_TRUE(wait_for_messages(talk, 1));
        settle(talk, MILLRACE_ACK);
        EXPECT_EQ(hear(*line).kind, Kind::yes);
        expect_closed(talk, MILLRACE_REASON_PEER);
        host().with([&] {
            EXPECT_EQ(talk.scope->messages, as_messages({text}));
            keys.insert(talk.scope->key);
        });
    }
    EXPECT_EQ(keys.size(), 5u);
}

TEST_F(Transactions, BringWhatWasSent) {
    start();
    for (const std::string& text : {std::string("x"), std::string("two words"),
                                    std::string("\xc3\xa9t\xc3\xa9 \xf0\x9f\x8c\x8a"), std::string(4000, 'l')}) {
        const Talk talk = open_saying("talk", text);
        EXPECT_TRUE(wait_for_messages(talk, 1));
        host().with([&] {
            EXPECT_EQ(talk.scope->messages, as_messages({text}));
            EXPECT_EQ(talk.scope->body, talk.peer->body());
        });
    }
}

TEST_F(Transactions, BringLargeBodiesAsFiles) {
    start();
    const std::string text(250'000, 'l');
    const Talk talk = open_saying("talk", text);
    EXPECT_TRUE(wait_for_messages(talk, 1));
    const std::string body = talk.peer->body();
    if (body.empty()) GTEST_SKIP() << "messages have no body";
    ASSERT_GT(body.size(), kInMemoryBytesMax);
    host().with([&] {
        EXPECT_TRUE(talk.scope->body == body) << talk.scope->body.size() << " of " << body.size() << " bytes";
        EXPECT_EQ(host().bodies.size(), 1u);
        EXPECT_EQ(talk.scope->messages, as_messages({text}));
    });
    settle(talk, MILLRACE_ACK);
    EXPECT_EQ(hear(*talk.peer).kind, Kind::yes);
}

// ---- The question ------------------------------------------------------------------------------------------------

TEST_F(Transactions, SubmitNothingBeforeTheAnswer) {
    start(asking());
    const Talk talk = open("talk");
    settle_down();
    expect_nothing_submitted(talk);
    EXPECT_EQ(talk.peer->outcome({}), Heard());
    host().settle(*talk.scope, {});
    EXPECT_TRUE(wait_for_messages(talk, 1));
    settle(talk, MILLRACE_ACK);
    EXPECT_EQ(hear(*talk.peer).kind, Kind::yes);
}

TEST_F(Transactions, HearOfARefusal) {
    for (const std::uint32_t verdict : {MILLRACE_RETRY, MILLRACE_REJECT}) {
        for (const bool is_at_once : {true, false}) {
            Manner manner = quiet();
            manner.settles_at_once = is_at_once;
            manner.outcome = {.verdict = verdict, .text = "not here"};
            start(manner);
            manner.outcome.code = world().code_for(verdict);
            host().with([&] { host().manner = manner; });
            const Talk talk = open("talk");
            if (!is_at_once) host().settle(*talk.scope, manner.outcome);
            expect_answer(*talk.peer, verdict, "not here");
            expect_nothing_submitted(talk);
            EXPECT_TRUE(wait_for_release());
            end();
        }
    }
}

TEST_F(Transactions, HearWhereNoScopeOpens) {
    const std::array<std::pair<std::int32_t, Kind>, 3> answers = {
        {{MILLRACE_UNMATCHED, Kind::no}, {MILLRACE_DRAINING, Kind::later}, {MILLRACE_NO_SLOT, Kind::later}}};
    start();
    for (const auto& [answer, kind] : answers) {
        host().with([&, answer = answer] { host().manner.open = answer; });
        const auto refused = peer();
        refused->open("refused");
        refused->send("nobody gets this");
        EXPECT_EQ(hear(*refused).kind, kind) << "scope_open answered " << answer;
        EXPECT_TRUE(wait_for_release());
    }
    host().with([&] { EXPECT_EQ(host().scopes.size(), 0u); });
}

// ---- The answer --------------------------------------------------------------------------------------------------

TEST_F(Transactions, AreAnsweredByTheirSettlement) {
    start();
    for (const std::uint32_t verdict : kVerdicts) {
        const Talk talk = send_one("talk");
        expect_silence(*talk.peer);
        settle(talk, verdict);
        expect_answer(*talk.peer, verdict, "in my own words");
        expect_closed(talk, MILLRACE_REASON_PEER);
    }
}

TEST_F(Transactions, AreAnsweredOnce) {
    start();
    for (const std::uint32_t verdict : kVerdicts) {
        const Talk talk = send_one("talk");
        settle(talk, verdict);
        EXPECT_EQ(hear(*talk.peer).kind, kind_of(verdict));
        expect_silence(*talk.peer);
    }
}

TEST_F(Transactions, AreAnsweredAtOnceWhereThatSettlesThem) {
    Manner manner = quiet();
    manner.is_live = true;
    start(manner);
    const Talk talk = open("talk");
    EXPECT_EQ(hear(*talk.peer).kind, Kind::yes);
    expect_closed(talk, MILLRACE_REASON_PEER);
}

TEST_F(Transactions, AreRefusedWhereNobodyGetsThem) {
    Manner manner = quiet();
    manner.goes_nowhere = true;
    start(manner);
    const Talk talk = open("talk");
    EXPECT_EQ(hear(*talk.peer).kind, Kind::no);
    expect_closed(talk, MILLRACE_REASON_PEER);
}

TEST_F(Transactions, AreEachAnswered) {
    start();
    const std::array talks = {send_one("one"), send_one("two"), send_one("three")};
    for (const std::size_t i : {2u, 0u, 1u}) {
        settle(talks[i], kVerdicts[i]);
        EXPECT_EQ(hear(*talks[i].peer).kind, kind_of(kVerdicts[i]));
        if (i != 1) expect_silence(*talks[1].peer);
    }
}

TEST_F(Transactions, AreToComeAgainWhereThereIsNoRoom) {
    Manner manner = quiet();
    manner.room = 0;
    start(manner);
    const Talk full = open("full");
    EXPECT_EQ(hear(*full.peer).kind, Kind::later);
    expect_closed(full, MILLRACE_REASON_PEER);
    expect_nothing_submitted(full);
    host().with([&] { host().manner = quiet(); });
    const Talk again{nullptr, send(*full.peer, "again")};
    EXPECT_TRUE(wait_for_messages(again, 1));
    settle(again, MILLRACE_ACK);
    EXPECT_EQ(hear(*full.peer).kind, Kind::yes);
}

TEST_F(Transactions, AreNotWaitedForForEver) {
    for (const bool is_answered : {true, false}) {
        start(is_answered ? quiet() : asking(), true);
        const Talk talk = open("talk");
        EXPECT_EQ(hear(*talk.peer).kind, Kind::later);
        expect_closed(talk, MILLRACE_REASON_PEER);
        end();
    }
}

// ---- The end -----------------------------------------------------------------------------------------------------

TEST_F(Transactions, EndWithTheirPeer) {
    if (!is_declared(MILLRACE_REASON_LOST)) GTEST_SKIP() << "not declared";
    for (const bool is_answered : {true, false}) {
        start(is_answered ? quiet() : asking());
        const Talk talk = is_answered ? send_one("gone") : open("gone");
        talk.peer->cut();
        expect_closed(talk, MILLRACE_REASON_LOST);
        settle_down();
        end();
    }
}

// Its sender does not hear that it was taken.
TEST_F(Transactions, MayBeEndedByTheGateway) {
    start();
    for (const std::uint32_t reason : {MILLRACE_REASON_CONSUMER, MILLRACE_REASON_DRAIN}) {
        const Talk talk = send_one("ended");
        host().close(*talk.scope, reason, 0, "");
        const Kind kind = hear(*talk.peer).kind;
        EXPECT_TRUE(kind == Kind::later || kind == Kind::no) << reason_name(reason);
        EXPECT_TRUE(wait_for_release());
    }
    settle_down();
}

TEST_F(Transactions, EndOnce) {
    start();
    for (int i = 0; i < 50; ++i) {
        const Talk talk = send_one("ends");
        if (i % 2 == 0) settle(talk, MILLRACE_ACK);
        talk.peer->cut();
        if (i % 3 == 0) host().close(*talk.scope, MILLRACE_REASON_CONSUMER, 0, "");
        EXPECT_TRUE(host().wait([&] { return !talk.scope->is_open; }));
    }
    settle_down();
}

TEST_F(Transactions, AreAnsweredWhileItDrains) {
    start();
    const Talk talk = send_one("talk");
    const auto waits = peer();
    waits->open("waits");
    host().quiesce();
    settle(talk, MILLRACE_ACK);
    EXPECT_EQ(hear(*talk.peer).kind, Kind::yes);
    expect_closed(talk, MILLRACE_REASON_PEER);
    const auto late = peer();
    late->open("late");
    for (Peer* each : {waits.get(), late.get(), talk.peer.get()}) {
        each->send("too late");
        const Kind kind = hear(*each).kind;
        EXPECT_TRUE(kind == Kind::end || kind == Kind::later);
    }
    host().with([&] { EXPECT_EQ(host().scopes.size(), 1u); });
}

}  // namespace
}  // namespace millrace::conformance
