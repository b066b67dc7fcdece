#include "gateway/core/spool_store.hpp"

#include "tests/unit/gateway/core/spool_store_fixture.hpp"

namespace millrace::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = Ending::Kind;

TEST_F(SpoolStore, KeepsAMessageAsItCame) {
    const auto arrival = accept("payload", {make_lane("web:1f-3")});
    const auto page = store_->page(arrival.to[0].lane.id, 0, 10, 1 << 20);
    ASSERT_THAT(page.entries, SizeIs(1));
    const auto& [delivery, message] = page.entries[0];
    EXPECT_EQ(delivery.position, arrival.to[0].position);
    EXPECT_EQ(delivery.attempt, 1u);
    EXPECT_EQ(delivery.crashes, 0u);
    EXPECT_EQ(delivery.due_us, 0);
    EXPECT_EQ(message.id, arrival.message.id);
    EXPECT_EQ(message.adapter, "web");
    EXPECT_EQ(message.scope, "1f-3");
    EXPECT_EQ(message.external_id, "");
    EXPECT_EQ(message.route, "all");
    EXPECT_EQ(message.fields, "fields");
    EXPECT_EQ(message.payload, "payload");
    EXPECT_EQ(message.payload_kind, 1u);
    EXPECT_EQ(message.order, 7u);
    EXPECT_EQ(message.hops, 2u);
    EXPECT_EQ(message.created_us, 1'700'000'000'000'001);
    EXPECT_EQ(message.deadline_us, 1'700'000'000'000'002);
    EXPECT_EQ(store_->facts().totals.messages, 1);
    EXPECT_EQ(store_->facts().totals.bytes, 13);
    EXPECT_EQ(store_->facts().totals.deliveries, 1);
}

TEST_F(SpoolStore, AnArrivalThatWasUndoneIsDoneAgain) {
    auto arrival = make_arrival("x", {make_lane("web:a")});
    store_->begin();
    store_->accept(arrival);
    store_->roll_back();
    accept("other", {make_lane("web:b")});
    commit([&](Store& store) { store.accept(arrival); });
    const auto busy = store_->busy_lanes(0, 10);
    ASSERT_THAT(busy, SizeIs(2));
    EXPECT_EQ(busy[1].lane.scope, "web:a");
    EXPECT_THAT(payloads(arrival.to[0].lane.id), ElementsAre("x"));
}

TEST_F(SpoolStore, AStateStaysWhileSomethingWaitsForIt) {
    const auto arrival = accept("x", {make_lane("bank:alice")});
    commit([&](Store& store) {
        store.lanes().set_state(arrival.to[0].lane.id, "state", 1);
        store.lanes().close(arrival.to[0].lane.id);
    });
    commit([](Store& store) { store.prune({}); });
    EXPECT_EQ(store_->lanes().read(arrival.to[0].lane.id, 0)->state, "state");
    conclude(arrival.to[0].lane.id, {make_ending(arrival.to[0].position)});
    commit([](Store& store) { store.prune({}); });
    EXPECT_FALSE(store_->lanes().read(arrival.to[0].lane.id, 0));
}

TEST_F(SpoolStore, ALaneIsMadeOnceAndKeepsItsOrder) {
    const auto first = accept("1", {make_lane("web:a")});
    const auto second = accept("2", {make_lane("web:b")});
    const auto third = accept("3", {make_lane("web:a")});
    EXPECT_EQ(first.to[0].lane.id, third.to[0].lane.id);
    EXPECT_NE(first.to[0].lane.id, second.to[0].lane.id);
    EXPECT_THAT(payloads(first.to[0].lane.id), ElementsAre("1", "3"));
    EXPECT_THAT(payloads(first.to[0].lane.id, first.to[0].position), ElementsAre("3"));
    EXPECT_THAT(payloads(second.to[0].lane.id), ElementsAre("2"));
}

TEST_F(SpoolStore, APageIsBoundedInNumberAndBytesAndNeverEmptyForASmallBound) {
    const auto first = accept(std::string(100, 'a'), {make_lane("web:a")});
    accept(std::string(100, 'b'), {make_lane("web:a")});
    accept(std::string(100, 'c'), {make_lane("web:a")});
    const auto lane = first.to[0].lane.id;
    EXPECT_THAT(store_->page(lane, 0, 2, 1 << 20).entries, SizeIs(2));
    EXPECT_THAT(store_->page(lane, 0, 10, 1).entries, SizeIs(1));
    EXPECT_THAT(store_->page(lane, 0, 10, 107).entries, SizeIs(2));
}

TEST_F(SpoolStore, EachConsumerOfAFanOutEndsByItself) {
    const auto arrival = accept("x", {make_lane("web:a", "one"), make_lane("web:a", "two")});
    conclude(arrival.to[0].lane.id, {make_ending(arrival.to[0].position)});
    EXPECT_THAT(payloads(arrival.to[0].lane.id), IsEmpty());
    EXPECT_THAT(payloads(arrival.to[1].lane.id), ElementsAre("x"));
    EXPECT_EQ(store_->facts().totals.messages, 1);
    conclude(arrival.to[1].lane.id, {make_ending(arrival.to[1].position, Kind::expired)});
    EXPECT_EQ(store_->facts().totals.messages, 0);
    EXPECT_EQ(store_->facts().totals.bytes, 0);
    EXPECT_EQ(store_->facts().totals.deliveries, 0);
}

TEST_F(SpoolStore, AConclusionHoldsEverythingOrNothing) {
    const auto arrival = accept("x", {make_lane("bank:alice", "bank")});
    const auto lane = arrival.to[0].lane.id;
    Conclusion conclusion;
    conclusion.lane = lane;
    conclusion.endings = {make_ending(arrival.to[0].position)};
    conclusion.seq = 5;
    conclusion.epoch = 3;
    conclusion.state = {"state", 0};
    conclusion.timers = {{"remind", 99, 1}};
    conclusion.outbox.resize(1);
    conclusion.outbox[0].target = "sms:+15550100";
    conclusion.outbox[0].bytes = "command";
    conclusion.outbox[0].correlation = 11;
    conclusion.sent = {make_arrival("to bob", {make_lane("bank:bob", "bank")})};
    store_->begin();
    store_->conclude(conclusion);
    store_->roll_back();
    reopen();
    EXPECT_THAT(payloads(lane), ElementsAre("x"));
    EXPECT_THAT(store_->commands(0, 10), IsEmpty());

    commit([&](Store& store) { store.conclude(conclusion); });
    EXPECT_THAT(payloads(lane), IsEmpty());
    store_->begin();
    const Busy busy = store_->open_lane(make_lane("bank:alice", "bank"));
    store_->roll_back();
    EXPECT_EQ(busy.lane.id, lane);
    EXPECT_EQ(busy.lane.seq, 5u);
    EXPECT_EQ(busy.lane.epoch, 3u);
    EXPECT_EQ(busy.lane.state, "state");
    ASSERT_THAT(busy.timers, SizeIs(1));
    EXPECT_EQ(busy.timers[0].name, "remind");
    EXPECT_EQ(busy.timers[0].due_us, 99);
    const auto commands = store_->commands(0, 10);
    ASSERT_THAT(commands, SizeIs(1));
    EXPECT_EQ(commands[0].id, conclusion.outbox[0].id);
    EXPECT_EQ(commands[0].target, "sms:+15550100");
    EXPECT_EQ(commands[0].bytes, "command");
    EXPECT_EQ(commands[0].correlation, 11u);
    EXPECT_THAT(payloads(conclusion.sent[0].to[0].lane.id), ElementsAre("to bob"));
}

TEST_F(SpoolStore, WhatIsConcludedAgainDoesNothing) {
    const auto arrival = accept("x", {make_lane("bank:alice", "bank")});
    Conclusion conclusion;
    conclusion.lane = arrival.to[0].lane.id;
    conclusion.endings = {make_ending(arrival.to[0].position)};
    conclusion.outbox.resize(1);
    commit([&](Store& store) { store.conclude(conclusion); });
    EXPECT_FALSE(conclusion.was_stale);
    commit([&](Store& store) { store.conclude(conclusion); });
    EXPECT_TRUE(conclusion.was_stale);
    EXPECT_THAT(store_->commands(0, 10), SizeIs(1));
}

TEST_F(SpoolStore, ARetryKeepsItsPlaceItsTimeAndItsHistory) {
    const auto arrival = accept("x", {make_lane("web:a")});
    accept("y", {make_lane("web:a")});
    const auto lane = arrival.to[0].lane.id;
    auto ending = make_ending(arrival.to[0].position, Kind::retry);
    ending.due_us = 42;
    ending.why.code = 503;
    ending.why.text = "busy";
    conclude(lane, {ending});
    ending.kind = Kind::crashed;
    ending.why.text = "signal 11";
    conclude(lane, {ending});
    EXPECT_THAT(payloads(lane), ElementsAre("x", "y"));
    const auto busy = store_->busy_lanes(0, 10);
    ASSERT_THAT(busy, SizeIs(1));
    EXPECT_EQ(busy[0].lane.id, lane);
    EXPECT_EQ(busy[0].head->attempt, 3u);
    EXPECT_EQ(busy[0].head->crashes, 1u);
    EXPECT_EQ(busy[0].head->due_us, 42);
    const auto history = store_->deliveries().history(lane, arrival.to[0].position);
    ASSERT_THAT(history, SizeIs(2));
    EXPECT_EQ(history[0].number, 1u);
    EXPECT_EQ(history[0].at_us, clock_.now_us());
    EXPECT_EQ(history[0].code, 503u);
    EXPECT_EQ(history[0].text, "busy");
    EXPECT_EQ(history[1].text, "signal 11");
    conclude(lane, {make_ending(arrival.to[0].position)});
    EXPECT_THAT(store_->deliveries().history(lane, arrival.to[0].position), IsEmpty());
}

TEST_F(SpoolStore, AResendGetsTheFirstAnswerWithinTheWindow) {
    accept("x", {make_lane("web:a")}, "id-1");
    EXPECT_TRUE(accept("x", {make_lane("web:a")}, "id-1").answer);
    EXPECT_FALSE(accept("x", {make_lane("web:a")}, "id-2").answer);
    EXPECT_EQ(store_->facts().totals.messages, 2);
    commit([&](Store& store) { store.remember("inbox", "mail", {2, 550, "no"}); });
    EXPECT_EQ(store_->answer("inbox", "mail")->code, 550u);
    EXPECT_EQ(store_->answer("inbox", "mail")->text, "no");
    EXPECT_FALSE(store_->answer("other", "mail"));
    commit([&](Store& store) { store.remember("inbox", "mail", {0, 0, ""}); });
    EXPECT_EQ(store_->answer("inbox", "mail")->code, 0u);
    EXPECT_EQ(store_->facts().totals.duplicates, 3);
}

TEST_F(SpoolStore, ExternalIdsAreForgottenByAgeAndByNumber) {
    for (int i = 0; i < 5; ++i) {
        commit([&](Store& store) { store.remember("web", std::to_string(i), {}); });
        clock_.advance_us(100);
    }
    commit([&](Store& store) { store.prune({.duplicates_us = 450, .duplicates = 100}); });
    EXPECT_FALSE(store_->answer("web", "0"));
    EXPECT_TRUE(store_->answer("web", "1"));
    commit([&](Store& store) { store.prune({.duplicates_us = 10'000, .duplicates = 2}); });
    EXPECT_FALSE(store_->answer("web", "2"));
    EXPECT_TRUE(store_->answer("web", "3"));
    EXPECT_EQ(store_->facts().totals.duplicates, 2);
}

TEST_F(SpoolStore, CommandsComeInOrderUntilTheyHaveAnOutcome) {
    const auto arrival = accept("x", {make_lane("web:a")});
    Conclusion conclusion;
    conclusion.lane = arrival.to[0].lane.id;
    conclusion.endings = {make_ending(arrival.to[0].position)};
    conclusion.outbox.resize(3);
    conclusion.is_closed = true;
    commit([&](Store& store) { store.conclude(conclusion); });
    const auto id = [&](std::size_t i) { return conclusion.outbox[i].id; };
    commit([&](Store& store) { store.end_command(id(0)); });
    const auto commands = store_->commands(0, 10);
    ASSERT_THAT(commands, SizeIs(2));
    EXPECT_EQ(commands[0].id, id(1));
    EXPECT_THAT(store_->commands(id(1), 10), SizeIs(1));
    commit([&](Store& store) {
        store.end_command(id(0));
        store.end_command(id(1));
        store.end_command(id(2));
    });
    EXPECT_THAT(store_->commands(0, 10), IsEmpty());
    EXPECT_EQ(store_->database().ask("SELECT count(*) FROM lanes"), "0");
}

TEST_F(SpoolStore, AClosedLaneGoesUnlessItsStateIsKept) {
    const auto one = accept("x", {make_lane("web:a")});
    const auto two = accept("x", {make_lane("bank:a", "bank")});
    for (const auto* arrival : {&one, &two}) {
        Conclusion conclusion;
        conclusion.lane = arrival->to[0].lane.id;
        conclusion.endings = {make_ending(arrival->to[0].position)};
        conclusion.state = {"state", arrival == &one ? 0 : clock_.now_us() + 100};
        conclusion.is_closed = true;
        commit([&](Store& store) { store.conclude(conclusion); });
    }
    EXPECT_EQ(store_->database().ask("SELECT scope FROM lanes"), "bank:a");
    clock_.advance_us(100);
    commit([&](Store& store) { store.prune({}); });
    EXPECT_EQ(store_->database().ask("SELECT count(*) FROM lanes"), "0");
}

TEST_F(SpoolStore, AnOpenLaneStaysWhateverIsOnIt) {
    auto arrival = make_arrival("x", {make_lane("web:a")});
    Conclusion conclusion;
    conclusion.outbox.resize(1);
    conclusion.state = {"state", clock_.now_us() - 1};
    const auto lanes = [&] { return store_->database().ask("SELECT count(*) FROM lanes"); };
    store_->begin();
    store_->accept(arrival);
    conclusion.lane = arrival.to[0].lane.id;
    conclusion.endings = {make_ending(arrival.to[0].position)};
    store_->conclude(conclusion);
    store_->end_command(conclusion.outbox[0].id);
    store_->prune({});
    EXPECT_FALSE(store_->commit());
    EXPECT_EQ(lanes(), "1");
    EXPECT_EQ(store_->database().ask("SELECT state FROM lanes"), "state");
    commit([&](Store&) {});
    EXPECT_EQ(lanes(), "1") << "its state is kept";
    commit([&](Store& store) { store.prune({}); });
    EXPECT_EQ(lanes(), "0") << "nobody has opened it since the start";
}

TEST_F(SpoolStore, LanesThatNobodyHasClosedAreSweptAtAStart) {
    const auto left = accept("x", {make_lane("web:a"), make_lane("web:b")});
    conclude(left.to[0].lane.id, {make_ending(left.to[0].position)});
    EXPECT_EQ(store_->database().ask("SELECT group_concat(scope) FROM lanes"), "web:b");
}

TEST_F(SpoolStore, TimersAreSetStoppedAndFoundAtAStart) {
    const auto arrival = accept("x", {make_lane("bank:a", "bank")});
    Conclusion conclusion;
    conclusion.lane = arrival.to[0].lane.id;
    conclusion.endings = {make_ending(arrival.to[0].position)};
    conclusion.timers = {{"one", 10, 0}, {"two", 20, 0}};
    commit([&](Store& store) { store.conclude(conclusion); });
    conclusion.endings.clear();
    conclusion.stopped = {"one", "two"};
    conclusion.timers = {{"two", 30, 1}};
    commit([&](Store& store) { store.conclude(conclusion); });
    const auto busy = store_->busy_lanes(0, 10);
    ASSERT_THAT(busy, SizeIs(1));
    EXPECT_FALSE(busy[0].head);
    ASSERT_THAT(busy[0].timers, SizeIs(1));
    EXPECT_EQ(busy[0].timers[0].name, "two");
    EXPECT_EQ(busy[0].timers[0].due_us, 30);
    EXPECT_EQ(busy[0].timers[0].hops, 1u);
}

TEST_F(SpoolStore, BusyLanesComeInPages) {
    for (const char* scope : {"web:a", "web:b", "web:c"}) accept("x", {make_lane(scope)});
    const auto first = store_->busy_lanes(0, 2);
    ASSERT_THAT(first, SizeIs(2));
    EXPECT_EQ(first[0].lane.scope, "web:a");
    const auto rest = store_->busy_lanes(first[1].lane.id, 2);
    ASSERT_THAT(rest, SizeIs(1));
    EXPECT_EQ(rest[0].lane.scope, "web:c");
}

TEST_F(SpoolStore, ACursorIsKept) {
    EXPECT_FALSE(store_->cursor("chat/updates"));
    commit([&](Store& store) { store.set_cursor({"chat/updates", "100"}); });
    commit([&](Store& store) { store.set_cursor({"chat/updates", "101"}); });
    EXPECT_EQ(store_->cursor("chat/updates"), "101");
}

TEST_F(SpoolStore, NoIdIsGivenTwice) {
    const auto before = accept("x", {make_lane("web:a")});
    conclude(before.to[0].lane.id, {make_ending(before.to[0].position)});
    const auto after = accept("x", {make_lane("web:a")});
    EXPECT_GT(after.message.id, before.to[0].position);
}

}  // namespace
}  // namespace millrace::spool
