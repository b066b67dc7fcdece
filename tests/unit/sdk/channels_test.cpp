#include <gmock/gmock.h>

#include <millrace/consumer.hpp>
#include <millrace/testing.hpp>

// Channels, answers and timers of the test host.
namespace {

using namespace std::chrono_literals;
using millrace::testing::Command;
using millrace::testing::Host;
using ::testing::ElementsAre;

// Does what a text says; what comes from others it tells its peer, or keeps.
struct Obeys : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override {
        const std::string text(event.text());
        if (text == "fail") {
            send("test:bob", "never");
            throw std::runtime_error("it fails");
        }
        if (text.starts_with("send:"))
            return void(send(text.substr(5, text.find(' ') - 5), rest(text), {.correlation = 7}));
        if (text.starts_with("answer:")) return void(is_known_ = answer(text.substr(7)) == millrace::Sent::taken);
        if (text.starts_with("after:")) return void(after(50ms, text.substr(6)));
        if (text.starts_with("never:")) return void(cancel(text.substr(6)));
        if (text == "loop") return void(send(event.scope() == "a" ? "test:b" : "test:a", "loop"));
        const std::string heard = std::string(event.sender()) + "#" + std::to_string(event.correlation()) + " " + text;
        set_state(std::string(state()) + "[" + heard + "]");
        if (text == "ask") reply("told");
    }

    void on_timer(const millrace::Message& event) override {
        set_state(std::string(state()) + "(" + std::string(event.text()) + ")");
    }

    static std::string rest(const std::string& text) { return text.substr(text.find(' ') + 1); }
    bool is_known_ = false;
};

TEST(Channels, WhatIsSentOpensOneAndItsReplyIsAnAnswer) {
    Host host(millrace::plugin<Obeys>());
    auto& scope = host.open();
    scope.message("send:test:bob ask");
    EXPECT_EQ(host.channel("bob").state(), "[test@test:scope-1#7 ask]");
    EXPECT_EQ(scope.state(), "[test:bob#7 told]");
    EXPECT_EQ(host.channel("bob").address(), "test:bob");
}

TEST(Channels, WhatGoesToOthersIsSeenWithItsAddress) {
    Host host(millrace::plugin<Obeys>());
    auto& scope = host.open();
    scope.message("send:sms:+155 hello");
    ASSERT_EQ(scope.commands().size(), 1u);
    EXPECT_EQ(scope.commands()[0].address, "sms:+155");
    EXPECT_EQ(scope.commands()[0].payload, "hello");
    EXPECT_EQ(scope.commands()[0].correlation, 7u);
}

TEST(Channels, AnAnswerGoesToTheSenderWithItsCorrelation) {
    Host host(millrace::plugin<Obeys>());
    auto& bob = host.channel("bob");
    bob.message_from("alarm:line-1", "answer:yes", 12);
    ASSERT_EQ(bob.commands().size(), 1u);
    EXPECT_EQ(bob.commands()[0].verb, MILLRACE_ANSWER);
    EXPECT_EQ(bob.commands()[0].address, "alarm:line-1");
    EXPECT_EQ(bob.commands()[0].correlation, 12u);
    bob.message("answer:to nobody");
    EXPECT_EQ(bob.commands().size(), 1u);
}

TEST(Channels, AHandlerThatFailsHasSentNothing) {
    Host host(millrace::plugin<Obeys>());
    auto& scope = host.open();
    EXPECT_EQ(scope.message("fail").verdict, millrace::testing::Verdict::retry);
    EXPECT_EQ(host.channel("bob").state(), "");
}

TEST(Channels, TheStateOfOneOutlivesItsClosing) {
    Host host(millrace::plugin<Obeys>(), "{}", "bank");
    auto& first = host.channel("bob");
    first.message_from("x:y", "hi");
    first.disconnect(MILLRACE_REASON_IDLE);
    auto& second = host.channel("bob");
    EXPECT_NE(&first, &second);
    EXPECT_EQ(second.state(), "[x:y#0 hi]");
    EXPECT_EQ(second.address(), "bank:bob");
}

TEST(Channels, TimersComeWhenItIsTime) {
    Host host(millrace::plugin<Obeys>());
    auto& scope = host.open();
    scope.message("after:tea");
    scope.message("after:coffee");
    scope.message("never:coffee");
    host.advance(30ms);
    scope.message("after:milk");
    EXPECT_EQ(scope.state(), "");
    host.advance(20ms);
    EXPECT_EQ(scope.state(), "(tea)");
    scope.message("after:milk");
    host.advance(49ms);
    EXPECT_EQ(scope.state(), "(tea)") << "set again is moved";
    host.advance(1ms);
    EXPECT_EQ(scope.state(), "(tea)(milk)");
    scope.message("after:late");
    scope.disconnect();
    host.advance(1s);
    EXPECT_EQ(scope.state(), "(tea)(milk)");
}

TEST(Channels, ACircleEnds) {
    Host host(millrace::plugin<Obeys>());
    host.channel("a").message_from("x:y", "loop");
    EXPECT_THAT(host.log(), ElementsAre("loop: test:b to test:a"));
}

}  // namespace
