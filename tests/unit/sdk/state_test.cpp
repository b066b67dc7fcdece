#include <gmock/gmock.h>

#include "millrace/consumer.hpp"
#include "millrace/testing.hpp"

// Contract A7 and A8: what a scope remembers.
namespace {

using millrace::testing::Host;
using millrace::testing::Outcome;
using millrace::testing::Verdict;
using ::testing::ElementsAre;

// Appends what it hears to its state; then does what it has heard.
struct Notes : millrace::InlineConsumer {
    Notes() : found_(state()) {}

    void on_message(const millrace::Message& event) override {
        const std::string text(event.text());
        if (text == "show") return void(reply(found_ + "/" + std::string(state())));
        if (text == "too large") set_state(std::string(MILLRACE_STATE_MAX + 1, 'x'));
        set_state(std::string(state()) + text + ";");
        if (text == "twice") set_state(std::string(state()) + "again;");
        if (text == "reject") reject(1, "never");
        if (text == "retry" && event.attempt() == 1) retry("later");
        if (text == "throw" && event.attempt() == 1) throw std::runtime_error("broken");
    }

    const std::string found_;
};

struct AsyncNotes : millrace::AsyncConsumer {
    millrace::Task on_message(millrace::Message event) override {
        set_state(std::string(state()) + std::string(event.text()));
        co_await sleep(std::chrono::seconds(1));
        reply(state());
        if (event.text() == "x") reject(1, "no");
    }
};

class State : public ::testing::Test {
  protected:
    std::string show() {
        scope_.message("show");
        return scope_.replies().back();
    }

    Host host_{millrace::plugin<Notes>()};
    millrace::testing::Scope& scope_ = host_.open();
};

TEST_F(State, A7_is_kept_from_handler_to_handler) {
    EXPECT_EQ(show(), "/");
    scope_.messages({"a", "twice"});
    EXPECT_EQ(show(), "/a;twice;again;");
    EXPECT_EQ(scope_.state(), "a;twice;again;");
}

TEST_F(State, A7_belongs_to_one_scope) {
    scope_.message("a");
    EXPECT_EQ(host_.open().state(), "");
}

TEST_F(State, A7_rolls_back_on_reject_and_the_instance_goes_on) {
    scope_.messages({"a", "reject", "b"});
    EXPECT_EQ(show(), "/a;b;");
}

TEST_F(State, A8_an_instance_that_failed_is_rebuilt_from_what_was_left) {
    for (const char* failure : {"retry", "throw"}) {
        auto& scope = host_.open();
        scope.messages({"a", failure, "b"});
        EXPECT_EQ(scope.outcome().verdict, Verdict::retry);
        EXPECT_EQ(scope.state(), "a;");
        EXPECT_EQ(scope.redeliver(), Outcome{Verdict::ack});
        scope.message("show");
        const std::string done = std::string("a;") + failure + ";b;";
        EXPECT_THAT(scope.replies(), ElementsAre("a;/" + done));
    }
}

TEST_F(State, A8_what_is_full_is_undone_like_a_retry) {
    scope_.message("a");
    scope_.answer(MILLRACE_FULL);
    EXPECT_EQ(scope_.message("show").verdict, Verdict::retry);
    scope_.answer(MILLRACE_TAKEN);
    scope_.redeliver();
    EXPECT_THAT(scope_.replies(), ElementsAre("a;/a;"));
}

TEST_F(State, HasALimit) {
    scope_.message("a");
    const Outcome outcome = scope_.message("too large");
    EXPECT_EQ(outcome.text, "the state cannot be kept: it is too large, or the delivery has ended");
    EXPECT_EQ(scope_.state(), "a;");
}

TEST(AsyncState, A7_commits_when_the_coroutine_is_done) {
    Host host(millrace::plugin<AsyncNotes>());
    auto& scope = host.open();
    scope.messages({"a", "x", "b"});
    EXPECT_EQ(scope.state(), "");
    host.advance(std::chrono::seconds(1));
    EXPECT_EQ(scope.state(), "a");
    host.advance(std::chrono::seconds(1));
    EXPECT_EQ(scope.state(), "a");
    host.advance(std::chrono::seconds(1));
    EXPECT_EQ(scope.state(), "ab");
    EXPECT_THAT(scope.replies(), ElementsAre("a", "ab"));
}

}  // namespace
