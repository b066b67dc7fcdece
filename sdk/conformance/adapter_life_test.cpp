#include "conformance/adapter_fixture.hpp"
#include "conformance/config_errors.hpp"

// An adapter from the first look at it to its end: declaration, configuration, start, drain, stop.
namespace millrace::conformance {
namespace {

using namespace std::chrono_literals;

TEST(Declaration, IsComplete) {
    const Declaration& declared = plugin_file().declaration;
    const std::set<std::string> lifetimes{"connection", "transaction", "keyed"};
    const std::set<std::string> replies{"connection", "verdict", "any"};
    const std::set<std::string> retries{"local", "upstream"};
    EXPECT_NE(declared.key, "") << plugin_file().manifest;
    EXPECT_TRUE(lifetimes.contains(declared.lifetime)) << declared.lifetime;
    EXPECT_TRUE(replies.contains(declared.reply)) << declared.reply;
    EXPECT_TRUE(retries.contains(declared.retry)) << declared.retry;
    EXPECT_TRUE(declared.closes_by.contains("drain")) << "the gateway may close any scope for DRAIN";
    EXPECT_TRUE(declared.closes_by.contains("consumer")) << "a consumer may close any scope";
}

TEST(Configuration, IsReadAndNothingElse) {
    const std::string config = outside()->config();
    const Holdings before = holdings();
    EXPECT_EQ(config_errors(plugin_file().plugin->adapter, config), std::vector<std::string>());
    EXPECT_EQ(config_errors(plugin_file().plugin->adapter, config), std::vector<std::string>());
    EXPECT_EQ(holdings(), before);
}

TEST(Configuration, NamesAnUnknownKey) {
    const auto errors = config_errors(plugin_file().plugin->adapter, R"({"no_such_key": 1})");
    for (const std::string& error : errors) {
        if (error.starts_with("no_such_key: ")) return;
    }
    FAIL() << "no error under the path `no_such_key` among " << ::testing::PrintToString(errors);
}

class Life : public AdapterTest {};

TEST_F(Life, StartsAndStopsTwice) {
    for (int i = 0; i < 2; ++i) {
        start();
        host().with([&] { EXPECT_GE(host().loops, 1u) << "a loop is attached when start returns"; });
        settle_down();
        end();
    }
}

TEST_F(Life, LeavesNothingBehind) {
    start();
    settle_down();
    end();  // What the first start opens for good is not counted.
    const Holdings before = holdings();
    start();
    const Talk talk = open("left");
    const auto waits = peer();
    waits->open("waits");
    end();
    EXPECT_EQ(holdings().threads, before.threads) << "threads are left after stop";
}

TEST_F(Life, GivesItsDescriptorsBack) {
    start();
    settle_down();
    end();
    const Holdings before = holdings();
    for (int i = 0; i < 3; ++i) {
        start();
        settle_down();
        end();
    }
    EXPECT_EQ(holdings().descriptors, before.descriptors);
}

TEST_F(Life, SaysNothingAfterStop) {
    start();
    const Talk talk = open("late");
    host().quiesce();
    host().close_all();
    host().stop(0);
    const auto deadline = std::chrono::steady_clock::now() + patience();
    for (int i = 0; std::chrono::steady_clock::now() < deadline; ++i) {
        talk.peer->send("is anybody there " + std::to_string(i));
        if (talk.peer->outcome(10ms).kind == Kind::end) break;
        bool is_broken = false;
        host().with([&] { is_broken = !host().errors.empty(); });
        if (is_broken) break;
    }
}

TEST_F(Life, StopsInTime) {
    start();
    const Talk talk = open("talk");
    const auto asking = peer();
    host().with([&] { host().manner.settles_at_once = false; });
    asking->open("asking");
    if (is_transaction()) send(*asking, "asking");
    host().quiesce();
    host().close_all();
    const auto begin = std::chrono::steady_clock::now();
    host().stop(200);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 200ms + patience() / 5);
}

class Drain : public ConversationTest {};

TEST_F(Drain, TakesNoNewConversation) {
    start();
    const Talk old = open("old");
    host().quiesce();
    say(old, "still here");
    EXPECT_EQ(hear_text(*old.peer), "still here");
    const auto late = peer();
    late->open("late");
    late->send("let me in");
    say(old, "and still");
    EXPECT_EQ(hear_text(*old.peer), "and still");
    host().with([&] { EXPECT_EQ(host().scopes.size(), 1u); });
}

TEST_F(Drain, TakesNoNewMessage) {
    start();
    const Talk talk = open("talk");
    talk.peer->send("before");
    EXPECT_TRUE(wait_for_messages(talk, 1));
    host().quiesce();
    say(talk, "quiet now");
    EXPECT_EQ(hear_text(*talk.peer), "quiet now");
    talk.peer->send("after");
    say(talk, "nothing heard");
    EXPECT_EQ(hear_text(*talk.peer), "nothing heard");
    host().with([&] { EXPECT_EQ(talk.scope->messages, as_messages({"before"})); });
}

TEST_F(Drain, AnswersStillLeave) {
    start();
    const Talk talk = open("talk");
    talk.peer->send("question");
    EXPECT_TRUE(wait_for_messages(talk, 1));
    host().quiesce();
    for (const std::string& text : texts("answer", 20)) say(talk, text);
    for (const std::string& text : texts("answer", 20)) EXPECT_EQ(hear_text(*talk.peer), text);
    EXPECT_TRUE(host().wait([&] { return talk.scope->written == talk.scope->sent; }));
}

}  // namespace
}  // namespace millrace::conformance
