#include "gateway/core/pipeline.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/dispatcher.hpp"
#include "tests/support/fake_adapter.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/scripted_consumer.hpp"

// The pipeline between an adapter and consumers that are both the test's. Tests are named after the rule of the contract
// that they hold it to.
namespace millrace {
namespace {

using testing::FakeAdapter;
using testing::ManualClock;
using testing::ScriptedConsumer;
using Call = ScriptedConsumer::Call;
using Strings = std::vector<std::string>;

Config make_config() {
    Config config;
    config.adapters = {{"test", "test", {}, {}}};
    config.consumers = {{"async", "scripted", 1, {8, 1000}, {}, {}}, {"sync", "scripted", 2, {8, 1000}, {}, {}}};
    const auto route = [](std::string name, std::string path, std::vector<std::string> to) {
        return RouteConfig{std::move(name), {{"path", {std::move(path)}, true, {}}}, std::move(to), false, {}};
    };
    config.routes = {route("a", "/async", {"async"}), route("s", "/sync", {"sync"}),
                     route("b", "/both/{room}", {"async", "sync"})};
    return config;
}

bool ack_all(Call& call) {
    call.ack();
    return true;
}

class PipelineTest : public ::testing::Test {
  protected:
    PipelineTest() {
        const ScriptedConsumer* scripted[] = {&async, &sync};
        for (std::uint32_t i = 0; i < 2; ++i) {
            pipeline.consumers.push_back(
                std::make_unique<ConsumerHost>(config.consumers[i], i, scripted[i]->table(), pipeline.loops, clock));
            EXPECT_TRUE(pipeline.consumers[i]->create().empty());
            EXPECT_TRUE(pipeline.consumers[i]->start());
        }
        EXPECT_TRUE(host.create().empty());
        adapter.attach();
    }

    ~PipelineTest() override {
        for (auto& consumer : pipeline.consumers) consumer->stop();
        adapter.run();
        expect_identity();
        adapter.detach();
    }

    // Runs the loop until `done`, for what workers still have.
    template <class Done> void run_until(Done done) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!done() && std::chrono::steady_clock::now() < give_up) {
            adapter.run();
            std::this_thread::yield();
        }
        ASSERT_TRUE(done());
    }

    void advance_us(std::int64_t duration_us) {
        clock.advance_us(duration_us);
        pipeline.alarm.fire();
        adapter.run();
    }

    LoopReport report() { return dispatcher().report(); }
    Dispatcher& dispatcher() { return *pipeline.loops.find(1); }

    void expect_identity() {
        for (const auto& c : report().consumers) {
            EXPECT_EQ(c.created, c.acked + c.dead + c.expired + c.dropped + c.now.open);
        }
    }

    void open(FakeAdapter::Scope& scope, std::string_view path, std::uint64_t send_bytes_max = 1 << 20) {
        ASSERT_EQ(adapter.open(scope, path, send_bytes_max), MILLRACE_OPENED);
        run_until([&] { return scope.settled != 0; });
    }

    ManualClock clock;
    Config config = make_config();
    FakeAdapter adapter;
    ScriptedConsumer async{MILLRACE_ASYNC, ack_all};
    ScriptedConsumer sync{MILLRACE_SYNC, ack_all};
    Pipeline pipeline{config, clock};
    AdapterHost host{config.adapters[0], 0, "test", FakeAdapter::table(), pipeline};
    FakeAdapter::Scope scope;
};

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
    const std::string huge(kReplyBytesMax + 1, 'x');
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
