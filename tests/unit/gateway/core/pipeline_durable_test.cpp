#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/gateway/core/durable_fixture.hpp"

// Durable routes between an adapter and consumers that are the test's, over a real spool. Tests are named after the
// rule of the contract that they hold the pipeline to.
namespace millrace {
namespace {

TEST_F(DurableTest, D2_the_sender_hears_yes_when_the_message_is_on_the_disk) {
    EXPECT_EQ(adapter.submit(scope, "hello", {}), MILLRACE_PENDING);
    EXPECT_TRUE(scope.settlements.empty());
    EXPECT_TRUE(heard.empty());
    settle();
    ASSERT_EQ(scope.settlements.size(), 1u);
    EXPECT_EQ(scope.settlements[0].second, std::uint32_t{MILLRACE_ACK});
    EXPECT_EQ(heard, Strings{"hello"});
    EXPECT_EQ(scope.replies, Strings{"re: hello"});
    EXPECT_TRUE(on_disk().empty());
}

TEST_F(DurableTest, D3_what_a_handler_wants_done_leaves_behind_its_commit) {
    std::vector<std::size_t> stored;
    adapter.during_send = [&] { stored.push_back(on_disk().size()); };
    adapter.submit(scope, {"a"});
    settle();
    EXPECT_EQ(stored, std::vector<std::size_t>{0});
    adapter.during_send = nullptr;
}

TEST_F(DurableTest, D3_a_backlog_is_on_the_disk_and_comes_in_order) {
    async.handler = [](Call& call) { return call.event.kind == MILLRACE_MESSAGE ? false : ack_all(call); };
    adapter.submit(scope, numbers(1, 300));
    settle();
    EXPECT_EQ(scope.settlements.size(), 300u);
    EXPECT_LE(report().consumers[0].now.open, 9u);
    EXPECT_EQ(on_disk().size(), 300u);
}

TEST_F(DurableTest, D3_more_than_a_mailbox_comes_in_order) {
    adapter.submit(scope, numbers(1, 1000));
    settle();
    EXPECT_EQ(heard, numbers(1, 1000));
    EXPECT_EQ(scope.replies.size(), 1000u);
    EXPECT_TRUE(on_disk().empty());
}

TEST_F(DurableTest, D6_a_retry_is_local_and_keeps_the_order) {
    adapter.submit(scope, {"fails", "next"});
    settle();
    EXPECT_EQ(heard, Strings{"fails"});
    EXPECT_EQ(scope.settlements.size(), 2u);
    for (int i = 0; i < 3; ++i) {
        advance_us(3'000'000);
        settle();
    }
    EXPECT_EQ(heard, (Strings{"fails", "fails", "fails", "next"}));
    EXPECT_EQ(scope.replies, (Strings{"re: fails", "re: next"}));
}

TEST_F(DurableTest, D6_a_reject_is_a_dead_letter_on_the_disk) {
    adapter.submit(scope, {"bad", "good"});
    settle();
    std::vector<spool::DeadLetter> letters;
    spool::run(*pipeline.spool(), [&](spool::Store& store) { letters = store.letters({}, 0, 10).letters; });
    ASSERT_EQ(letters.size(), 1u);
    EXPECT_EQ(letters[0].why.reason, "rejected");
    EXPECT_EQ(letters[0].why.code, 7u);
    EXPECT_EQ(letters[0].why.text, "no");
    EXPECT_EQ(letters[0].consumer, "async");
    EXPECT_EQ(letters[0].route, "a");
    EXPECT_EQ(pipeline.dead_letters.count().kept, 0u);
    EXPECT_EQ(report().consumers[0].dead, 1u);
}

TEST_F(DurableTest, D2_each_consumer_of_a_fan_out_has_its_own_lane) {
    FakeAdapter::Scope both;
    both.key = "both";
    open(both, "/both/x");
    adapter.submit(both, numbers(1, 50));
    run_until([this] { return report().consumers[1].acked == 51; });
    settle();
    EXPECT_EQ(heard, numbers(1, 50));
    EXPECT_TRUE(on_disk().empty());
    EXPECT_EQ(both.settlements.size(), 50u);
}

TEST_F(DurableTest, A4_disconnect_comes_behind_what_was_accepted) {
    adapter.submit(scope, numbers(1, 100));
    adapter.close(scope);
    settle();
    EXPECT_EQ(heard, numbers(1, 100));
    EXPECT_EQ(async.log().back(), "close");
    EXPECT_EQ(report().scopes, 0u);
}

TEST_F(DurableTest, A4_disconnect_waits_for_no_change_that_is_on_its_way) {
    std::binary_semaphore is_free{0};
    spool::Call stall([&](spool::Store&) { is_free.acquire(); });
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) pipeline.spool()->submit(&stall);
        return handle(call);
    };
    adapter.submit(scope, {"a"});
    run_until([&] { return !heard.empty(); });
    adapter.close(scope);
    adapter.run();
    EXPECT_EQ(async.log().back(), "close");
    is_free.release();
    EXPECT_EQ(stall.wait(), spool::Request::Outcome::committed);
    settle();
    EXPECT_EQ(report().scopes, 0u);
}

TEST_F(DurableTest, D3_nothing_leaves_a_spool_that_is_broken_and_scopes_still_end) {
    millrace_id first = 0;
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE || first != 0) return handle(call);
        first = call.event.token;
        call.reply("never");
        return false;
    };
    adapter.submit(scope, numbers(1, 300));
    settle();
    break_spool();
    Call(async.host(), first).ack();
    settle();
    EXPECT_EQ(scope.replies, Strings{});
    adapter.close(scope);
    settle();
    EXPECT_EQ(async.log().back(), "close");
    EXPECT_EQ(report().scopes, 0u);
}

TEST_F(DurableTest, D3_a_letter_that_is_queued_again_is_not_passed_over) {
    adapter.submit(scope, {"bad"});
    settle();
    spool::run(*pipeline.spool(), [](spool::Store& store) {
        EXPECT_NE(store.requeue_letter(store.letters({}, 0, 10).letters.at(0).id), 0);
    });
    adapter.submit(scope, {"new"});
    settle();
    EXPECT_EQ(heard, (Strings{"bad", "bad", "new"}));
    EXPECT_TRUE(on_disk().empty());
}

class ExpiringDurableTest : public DurableTest {
  protected:
    ExpiringDurableTest() : DurableTest({}, 10) {}
};

TEST_F(ExpiringDurableTest, D14_what_has_waited_too_long_on_the_disk_is_not_handled) {
    millrace_id held = 0;
    async.handler = [&](Call& call) {
        if (call.text() != "1") return handle(call);
        held = call.event.token;
        return false;
    };
    adapter.submit(scope, numbers(1, 100));
    settle();
    advance_us(10'000);
    async.handler = [this](Call& call) { return handle(call); };
    Call(async.host(), held).ack();
    settle();
    EXPECT_EQ(heard, Strings{});
    EXPECT_EQ(report().consumers[0].expired, 99u);
    EXPECT_TRUE(on_disk().empty());
    adapter.submit(scope, {"in time"});
    settle();
    EXPECT_EQ(heard, Strings{"in time"});
}

class SmallSpool : public DurableTest {
  protected:
    SmallSpool() : DurableTest({.messages = 10, .bytes = 1 << 20}) {}
};

TEST_F(SmallSpool, D12_a_full_spool_refuses_until_there_is_room) {
    async.handler = [](Call& call) { return call.event.kind == MILLRACE_MESSAGE ? false : ack_all(call); };
    EXPECT_EQ(adapter.submit(scope, numbers(1, 15)), 10u);
    settle();
    EXPECT_EQ(scope.resumes, 0);
    dispatcher().durability().room_again();
    adapter.run();
    EXPECT_EQ(scope.resumes, 1);
    EXPECT_EQ(adapter.submit(scope, {"more"}), 0u);
}

}  // namespace
}  // namespace millrace
