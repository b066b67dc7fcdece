#include <algorithm>
#include <chrono>
#include <random>
#include <thread>

#include "conformance/adapter_fixture.hpp"

// Too much, and the end of conversations.
namespace millrace::conformance {
namespace {

class Overload : public ConversationTest {
  protected:
    static Manner with_room(std::size_t room) {
        Manner manner = quiet();
        manner.room = room;
        return manner;
    }
    bool wait_until_full(const Talk& talk) {
        return host().wait([&] { return talk.scope->is_full; });
    }
    // A peer says ten messages, of which the host takes two, then three more, then the rest.
    std::vector<std::string> squeeze() {
        start(with_room(2));
        const Talk talk = open("squeezed");
        for (const std::string& text : texts("message", 10)) talk.peer->send(text);
        EXPECT_TRUE(wait_until_full(talk));
        host().resume(*talk.scope, 3);
        EXPECT_TRUE(host().wait([&] { return talk.scope->messages.size() >= 5 && talk.scope->is_full; }));
        host().resume(*talk.scope, 1000);
        talk.peer->send("last");
        EXPECT_TRUE(host().wait([&] { return std::ranges::count(talk.scope->messages, "t:last") > 0; }));
        std::vector<std::string> messages;
        host().with([&] { messages = talk.scope->messages; });
        return messages;
    }
    static std::vector<std::string> all() {
        std::vector<std::string> sent = texts("message", 10);
        sent.emplace_back("last");
        return as_messages(sent);
    }
};

TEST_F(Overload, SubmitsNothingUntilResume) {
    start(with_room(2));
    const Talk talk = open("full");
    for (const std::string& text : texts("message", 10)) talk.peer->send(text);
    EXPECT_TRUE(wait_until_full(talk));
    talk.peer->send("one more");
    if (is_connection()) settle_down();
    host().with([&] { EXPECT_EQ(talk.scope->messages, as_messages(texts("message", 2))); });
    host().resume(*talk.scope, 1000);
    EXPECT_TRUE(wait_for_messages(talk, 11));
}

TEST_F(Overload, LosesNothing) {
    std::vector<std::string> taken = squeeze(), sent = all();
    std::ranges::sort(taken);
    std::ranges::sort(sent);
    EXPECT_EQ(taken, sent);
}

TEST_F(Overload, KeepsTheOrder) {
    const std::vector<std::string> taken = squeeze(), sent = all();
    const auto place = [&](const std::string& text) { return std::ranges::find(sent, text) - sent.begin(); };
    EXPECT_TRUE(std::ranges::is_sorted(taken, {}, place)) << ::testing::PrintToString(taken);
}

TEST_F(Overload, DoesNotHoldUpOthers) {
    if (!is_connection()) GTEST_SKIP() << "conversations may share a line";
    start(with_room(0));
    const Talk full = open("full");
    full.peer->send("no room for this");
    EXPECT_TRUE(wait_until_full(full));
    settle_down();
}

TEST_F(Overload, EndsOnlyAfterTheRest) {
    if (!declared().closes_by.contains("peer")) GTEST_SKIP() << "peers do not close";
    start(with_room(1));
    const Talk talk = open("full");
    for (const std::string& text : texts("message", 5)) talk.peer->send(text);
    talk.peer->close();
    EXPECT_TRUE(wait_until_full(talk));
    settle_down();
    host().with([&] { EXPECT_TRUE(talk.scope->is_open) << "closed with messages that were not taken"; });
    host().resume(*talk.scope, 1000);
    EXPECT_TRUE(wait_for_close(talk));
    host().with([&] { EXPECT_EQ(talk.scope->messages, as_messages(texts("message", 5))); });
}

TEST_F(Overload, IsSurvivedManyTimes) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    start(with_room(random() % 4));
    const Talk talk = open("often full");
    const auto sent = unanswered("message", 300);
    std::size_t count = 0;
    while (count < sent.size()) {
        for (std::size_t i = 0; i < random() % 20 && count < sent.size(); ++i) talk.peer->send(sent[count++]);
        bool is_full = false;
        host().with([&] { is_full = talk.scope->is_full; });
        if (is_full) host().resume(*talk.scope, random() % 8);
    }
    const auto is_done = [&] { return talk.scope->messages.size() >= sent.size(); };
    bool is_over = false;
    while (!is_over && host().wait([&] { return talk.scope->is_full || is_done(); })) {
        host().with([&] { is_over = is_done(); });
        host().resume(*talk.scope, random() % 8);
    }
    host().with([&] { EXPECT_EQ(talk.scope->messages, as_messages(sent)); });
}

// Each reason for which the manifest says that scopes close.
class Ends : public ConversationTest {
  protected:
    void provoke(std::uint32_t reason) {
        if (!is_declared(reason)) GTEST_SKIP() << "not declared";
        start(quiet(), reason == MILLRACE_REASON_IDLE);
        const Talk talk = open("ends");
        talk.peer->send("begun");
        EXPECT_TRUE(wait_for_messages(talk, 1));
        host().settle_message(*talk.scope, 0, MILLRACE_ACK);
        if (reason == MILLRACE_REASON_PEER)
            talk.peer->close();
        else if (reason == MILLRACE_REASON_LOST)
            talk.peer->cut();
        else
            talk.peer->provoke(reason);
        EXPECT_TRUE(wait_for_close(talk)) << "the adapter did not close the scope";
        host().with([&] { EXPECT_EQ(reason_name(talk.scope->reason), reason_name(reason)); });
    }

    // By the gateway: the peer hears all that was said before.
    void close(std::uint32_t reason) {
        if (!is_declared(reason)) GTEST_SKIP() << "not declared";
        start();
        const Talk talk = open("ends");
        for (const std::string& text : texts("farewell", 20)) say(talk, text);
        host().close(*talk.scope, reason, 0, "");
        for (const std::string& text : texts("farewell", 20)) EXPECT_EQ(hear_text(*talk.peer), text);
        EXPECT_TRUE(!is_connection() || hears_end(*talk.peer));
    }
};

TEST_F(Ends, ByPeer) { provoke(MILLRACE_REASON_PEER); }
TEST_F(Ends, ByLoss) { provoke(MILLRACE_REASON_LOST); }
TEST_F(Ends, ByIdling) { provoke(MILLRACE_REASON_IDLE); }
TEST_F(Ends, ByProtocolError) { provoke(MILLRACE_REASON_PROTOCOL_ERROR); }
TEST_F(Ends, ByPolicy) { provoke(MILLRACE_REASON_POLICY); }
TEST_F(Ends, ByDrain) { close(MILLRACE_REASON_DRAIN); }
TEST_F(Ends, ByConsumer) { close(MILLRACE_REASON_CONSUMER); }

// Both sides end it at once: one of them is first, and the other says no word more.
TEST_F(Ends, OnceWhenBothSidesEndIt) {
    if (!is_declared(MILLRACE_REASON_PEER)) GTEST_SKIP() << "peers do not close";
    start();
    for (int i = 0; i < 50; ++i) {
        const Talk talk = open("talk " + std::to_string(i));
        talk.peer->send("and");
        // Where its name may come again, what came after the end, or has none by then, would begin the next one.
        if (!is_connection()) {
            EXPECT_TRUE(wait_for_messages(talk, 1));
            host().settle_message(*talk.scope, 0, MILLRACE_ACK);
        }
        talk.peer->close();
        host().close(*talk.scope, MILLRACE_REASON_CONSUMER, 0, "");
        EXPECT_TRUE(host().wait([&] { return !talk.scope->is_open; }));
    }
    settle_down();
}

// The same where it idles: the gateway closes one after the other while they all come to their time.
TEST_F(Ends, OnceWhenItIdlesMeanwhile) {
    if (!is_declared(MILLRACE_REASON_IDLE)) GTEST_SKIP() << "not declared";
    start(quiet(), true);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(wait_for_close(open("idles")));
    const auto life = std::chrono::steady_clock::now() - begin;
    std::vector<Talk> talks;
    for (const std::string& name : texts("talk", 50)) talks.push_back(open(name));
    for (const Talk& talk : talks) {
        host().close(*talk.scope, MILLRACE_REASON_CONSUMER, 0, "");
        std::this_thread::sleep_for(life * 2 / talks.size());
    }
    for (const Talk& talk : talks) EXPECT_TRUE(host().wait([&] { return !talk.scope->is_open; }));
    settle_down();
}

}  // namespace
}  // namespace millrace::conformance
