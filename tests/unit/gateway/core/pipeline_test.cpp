#include <future>

#include "tests/unit/gateway/core/pipeline_fixture.hpp"

// How events come to handlers. Tests are named after the rule of the contract that they hold the pipeline to.
namespace millrace {
namespace {

TEST_F(PipelineTest, A1_an_instance_gets_its_events_in_order_and_disconnect_last) {
    open(scope, "/async");
    EXPECT_EQ(adapter.submit(scope, {"1", "2", "3"}), 3u);
    adapter.close(scope, MILLRACE_REASON_LOST);
    adapter.run();
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "1", "2", "3", "DISCONNECT:2", "close"}));
    EXPECT_EQ(report().scopes, 0u);
    EXPECT_EQ(async.instances, 0);
}

TEST_F(PipelineTest, A2_order_counts_the_events_of_the_scope_and_seq_those_of_the_consumer) {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> seen;
    async.handler = [&](Call& call) {
        seen.emplace_back(call.event.order, call.event.seq);
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"1", "2"});
    adapter.close(scope);
    adapter.run();
    EXPECT_EQ(seen, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 0}, {1, 1}, {2, 2}, {3, 3}}));
}

TEST_F(PipelineTest, A4_an_event_in_a_back_off_is_a_dead_letter_when_the_scope_closes) {
    async.handler = [](Call& call) {
        if (call.text() == "bad")
            call.retry("not now");
        else
            call.ack();
        return true;
    };
    open(scope, "/async");
    adapter.submit(scope, {"bad", "good"});
    adapter.close(scope);
    adapter.run();
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "bad", "close", "open", "good", "DISCONNECT:1", "close"}));
    EXPECT_EQ(report().consumers[0].dead, 1u);
    EXPECT_EQ(report().consumers[0].acked, 3u);
}

TEST_F(PipelineTest, A5_a_full_mailbox_has_room_for_disconnect) {
    async.handler = [](Call& call) { return call.text() != "wait" && ack_all(call); };
    open(scope, "/async");
    adapter.submit(scope, {"wait"});
    EXPECT_EQ(adapter.submit(scope, Strings(20, "x")), 7u);
    adapter.close(scope);
    adapter.run();
    EXPECT_EQ(async.log().back(), "cancel");
    EXPECT_EQ(report().consumers[0].now.open, 9u);
}

TEST_F(PipelineTest, A8_after_a_retry_the_instance_is_a_new_one) {
    int failures = 2;
    async.handler = [&](Call& call) {
        if (call.text() == "x" && failures-- > 0)
            call.retry();
        else
            call.ack();
        return true;
    };
    open(scope, "/async");
    adapter.submit(scope, {"x", "y"});
    advance_us(600'000);
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "x", "close", "open", "x", "close"}));
    advance_us(1'200'000);
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "x", "close", "open", "x", "close", "open", "x", "y"}));
    EXPECT_EQ(report().consumers[0].retried, 2u);
}

TEST_F(PipelineTest, D1_the_last_attempt_makes_a_dead_letter) {
    std::set<std::uint32_t> attempts;
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        attempts.insert(call.event.attempt);
        call.retry("never");
        return true;
    };
    open(scope, "/async");
    adapter.submit(scope, {"x"});
    for (int i = 0; i < 20; ++i) advance_us(80'000'000);
    EXPECT_EQ(attempts, (std::set<std::uint32_t>{1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_EQ(report().consumers[0].dead, 1u);
}

TEST_F(PipelineTest, D1_a_rejected_event_is_a_dead_letter_and_the_next_goes_on) {
    async.handler = [](Call& call) {
        call.reply("from " + call.text());
        if (call.text() == "2")
            call.reject(5, "no");
        else
            call.ack();
        return true;
    };
    open(scope, "/async");
    adapter.submit(scope, {"1", "2", "3"});
    EXPECT_EQ(scope.replies, (Strings{"from ", "from 1", "from 3"}));
    EXPECT_EQ(report().consumers[0].dead, 1u);
}

TEST_F(PipelineTest, B1_sync_handlers_run_on_another_thread_and_answers_come_back_in_order) {
    std::set<std::thread::id> threads;
    sync.handler = [&](Call& call) {
        threads.insert(std::this_thread::get_id());
        if (call.event.kind == MILLRACE_MESSAGE) call.reply(call.text());
        return ack_all(call);
    };
    open(scope, "/sync");
    Strings sent;
    for (int i = 0; i < 8; ++i) sent.push_back(std::to_string(i));
    EXPECT_EQ(adapter.submit(scope, sent), 8u);
    run_until([&] { return scope.replies.size() == 8; });
    EXPECT_EQ(scope.replies, sent);
    EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST_F(PipelineTest, B2_what_a_submit_causes_from_inside_is_queued) {
    FakeAdapter::Scope other;
    open(scope, "/async");
    open(other, "/async");
    async.handler = [](Call& call) {
        call.reply(call.text());
        return ack_all(call);
    };
    adapter.during_send = [&] {
        adapter.during_send = nullptr;
        EXPECT_EQ(adapter.submit(other, {"inner"}), 1u);
        EXPECT_TRUE(other.replies.empty());
    };
    adapter.submit(scope, {"outer"});
    adapter.run();
    EXPECT_EQ(scope.replies, Strings{"outer"});
    EXPECT_EQ(other.replies, Strings{"inner"});
}

TEST_F(PipelineTest, B3_a_flood_on_one_scope_leaves_turns_to_the_others) {
    config.consumers[0].mailbox = {};
    FakeAdapter::Scope other;
    open(scope, "/async");
    open(other, "/async");
    // 64 are handled at once, 8 wait in the mailbox, the rest is refused.
    EXPECT_EQ(adapter.submit(scope, Strings(100, "flood")), 72u);
    EXPECT_EQ(adapter.submit(other, {"mine"}), 1u);
    EXPECT_EQ(async.log().back(), "mine");
}

TEST_F(PipelineTest, D11_what_no_route_takes_is_not_opened) {
    EXPECT_EQ(adapter.open(scope, "/nowhere"), MILLRACE_UNMATCHED);
    EXPECT_EQ(report().unmatched, 1u);
}

TEST_F(PipelineTest, D12_a_message_is_in_all_mailboxes_or_in_none) {
    open(scope, "/both/1");
    async.handler = [](Call& call) { return call.text() != "wait" && ack_all(call); };
    adapter.submit(scope, {"wait"});
    EXPECT_EQ(adapter.submit(scope, Strings(20, "x")), 7u);
    run_until([&] { return report().consumers[1].now.open == 0; });
    EXPECT_EQ(report().consumers[0].created, 9u);
    EXPECT_EQ(report().consumers[1].created, 9u);
    EXPECT_EQ(scope.resumes, 0);
}

TEST_F(PipelineTest, D12_a_paused_peer_is_resumed_when_half_of_the_mailbox_is_free) {
    open(scope, "/async");
    millrace_id waiting = 0;
    async.handler = [&](Call& call) {
        if (call.text() != "wait") return ack_all(call);
        waiting = call.event.token;
        return false;
    };
    adapter.submit(scope, {"wait"});
    EXPECT_EQ(adapter.submit(scope, Strings(10, "x")), 7u);
    EXPECT_EQ(scope.resumes, 0);
    const millrace_outcome ack{sizeof ack, MILLRACE_ACK, 0, 0, {}};
    async.host()->complete(async.host()->self, waiting, &ack);
    adapter.run();
    EXPECT_EQ(scope.resumes, 1);
    EXPECT_EQ(report().paused, 1u);
    EXPECT_EQ(report().consumers[0].now.open, 0u);
}

TEST_F(PipelineTest, D12_an_empty_mailbox_takes_a_message_larger_than_its_limit) {
    open(scope, "/sync");
    EXPECT_EQ(adapter.submit(scope, {std::string(5000, 'x')}), 1u);
    run_until([&] { return report().consumers[1].now.open == 0; });
}

TEST_F(PipelineTest, a_suspended_handler_holds_back_its_scope_and_nobody_else) {
    FakeAdapter::Scope other;
    open(scope, "/async");
    open(other, "/async");
    async.handler = [&](Call& call) {
        if (call.text() != "sleep") return ack_all(call);
        call.reply("before");
        call.sleep(1000);
        async.on_resumed = [token = call.event.token, &async = async](millrace_id, std::int32_t status) {
            EXPECT_EQ(status, MILLRACE_OP_DONE);
            Call resumed(async.host(), token);
            resumed.reply("after");
            resumed.ack();
        };
        return false;
    };
    adapter.submit(scope, {"first", "sleep", "behind"});
    adapter.submit(other, {"other"});
    EXPECT_EQ(async.log().back(), "other");
    EXPECT_TRUE(scope.replies.empty());
    advance_us(1000);
    EXPECT_EQ(scope.replies, (Strings{"before", "after"}));
    EXPECT_EQ(async.log().back(), "behind");
}

TEST_F(PipelineTest, offloaded_work_runs_on_a_worker_and_comes_back_to_the_loop) {
    open(scope, "/async");
    std::thread::id worker;
    async.on_work = [&](millrace_id) { worker = std::this_thread::get_id(); };
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        call.offload();
        async.on_resumed = [token = call.event.token, &async = async](millrace_id, std::int32_t) {
            Call(async.host(), token).ack();
        };
        return false;
    };
    adapter.submit(scope, {"x"});
    run_until([&] { return report().consumers[0].now.open == 0; });
    EXPECT_NE(worker, std::thread::id());
    EXPECT_NE(worker, std::this_thread::get_id());
}

// What is to be seen here is seen by LeakSanitizer.
TEST_F(PipelineTest, what_lines_up_behind_the_last_handler_of_a_stopped_pool_is_deleted) {
    std::promise<void> gate;
    std::shared_future<void> opened(gate.get_future());
    sync.handler = [opened](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) opened.wait();
        return ack_all(call);
    };
    open(scope, "/sync");
    EXPECT_EQ(adapter.submit(scope, {"in the handler when the pool is stopped"}), 1u);
    EXPECT_EQ(adapter.submit(scope, {"behind it"}), 1u);
    gate.set_value();
}

}  // namespace
}  // namespace millrace
