#include <gmock/gmock.h>

#include <thread>

#include "millrace/consumer.hpp"
#include "millrace/testing.hpp"

namespace {

using namespace std::chrono_literals;
using millrace::Message;
using millrace::Task;
using millrace::testing::Host;
using millrace::testing::Outcome;
using millrace::testing::Verdict;
using ::testing::ElementsAre;
using Texts = std::vector<std::string>;

// Counts how many of it there are, to see that frames end.
struct Witness {
    Witness() { ++count; }
    ~Witness() { --count; }
    static inline int count = 0;
};

millrace::testing::Scope* cancelled_by_work = nullptr;

struct Script : millrace::AsyncConsumer {
    Task on_message(Message event) override {
        const Witness witness;
        const std::string_view text = event.text();
        if (text == "plain") reply("done");
        if (text == "throw") throw std::runtime_error("broken");
        if (text == "retry") retry("later");
        if (text == "sleep") {
            co_await sleep(50ms);
            reply("woke " + std::string(event.text()));
        }
        if (text == "two sleeps") {
            co_await sleep(10ms), reply("one");
            co_await sleep(10ms), reply("two");
        }
        if (text == "sleep, throw") {
            co_await sleep(1ms);
            throw std::runtime_error("broken late");
        }
        if (text == "work") {
            const auto thread = std::this_thread::get_id();
            const bool is_elsewhere = co_await offload([&] { return std::this_thread::get_id() != thread; });
            reply(is_elsewhere ? "elsewhere" : "here");
        }
        if (text == "void work") {
            int value = 0;
            co_await offload([&] { value = 7; });
            reply(std::to_string(value));
        }
        if (text == "work throws") {
            try {
                co_await offload([]() -> int { throw std::runtime_error("work is broken"); });
            } catch (const std::runtime_error& error) {
                reply(error.what());
            }
        }
        if (text == "work is cancelled") {
            std::string local = "a text that is longer than any small string is";
            co_await offload([&] {
                cancelled_by_work->cancel();
                EXPECT_TRUE(event.stop_requested());
                local += ", written while it was cancelled";
            });
            ADD_FAILURE() << "went on after " << local;
        }
        if (text == "stubborn") {
            for (int i = 0; i < 3; ++i) {
                try {
                    co_await sleep(1h);
                } catch (const millrace::Cancelled&) {
                    ++cancellations;
                }
            }
        }
        if (text == "helpers") {
            co_await nested("first");
            try {
                co_await nested("fail");
            } catch (const std::runtime_error& error) {
                reply(error.what());
            }
        }
        if (text == "reply from work") co_await offload([&] { reply("lost"); });
    }

    Task on_disconnect(Message) override {
        log(millrace::Level::info, "gone");
        co_return;
    }

    Task nested(std::string text) {
        const Witness witness;
        co_await sleep(5ms);
        if (text == "fail") throw std::runtime_error("the helper has failed");
        reply(text);
    }

    static inline int cancellations = 0;
};

struct Async : ::testing::Test {
    ~Async() override { EXPECT_EQ(Witness::count, 0); }

    Host host{millrace::plugin<Script>()};
    millrace::testing::Scope& scope = host.open();
};

TEST_F(Async, EndsAtOnceWhereItNeverWaits) {
    EXPECT_EQ(scope.message("plain"), Outcome{Verdict::ack});
    EXPECT_EQ(scope.replies(), Texts{"done"});
    EXPECT_EQ(scope.message("retry"), (Outcome{Verdict::retry, 0, "later"}));
}

TEST_F(Async, SleepsUntilTheClockSaysSo) {
    EXPECT_EQ(scope.message("sleep"), Outcome{Verdict::open});
    host.advance(49ms);
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::open});
    EXPECT_THAT(scope.replies(), ElementsAre());
    host.advance(1ms);
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::ack});
    EXPECT_EQ(scope.replies(), Texts{"woke sleep"});
}

TEST_F(Async, RepliesLeaveTogether) {
    scope.message("two sleeps");
    host.advance(10ms);
    EXPECT_THAT(scope.replies(), ElementsAre());
    host.advance(10ms);
    EXPECT_EQ(scope.replies(), (Texts{"one", "two"}));
}

TEST_F(Async, OneEventAtATime) {
    scope.messages({"sleep", "plain", "sleep", "plain"});
    EXPECT_THAT(scope.replies(), ElementsAre());
    host.advance(50ms);
    EXPECT_EQ(scope.replies(), (Texts{"woke sleep", "done"}));
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::open});
    host.advance(50ms);
    EXPECT_EQ(scope.replies(), (Texts{"woke sleep", "done", "woke sleep", "done"}));
}

TEST_F(Async, ScopesDoNotWaitForEachOther) {
    auto& other = host.open();
    scope.message("sleep");
    EXPECT_EQ(other.message("plain"), Outcome{Verdict::ack});
    host.advance(50ms);
}

TEST_F(Async, ExceptionsEndInRetryWhereverTheyComeFrom) {
    EXPECT_EQ(scope.message("throw"), (Outcome{Verdict::retry, 0, "broken"}));
    auto& other = host.open();
    other.message("sleep, throw");
    host.advance(1ms);
    EXPECT_EQ(other.outcome(), (Outcome{Verdict::retry, 0, "broken late"}));
}

TEST_F(Async, WorkRunsElsewhereAndItsResultComesBack) {
    EXPECT_EQ(scope.messages({"work", "void work", "work throws"}), Outcome{Verdict::open});
    EXPECT_EQ(host.run_work(), 3u);
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::ack});
    EXPECT_EQ(scope.replies(), (Texts{"elsewhere", "7", "work is broken"}));
}

TEST_F(Async, ASleeperThatIsCancelledUnwinds) {
    scope.message("sleep");
    scope.cancel();
    EXPECT_EQ(scope.outcome(), (Outcome{Verdict::retry, 0, "the delivery was cancelled"}));
    EXPECT_EQ(Witness::count, 0);
    host.advance(1h);
    EXPECT_THAT(scope.replies(), ElementsAre());
}

TEST_F(Async, WorkThatHasNotBegunIsCancelledWithoutRunning) {
    scope.message("work");
    scope.cancel();
    EXPECT_EQ(scope.outcome().verdict, Verdict::retry);
    EXPECT_EQ(host.run_work(), 0u);
}

TEST_F(Async, WorkThatRunsIsWaitedFor) {
    cancelled_by_work = &scope;
    scope.message("work is cancelled");
    EXPECT_EQ(host.run_work(), 1u);
    EXPECT_EQ(scope.outcome(), (Outcome{Verdict::retry, 0, "the delivery was cancelled"}));
}

TEST_F(Async, NoWaitBeginsAfterACancellation) {
    Script::cancellations = 0;
    scope.message("stubborn");
    scope.cancel();
    EXPECT_EQ(Script::cancellations, 3);
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::ack});
}

TEST_F(Async, TheNextDeliveryIsNotCancelled) {
    scope.message("sleep"), scope.cancel();
    EXPECT_EQ(scope.redeliver(), Outcome{Verdict::open});
    host.advance(50ms);
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::ack});
}

TEST_F(Async, HelpersAreAwaited) {
    scope.message("helpers");
    host.advance(10ms);
    EXPECT_EQ(scope.outcome(), Outcome{Verdict::ack});
    EXPECT_EQ(scope.replies(), (Texts{"first", "the helper has failed"}));
}

TEST_F(Async, AHelperThatIsCancelledUnwindsItsCaller) {
    scope.message("helpers");
    EXPECT_EQ(Witness::count, 2);
    scope.cancel();
    EXPECT_EQ(Witness::count, 0);
}

TEST(AsyncHost, EndsWhatStillWaits) {
    {
        Host host(millrace::plugin<Script>());
        host.open().messages({"sleep", "plain"});
        host.open().message("work");
        EXPECT_EQ(Witness::count, 2);
    }
    EXPECT_EQ(Witness::count, 0);
}

TEST_F(Async, WorkMayNotReply) {
    scope.message("reply from work");
    host.run_work();
    EXPECT_THAT(scope.replies(), ElementsAre());
    EXPECT_THAT(host.violations(), ElementsAre("record on a thread that runs no handler"));
}

TEST_F(Async, HandlersOfAllKindsRun) {
    EXPECT_EQ(scope.disconnect(), Outcome{Verdict::ack});
    EXPECT_THAT(host.log(), ElementsAre("gone"));
}

}  // namespace
