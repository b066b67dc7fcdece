#include <algorithm>

#include "gateway/core/watchdog.hpp"
#include "tests/unit/gateway/core/pipeline_fixture.hpp"

// What handlers leave behind, how long they may take, and what a sender on an acked route hears. Tests are named after
// the rule of the contract that they hold the pipeline to.
namespace millrace {
namespace {

using Settlements = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

class AckedPipelineTest : public PipelineTest {
  protected:
    AckedPipelineTest() : PipelineTest(make_acked()) {}

    static Config make_acked() {
        Config config = make_config();
        for (RouteConfig& route : config.routes) {
            route.delivery = DeliveryClass::acked;
            route.retry.attempts = 2;
        }
        return config;
    }
};

TEST_F(PipelineTest, A7_state_outlives_the_instance_and_a_failed_handler_leaves_none) {
    async.handler = [](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        call.set_state(call.text());
        if (call.text() == "reject") return call.reject(1, "no"), true;
        if (call.text() == "retry" && call.event.attempt == 1) return call.retry("once more"), true;
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"good", "reject", "retry", "last"});
    advance_us(700'000);
    EXPECT_EQ(async.log(),
              (Strings{"open", "CONNECT", "good", "reject", "retry", "close", "open:good", "retry", "last"}));
}

class KeyedPipelineTest : public PipelineTest {
  protected:
    KeyedPipelineTest() : PipelineTest(make_keyed()) {}

    static Config make_keyed() {
        Config config = make_config();
        config.adapters[0].is_keyed = true;
        for (ConsumerConfig& consumer : config.consumers) consumer.state_ttl_ms = 1'000;
        return config;
    }

    void come_and_go(std::string_view key) {
        FakeAdapter::Scope once;
        once.key = key;
        open(once, "/async");
        adapter.submit(once, {std::string(key)});
        adapter.close(once);
        adapter.run();
    }
};

TEST_F(KeyedPipelineTest, A7_the_state_of_a_keyed_scope_outlives_it_for_its_time) {
    async.handler = [](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) call.set_state(call.text());
        return ack_all(call);
    };
    come_and_go("a");
    come_and_go("b");
    come_and_go("a");
    advance_us(1'000'001);
    come_and_go("a");
    const Strings opened = [this] {
        Strings log = async.log();
        std::erase_if(log, [](const std::string& line) { return !line.starts_with("open"); });
        return log;
    }();
    EXPECT_EQ(opened, (Strings{"open", "open", "open:a", "open"}));
}

class ExpiringPipelineTest : public PipelineTest {
  protected:
    ExpiringPipelineTest() : PipelineTest(make_expiring()) {}

    static Config make_expiring() {
        Config config = make_config();
        for (RouteConfig& route : config.routes) {
            route.delivery = DeliveryClass::acked;
            route.expires_ms = 10;
        }
        return config;
    }
};

TEST_F(ExpiringPipelineTest, D14_what_has_waited_too_long_is_not_handled_and_counted) {
    millrace_id held = 0;
    async.handler = [&](Call& call) {
        if (call.text() != "hold") return ack_all(call);
        held = call.event.token;
        return false;
    };
    open(scope, "/async");
    adapter.submit(scope, {"hold", "late", "too late"});
    advance_us(9'000);
    adapter.submit(scope, {"in time"});
    advance_us(1'000);
    Call(async.host(), held).ack();
    adapter.run();
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "hold", "in time"}));
    EXPECT_EQ(report().consumers[0].expired, 2u);
    std::vector<std::uint32_t> verdicts;
    for (const auto& [cookie, verdict] : scope.settlements) verdicts.push_back(verdict);
    EXPECT_EQ(verdicts, (std::vector<std::uint32_t>{MILLRACE_ACK, MILLRACE_REJECT, MILLRACE_REJECT, MILLRACE_ACK}));
}

TEST_F(ExpiringPipelineTest, D14_a_source_goes_on_behind_what_has_expired) {
    millrace_id held = 0;
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        held = call.event.token;
        return false;
    };
    open(scope, "/async");
    adapter.submit(scope, {"held"});
    EXPECT_EQ(adapter.submit(scope, Strings(20, "x")), 7u);
    Call(async.host(), held).retry("not yet");
    adapter.run();
    EXPECT_EQ(scope.resumes, 0);
    advance_us(1'000'000);
    EXPECT_EQ(report().consumers[0].expired, 8u);
    EXPECT_EQ(scope.resumes, 1);
}

TEST_F(PipelineTest, A7_state_has_a_limit) {
    millrace_status status = MILLRACE_OK;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) status = call.set_state(std::string(MILLRACE_STATE_MAX + 1, 'x'));
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"x"});
    EXPECT_EQ(status, MILLRACE_ERROR);
}

TEST_F(PipelineTest, B5_a_handler_that_is_suspended_twice_says_each_thing_once) {
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        call.reply("once");
        call.sleep(1000);
        async.on_resumed = [&, token = call.event.token, rounds = 0](millrace_id, std::int32_t) mutable {
            Call resumed(async.host(), token);
            if (++rounds < 3)
                resumed.sleep(1000);
            else
                resumed.ack();
        };
        return false;
    };
    open(scope, "/async");
    adapter.submit(scope, {"x"});
    for (int i = 0; i < 3; ++i) advance_us(1000);
    EXPECT_EQ(scope.replies, Strings{"once"});
}

TEST_F(PipelineTest, B5_a_sleep_ends_also_when_the_timers_before_it_were_all_cancelled) {
    open(scope, "/sync");
    adapter.submit(scope, {"x"});
    run_until([&] { return report().consumers[1].now.open == 0; });
    advance_us(31'000'000);  // Its timeout's alarm finds nothing to do.
    FakeAdapter::Scope other;
    open(other, "/async");
    int resumed = 0;
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        call.sleep(1'000'000);
        async.on_resumed = [&, token = call.event.token](millrace_id, std::int32_t) {
            ++resumed;
            Call(async.host(), token).ack();
        };
        return false;
    };
    adapter.submit(other, {"x"});
    advance_us(1'000'000);
    EXPECT_EQ(resumed, 1);
}

TEST_F(PipelineTest, D12_a_paused_peer_is_not_resumed_for_what_has_no_room) {
    async.handler = [](Call& call) { return call.text() != std::string(300, 'a') && ack_all(call); };
    open(scope, "/async");
    adapter.submit(scope, {std::string(300, 'a')});
    EXPECT_EQ(adapter.submit(scope, {std::string(900, 'b')}), 0u);
    adapter.run();
    EXPECT_EQ(scope.resumes, 0);
}

TEST_F(PipelineTest, B4_a_suspended_handler_is_cancelled_at_its_timeout_and_tried_again) {
    int cancelled = 0;
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE || call.event.attempt > 1) return ack_all(call);
        call.reply("never leaves");
        call.sleep(100'000'000);
        async.on_resumed = [&, token = call.event.token](millrace_id, std::int32_t status) {
            cancelled += status == MILLRACE_OP_CANCELLED;
            Call resumed(async.host(), token);
            resumed.reply("late");
            resumed.ack();
        };
        return false;
    };
    open(scope, "/async");
    adapter.submit(scope, {"x"});
    advance_us(29'000'000);
    EXPECT_EQ(cancelled, 0);
    advance_us(1'000'000);
    EXPECT_EQ(cancelled, 1);
    advance_us(700'000);
    EXPECT_TRUE(scope.replies.empty());
    EXPECT_EQ(report().consumers[0].overdue, 1u);
    EXPECT_EQ(report().consumers[0].acked, 2u);
    EXPECT_EQ(pipeline.consumers[0]->overdue_handlers(), 1u);
}

TEST_F(PipelineTest, B4_a_consumer_whose_workers_are_all_overdue_is_stuck_and_takes_nothing) {
    std::atomic<int> running{0};
    std::atomic<bool> is_released{false};
    sync.handler = [&](Call& call) {
        if (call.text() == "hang" && call.event.attempt == 1) {
            ++running;
            while (!is_released) std::this_thread::yield();
        }
        return ack_all(call);
    };
    FakeAdapter::Scope second;
    FakeAdapter::Scope third;
    open(scope, "/sync");
    open(second, "/sync");
    open(third, "/sync");
    adapter.submit(scope, {"hang"});
    adapter.submit(second, {"hang"});
    run_until([&] { return running == 2; });
    EXPECT_FALSE(pipeline.consumers[1]->is_stuck());
    advance_us(31'000'000);
    EXPECT_TRUE(pipeline.consumers[1]->is_stuck());
    EXPECT_EQ(adapter.submit(third, {"x"}), 0u);
    is_released = true;
    run_until([&] { return !pipeline.consumers[1]->is_stuck() && third.resumes == 1; });
    EXPECT_EQ(adapter.submit(third, {"x"}), 1u);
    run_until([&] { return report().consumers[1].retried == 2; });
    advance_us(700'000);
    run_until([&] { return report().consumers[1].now.open == 0; });
    EXPECT_EQ(report().consumers[1].overdue, 2u);
    EXPECT_EQ(report().consumers[1].dead, 0u);
}

TEST_F(PipelineTest, D8_a_question_that_is_not_answered_in_time_is_answered_with_retry) {
    std::atomic<bool> is_released{false};
    sync.handler = [&](Call& call) {
        while (!is_released) std::this_thread::yield();
        return ack_all(call);
    };
    ASSERT_EQ(adapter.open(scope, "/both/1"), MILLRACE_OPENED);
    run_until([&] { return sync.log().size() == 2; });
    advance_us(31'000'000);
    EXPECT_EQ(scope.settled, MILLRACE_RETRY);
    EXPECT_EQ(async.log(), (Strings{"open", "CONNECT", "DISCONNECT:7", "close"}));
    is_released = true;
    run_until([&] { return report().scopes == 0; });
    EXPECT_EQ(sync.log(), (Strings{"open", "CONNECT", "cancel", "close"}));
}

TEST_F(PipelineTest, B3_a_handler_that_holds_the_loop_is_named_and_counted_once) {
    Watchdog watchdog(pipeline.loops, clock);
    async.handler = [&](Call& call) {
        for (int i = 0; i < 4; ++i) {
            watchdog.look();
            if (call.text() == "hold") clock.advance_us(60'000);
        }
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"short"});
    watchdog.look();
    EXPECT_EQ(pipeline.consumers[0]->holds(), 0u);
    adapter.submit(scope, {"hold"});
    EXPECT_EQ(pipeline.consumers[0]->holds(), 1u);
}

TEST_F(PipelineTest, A5_timers_come_once_and_can_be_moved_and_cancelled) {
    Strings notes;
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_TIMER) notes.push_back(call.text());
        if (call.text() == "set") {
            EXPECT_EQ(call.after(1'000, "first"), MILLRACE_TAKEN);
            EXPECT_EQ(call.after(2'000, "moved"), MILLRACE_TAKEN);
            EXPECT_EQ(call.after(3'000, "cancelled"), MILLRACE_TAKEN);
        }
        if (call.text() == "change") {
            EXPECT_EQ(call.after(4'000, "moved"), MILLRACE_TAKEN);
            EXPECT_EQ(call.command(MILLRACE_NEVER, {}, "cancelled"), MILLRACE_TAKEN);
        }
        if (call.text() == "undone") {
            call.after(1, "never");
            return call.reject(0, "no"), true;
        }
        if (call.text().starts_with("many")) {
            for (int i = 0; i < 61; ++i)
                notes.push_back(std::to_string(call.after(9'000'000, call.text() + std::to_string(i))));
        }
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"set", "change", "undone"});
    advance_us(1'000);
    EXPECT_EQ(notes, Strings{"first"});
    advance_us(2'500);
    EXPECT_EQ(notes, Strings{"first"});
    advance_us(500);
    EXPECT_EQ(notes, (Strings{"first", "moved"}));
    notes.clear();
    adapter.submit(scope, {"many", "many"});
    EXPECT_EQ(std::ranges::count(notes, "0"), 122) << "a timer that is moved counts once";
    notes.clear();
    adapter.submit(scope, {"many more"});
    EXPECT_EQ(std::ranges::count(notes, "0"), 3) << "64 at a time";
    adapter.close(scope);
    adapter.run();
    advance_us(10'000'000);
    EXPECT_EQ(notes.size(), 61u);
}

TEST_F(AckedPipelineTest, D2_an_acked_message_is_settled_when_its_consumers_are_done) {
    millrace_id waiting = 0;
    async.handler = [&](Call& call) {
        if (call.text() != "wait") return ack_all(call);
        waiting = call.event.token;
        return false;
    };
    open(scope, "/async");
    adapter.submit(scope, {"now", "wait", "behind"});
    EXPECT_EQ(scope.settlements, (Settlements{{1, MILLRACE_ACK}}));
    const millrace_outcome ack{sizeof ack, MILLRACE_ACK, 0, 0, {}};
    async.host()->complete(async.host()->self, waiting, &ack);
    adapter.run();
    EXPECT_EQ(scope.settlements, (Settlements{{1, MILLRACE_ACK}, {2, MILLRACE_ACK}, {3, MILLRACE_ACK}}));
}

TEST_F(PipelineTest, D2_a_live_message_is_settled_by_being_taken) {
    open(scope, "/both/1");
    adapter.submit(scope, {"x"});
    run_until([&] { return report().consumers[1].now.open == 0; });
    EXPECT_TRUE(scope.settlements.empty());
}

TEST_F(AckedPipelineTest, D7_the_worst_of_the_verdicts_is_the_answer_and_the_well_one_is_not_run_again) {
    async.handler = [](Call& call) {
        if (call.text() == "never") return call.retry("never"), true;
        if (call.text() == "no") return call.reject(5, "no"), true;
        return ack_all(call);
    };
    open(scope, "/both/1");
    adapter.submit(scope, {"well", "no", "never", "last"});
    advance_us(700'000);
    run_until([&] { return scope.settlements.size() == 4; });
    EXPECT_EQ(scope.settlements,
              (Settlements{{1, MILLRACE_ACK}, {2, MILLRACE_REJECT}, {3, MILLRACE_REJECT}, {4, MILLRACE_ACK}}));
    EXPECT_EQ(sync.log(), (Strings{"open", "CONNECT", "well", "no", "never", "last"}));
    EXPECT_EQ(pipeline.dead_letters.count().kept, 2u);
    EXPECT_EQ(pipeline.dead_letters.letters()[1].attempts, 2u);
    EXPECT_EQ(pipeline.dead_letters.letters()[0].text, "no");
}

TEST_F(AckedPipelineTest, B6_what_the_drain_gives_up_is_settled_as_retry) {
    async.handler = [](Call& call) { return call.text() != "wait" && ack_all(call); };
    open(scope, "/async");
    adapter.submit(scope, {"wait", "behind"});
    pipeline.is_draining = true;
    dispatcher().close_all([] {});
    EXPECT_EQ(scope.settlements, (Settlements{{1, MILLRACE_RETRY}, {2, MILLRACE_RETRY}}));
}

}  // namespace
}  // namespace millrace
