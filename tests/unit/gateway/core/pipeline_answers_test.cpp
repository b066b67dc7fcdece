#include <algorithm>

#include "tests/unit/gateway/core/pipeline_fixture.hpp"

// What comes of what handlers say. Tests are named after the rule of the contract that they hold the pipeline to.
namespace millrace {
namespace {

TEST_F(PipelineTest, C1_a_reply_without_room_is_undone_and_comes_again_when_there_is_room) {
    async.handler = [](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) call.reply(call.text());
        return ack_all(call);
    };
    open(scope, "/async", 10);
    adapter.submit(scope, {"123456", "abcdef", "x"});
    EXPECT_EQ(scope.replies, Strings{"123456"});
    adapter.run();
    EXPECT_EQ(scope.replies, Strings{"123456"});
    adapter.written(scope);
    adapter.run();
    EXPECT_EQ(scope.replies, (Strings{"123456", "abcdef", "x"}));
    EXPECT_EQ(report().consumers[0].dead, 0u);
}

TEST_F(PipelineTest, C1_empty_room_takes_what_is_larger_than_itself) {
    async.handler = [](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            EXPECT_EQ(call.reply("12345678"), MILLRACE_TAKEN);
            EXPECT_EQ(call.reply("and more than ten"), MILLRACE_TAKEN);
        }
        return ack_all(call);
    };
    open(scope, "/async", 10);
    adapter.submit(scope, {"x"});
    EXPECT_EQ(scope.replies.size(), 2u);
}

TEST_F(PipelineTest, C1_a_reply_to_a_scope_that_is_closed_is_unknown) {
    std::int32_t answer = 0;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_DISCONNECT) answer = call.reply("late");
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.close(scope);
    adapter.run();
    EXPECT_EQ(answer, MILLRACE_UNKNOWN);
    EXPECT_TRUE(scope.replies.empty());
}

TEST_F(PipelineTest, C1_a_reply_above_the_largest_is_refused) {
    const std::string huge(kCommandBytesMax + 1, 'x');
    std::int32_t answer = 0;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) answer = call.reply(huge);
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"x"});
    EXPECT_EQ(answer, MILLRACE_TOO_LARGE);
}

TEST_F(PipelineTest, D8_a_refused_connect_is_told_and_leaves_nothing) {
    async.handler = [](Call& call) {
        call.reply("never sent");
        call.reject(403, "not you");
        return true;
    };
    ASSERT_EQ(adapter.open(scope, "/async"), MILLRACE_OPENED);
    EXPECT_EQ(scope.settled, MILLRACE_REJECT);
    EXPECT_EQ(scope.code, 403u);
    EXPECT_EQ(scope.text, "not you");
    EXPECT_TRUE(scope.replies.empty());
    EXPECT_EQ(report().scopes, 0u);
    EXPECT_EQ(adapter.submit(scope, {"x"}), 0u);
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "close"}));
}

TEST_F(PipelineTest, D8_one_no_of_two_consumers_is_a_no_and_the_other_hears_of_it) {
    sync.handler = [](Call& call) {
        if (call.event.kind == MILLRACE_CONNECT)
            call.reject(418, "no");
        else
            call.ack();
        return true;
    };
    ASSERT_EQ(adapter.open(scope, "/both/7"), MILLRACE_OPENED);
    run_until([&] { return scope.settled != 0 && report().scopes == 0; });
    EXPECT_EQ(scope.settled, MILLRACE_REJECT);
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "DISCONNECT:7", "close"}));
    EXPECT_EQ(sync.log(), (Strings{"open", "CONNECT", "close"}));
}

TEST_F(PipelineTest, D8_a_peer_that_leaves_before_the_answer_is_not_answered) {
    async.handler = [](Call& call) { return call.event.kind != MILLRACE_CONNECT && ack_all(call); };
    ASSERT_EQ(adapter.open(scope, "/async"), MILLRACE_OPENED);
    adapter.close(scope);
    adapter.run();
    EXPECT_EQ(scope.settled, 0u);
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "cancel"}));
}

TEST_F(PipelineTest, E2_stale_foreign_and_double_tokens_are_refused_and_counted) {
    millrace_id first = 0;
    async.handler = [&](Call& call) {
        if (call.text() == "1") {
            first = call.event.token;
            call.ack();
            EXPECT_EQ(call.reply("after the end"), MILLRACE_NOT_ALLOWED);
            call.ack();
            return true;
        }
        if (call.text() == "2") {
            EXPECT_EQ(Call(async.host(), first).reply("with the last one's token"), MILLRACE_NOT_ALLOWED);
            EXPECT_EQ(Call(async.host(), millrace_id{0x7700000000000001}).ack(), MILLRACE_ERROR);
        }
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"1", "2"});
    adapter.run();
    EXPECT_TRUE(scope.replies.empty());
    EXPECT_EQ(pipeline.consumers[0]->refused_calls(), 4u);
    EXPECT_EQ(report().consumers[0].acked, 3u);
}

TEST_F(PipelineTest, E2_calls_about_a_scope_that_is_gone_are_refused_and_counted) {
    open(scope, "/async");
    adapter.close(scope);
    adapter.run();
    adapter.close(scope);
    EXPECT_EQ(adapter.submit(scope, {"x"}), 0u);
    EXPECT_EQ(host.refused_calls(), 1u);
    std::thread([&] { EXPECT_EQ(adapter.submit(scope, {"x"}), 0u); }).join();
    EXPECT_EQ(host.refused_calls(), 2u);
}

TEST_F(PipelineTest, a_close_leaves_after_what_was_sent_and_ends_the_scope) {
    async.handler = [](Call& call) {
        if (call.text() == "bye") {
            call.reply("farewell");
            call.close(4001, "enough");
        }
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"bye"});
    EXPECT_EQ(adapter.submit(scope, {"after"}), 0u);
    adapter.run();
    EXPECT_EQ(scope.replies, Strings{"farewell"});
    EXPECT_EQ(scope.closed_code, 4001u);
    EXPECT_EQ(scope.closed_text, "enough");
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "bye", "DISCONNECT:7", "close"}));
}

TEST_F(PipelineTest, nothing_leaves_after_a_close_whatever_else_its_turn_brings) {
    async.handler = [](Call& call) {
        if (call.text() == "bye") call.close(4001, "enough");
        if (call.event.kind == MILLRACE_MESSAGE) call.reply(call.text());
        return ack_all(call);
    };
    open(scope, "/async");
    EXPECT_EQ(adapter.submit(scope, {"first", "bye", "behind"}), 3u);
    adapter.run();
    EXPECT_EQ(scope.replies, Strings{"first"});
    EXPECT_EQ(scope.closed_code, 4001u);
    EXPECT_EQ(report().replies_dropped, 2u);
}

TEST_F(PipelineTest, A4_a_handler_that_waits_is_cancelled_when_the_scope_closes) {
    open(scope, "/async");
    async.handler = [&](Call& call) {
        if (call.text() != "sleep") return ack_all(call);
        call.sleep(3'600'000'000);
        async.on_resumed = [token = call.event.token, &async = async](millrace_id, std::int32_t status) {
            EXPECT_EQ(status, MILLRACE_OP_CANCELLED);
            Call(async.host(), token).retry("cancelled");
        };
        return false;
    };
    adapter.submit(scope, {"sleep", "behind"});
    adapter.close(scope);
    adapter.run();
    EXPECT_EQ(async.log(),
              (Strings{"open", "CONNECT", "sleep", "cancel", "close", "open", "behind", "DISCONNECT:1", "close"}));
    EXPECT_EQ(report().consumers[0].dead, 1u);
    EXPECT_EQ(report().scopes, 0u);
}

TEST_F(PipelineTest, A4_a_handler_on_a_worker_is_told_when_the_scope_closes) {
    open(scope, "/sync");
    const auto has = [&](std::string_view line) { return std::ranges::count(sync.log(), line) != 0; };
    sync.handler = [&](Call& call) {
        if (call.text() != "wait") return ack_all(call);
        while (!has("cancel")) std::this_thread::yield();
        call.retry("told to end");
        return true;
    };
    adapter.submit(scope, {"wait", "behind"});
    run_until([&] { return has("wait"); });
    adapter.close(scope);
    run_until([&] { return report().scopes == 0; });
    EXPECT_EQ(sync.log(),
              (Strings{"open", "CONNECT", "wait", "cancel", "close", "open", "behind", "DISCONNECT:1", "close"}));
    EXPECT_EQ(report().consumers[1].dead, 1u);
}

TEST_F(PipelineTest, B6_a_drain_lets_handlers_end_and_then_closes_every_scope) {
    open(scope, "/async");
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        call.sleep(5000);
        async.on_resumed = [token = call.event.token, &async = async](millrace_id, std::int32_t) {
            Call(async.host(), token).ack();
        };
        return false;
    };
    adapter.submit(scope, {"x"});
    bool is_quiet = false;
    bool is_empty = false;
    pipeline.is_draining = true;
    dispatcher().when_quiet([&] { is_quiet = true; });
    adapter.run();
    EXPECT_FALSE(is_quiet);
    EXPECT_EQ(adapter.submit(scope, {"late"}), 0u);
    advance_us(5000);
    EXPECT_TRUE(is_quiet);
    dispatcher().close_all([&] { is_empty = true; });
    adapter.run();
    EXPECT_TRUE(is_empty);
    EXPECT_EQ(scope.closed_reason, MILLRACE_REASON_DRAIN);
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "x", "DISCONNECT:6", "close"}));
    FakeAdapter::Scope other;
    EXPECT_EQ(adapter.open(other, "/async"), MILLRACE_DRAINING);
}

TEST_F(PipelineTest, B6_what_is_left_after_the_drain_time_is_cancelled_and_dropped) {
    open(scope, "/async");
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        call.sleep(5'000'000);
        async.on_resumed = [token = call.event.token, &async = async](millrace_id, std::int32_t status) {
            EXPECT_EQ(status, MILLRACE_OP_CANCELLED);
            Call(async.host(), token).retry("cancelled");
        };
        return false;
    };
    adapter.submit(scope, {"sleeps", "waits", "waits"});
    bool is_empty = false;
    pipeline.is_draining = true;
    dispatcher().close_all([&] { is_empty = true; });
    adapter.run();
    EXPECT_TRUE(is_empty);
    EXPECT_EQ(report().consumers[0].dropped, 3u);
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "sleeps", "cancel", "close", "open", "DISCONNECT:6", "close"}));
}

}  // namespace
}  // namespace millrace
