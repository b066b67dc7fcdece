#include <gmock/gmock.h>

#include <optional>
#include <semaphore>
#include <set>
#include <string>

#include "tests/unit/gateway/core/durable_fixture.hpp"

// Lanes of scopes that have gone, and that come again. Tests are named after the rule of the contract that they hold
// the pipeline to.
namespace millrace {
namespace {

TEST_F(DurableTest, A9_what_was_left_of_a_connection_is_delivered_then_disconnect) {
    spool::Busy left;
    spool::run(*pipeline.spool(), [&](spool::Store& store) {
        for (const char* text : {"x", "fails", "y"}) {
            auto arrival = spool::make_arrival(text, {spool::make_lane("test:gone", "async")});
            arrival.message.deadline_us = 0;
            store.accept(arrival);
        }
        left = store.busy_lanes(0, 1).at(0);
    });
    dispatcher().durability().restore(left, *pipeline.consumers[0]);
    settle();
    EXPECT_EQ(heard, (Strings{"x", "fails"}));
    for (int i = 0; i < 3; ++i) {
        advance_us(3'000'000);
        settle();
    }
    EXPECT_EQ(heard, (Strings{"x", "fails", "fails", "fails", "y"}));
    EXPECT_EQ(report().scopes, 1u);
    EXPECT_TRUE(on_disk().empty());
}

TEST_F(DurableTest, A9_what_was_left_comes_before_what_a_scope_of_the_same_key_gets) {
    spool::Busy left;
    spool::run(*pipeline.spool(), [&](spool::Store& store) {
        for (const std::string& text : numbers(1, 100)) {
            auto arrival = spool::make_arrival(text, {spool::make_lane("test:again", "async")});
            arrival.message.deadline_us = 0;
            store.accept(arrival);
        }
        left = store.busy_lanes(0, 1).at(0);
    });
    pipeline.restored.add("test:again", "async");
    FakeAdapter::Scope again;
    again.key = "again";
    open(again, "/async");
    adapter.submit(again, numbers(101, 200));
    settle();
    EXPECT_EQ(again.settlements.size(), 100u) << "they are on the disk";
    EXPECT_EQ(heard, Strings{});
    EXPECT_TRUE(dispatcher().durability().restore(left, *pipeline.consumers[0]));
    adapter.submit(again, numbers(201, 300));
    settle();
    EXPECT_EQ(heard, numbers(1, 300));
    EXPECT_EQ(again.replies.size(), 200u) << "what was left has nobody to reply to";
    EXPECT_TRUE(on_disk().empty());
}

class KeyedDurableTest : public DurableTest {
  protected:
    KeyedDurableTest() : DurableTest({}, 0, true) {}

    void open_again(std::string_view key) {
        adapter.close(again);
        settle();
        again = {};
        again.key = key;
        open(again, "/async");
        settle();
    }

    FakeAdapter::Scope again;
};

TEST_F(KeyedDurableTest, A7_the_state_of_a_keyed_scope_outlives_its_closing) {
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) call.set_state(call.text());
        return ack_all(call);
    };
    again.key = "topic";
    open(again, "/async");
    adapter.submit(again, {"kept"});
    settle();
    open_again("topic");
    EXPECT_THAT(async.log(), ::testing::Contains("open:kept"));
    std::optional<spool::Lane> lane;
    spool::run(*pipeline.spool(),
               [&](spool::Store& store) { lane = store.lanes().find("async", "test:topic", clock.now_us()); });
    ASSERT_TRUE(lane);
    EXPECT_EQ(lane->state, "kept");
}

TEST_F(DurableTest, A9_a_lane_that_has_had_its_last_event_is_woken_behind_it) {
    std::binary_semaphore is_free{0};
    spool::Call stall([&](spool::Store&) { is_free.acquire(); });
    async.handler = [&](Call& call) {
        if (call.event.kind == MILLRACE_DISCONNECT) pipeline.spool()->submit(&stall);
        return handle(call);
    };
    adapter.submit(scope, {"bad"});
    settle();
    std::int64_t lane = 0;
    spool::run(*pipeline.spool(),
               [&](spool::Store& store) { lane = store.requeue_letter(store.letters({}, 0, 10).letters.at(0).id); });
    adapter.close(scope);
    adapter.run();
    std::set<std::int64_t> lanes{lane}, ending;
    dispatcher().durability().wake(lanes, ending);
    EXPECT_TRUE(lanes.empty());
    EXPECT_EQ(ending, std::set{lane});
    is_free.release();
    stall.wait();
    settle();
    EXPECT_EQ(heard, Strings{"bad"});
    lanes.swap(ending);
    dispatcher().durability().wake(lanes, ending);
    EXPECT_EQ(lanes, std::set{lane}) << "it is to be restored";
}

}  // namespace
}  // namespace millrace
