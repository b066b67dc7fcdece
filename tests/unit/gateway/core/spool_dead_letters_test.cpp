#include "gateway/core/spool_dead_letters.hpp"

#include "tests/unit/gateway/core/spool_store_fixture.hpp"

namespace millrace::spool {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = Ending::Kind;

class SpoolDeadLetters : public SpoolStore {};

TEST_F(SpoolDeadLetters, ADeadLetterHasTheMessageTheReasonAndEveryAttempt) {
    const auto arrival = accept("x", {make_lane("web:a")});
    const auto lane = arrival.to[0].lane.id;
    auto ending = make_ending(arrival.to[0].position, Kind::retry);
    ending.why.text = "busy";
    conclude(lane, {ending});
    ending.kind = Kind::dead;
    ending.why = {"rejected", 422, "no such order", "1.2.3", "abcdef"};
    conclude(lane, {ending});
    EXPECT_THAT(payloads(lane), IsEmpty());
    EXPECT_EQ(store_->facts().totals.messages, 1);
    const auto letters = store_->letters({}, 0, 10).letters;
    ASSERT_THAT(letters, SizeIs(1));
    const auto letter = store_->letter(letters[0].id);
    ASSERT_TRUE(letter);
    EXPECT_EQ(letter->consumer, "echo");
    EXPECT_EQ(letter->scope, "web:a");
    EXPECT_EQ(letter->route, "all");
    EXPECT_EQ(letter->prefix, "prefix");
    EXPECT_EQ(letter->why.reason, "rejected");
    EXPECT_EQ(letter->why.code, 422u);
    EXPECT_EQ(letter->why.text, "no such order");
    EXPECT_EQ(letter->why.version, "1.2.3");
    EXPECT_EQ(letter->why.hash, "abcdef");
    EXPECT_EQ(letter->attempts, 2u);
    EXPECT_EQ(letter->message.payload, "x");
    ASSERT_THAT(letter->history, SizeIs(2));
    EXPECT_EQ(letter->history[0].text, "busy");
    EXPECT_EQ(letter->history[1].text, "no such order");
}

TEST_F(SpoolDeadLetters, ADeadLetterIsDroppedWithItsMessageOrQueuedAgainBehindTheRest) {
    const auto first = accept("1", {make_lane("web:a")}, "id-1");
    const auto second = accept("2", {make_lane("web:a")});
    accept("3", {make_lane("web:a")});
    const auto lane = first.to[0].lane.id;
    auto ending = make_ending(first.to[0].position, Kind::dead);
    ending.why.reason = "attempts";
    conclude(lane, {ending});
    ending.position = second.to[0].position;
    conclude(lane, {ending});
    const auto letters = store_->letters({}, 0, 10).letters;
    ASSERT_THAT(letters, SizeIs(2));
    commit([&](Store& store) { EXPECT_EQ(store.requeue_letter(letters[0].id), lane); });
    EXPECT_THAT(payloads(lane), ElementsAre("3", "1"));
    commit([&](Store& store) { EXPECT_TRUE(store.drop_letter(letters[1].id)); });
    EXPECT_EQ(store_->facts().totals.messages, 2);
    EXPECT_THAT(store_->letters({}, 0, 10).letters, IsEmpty());
    store_->begin();
    EXPECT_EQ(store_->requeue_letter(letters[1].id), 0);
    EXPECT_FALSE(store_->drop_letter(letters[1].id));
    store_->roll_back();
}

TEST_F(SpoolDeadLetters, ADeadLetterCanGoToAnotherConsumer) {
    const auto arrival = accept("1", {make_lane("web:a")});
    auto ending = make_ending(arrival.to[0].position, Kind::dead);
    conclude(arrival.to[0].lane.id, {ending});
    std::int64_t lane = 0;
    commit([&](Store& store) { lane = store.requeue_letter(store.letters({}, 0, 1).letters.at(0).id, "audit"); });
    EXPECT_NE(lane, arrival.to[0].lane.id);
    EXPECT_THAT(payloads(lane), ElementsAre("1"));
    EXPECT_EQ(store_->busy_lanes(0, 10).at(0).lane.consumer, "audit");
}

TEST_F(SpoolDeadLetters, ADeadLetterThatIsQueuedAgainHasNoDeadlineThatIsOver) {
    for (const bool is_over : {true, false}) {
        DeadLetter letter;
        letter.consumer = is_over ? "late" : "early";
        letter.message = make_message(std::string(is_over ? Bodies::kInlineBytesMax + 1 : 1, 'x'));
        const auto deadline_us = clock_.now_us() + (is_over ? 0 : 1);
        letter.message.deadline_us = deadline_us;
        std::int64_t lane = 0;
        commit([&](Store& store) { store.bury(letter); });
        commit([&](Store& store) { lane = store.requeue_letter(letter.id); });
        const auto queued = store_->page(lane, 0, 1, 1).entries.at(0).message;
        EXPECT_EQ(queued.deadline_us, is_over ? 0 : deadline_us);
        EXPECT_EQ(queued.payload, letter.message.payload);
    }
}

TEST_F(SpoolDeadLetters, DeadLettersAreFilteredAndCounted) {
    const auto bury = [&](std::string route, std::string reason, std::uint32_t code) {
        DeadLetter letter;
        letter.at_us = clock_.now_us();
        letter.route = std::move(route);
        letter.why.reason = std::move(reason);
        letter.why.code = code;
        letter.message = make_message("1234");
        letter.history = {{1, 5, code, "why"}};
        clock_.advance_us(10);
        commit([&](Store& store) { store.bury(letter); });
    };
    const auto start_us = clock_.now_us();
    bury("a", "rejected", 422);
    bury("a", "unmatched", 0);
    bury("b", "rejected", 500);
    EXPECT_THAT(store_->letters({}, 0, 10).letters, SizeIs(3));
    EXPECT_THAT(store_->letters({}, 0, 2).letters, SizeIs(2));
    EXPECT_THAT(store_->letters({.route = "a"}, 0, 10).letters, SizeIs(2));
    EXPECT_THAT(store_->letters({.reason = "rejected"}, 0, 10).letters, SizeIs(2));
    EXPECT_THAT(store_->letters({.code = 500}, 0, 10).letters, SizeIs(1));
    EXPECT_THAT(store_->letters({.since_us = start_us + 10}, 0, 10).letters, SizeIs(2));
    EXPECT_THAT(store_->letters({}, store_->letters({}, 0, 1).letters.at(0).id, 10).letters, SizeIs(2));
    EXPECT_EQ(store_->letter(store_->letters({}, 0, 1).letters.at(0).id)->history.at(0).text, "why");
    EXPECT_THAT(store_->letters({.consumer = "nobody"}, 0, 10).letters, IsEmpty());
    EXPECT_GT(store_->letters({.consumer = "nobody"}, 0, 10).last, 0) << "they were looked at all the same";
    EXPECT_EQ(store_->letters({}, store_->letters({}, 0, 10).last, 10).last, 0);
    EXPECT_EQ(store_->dead_letters().total().letters, 3);
    EXPECT_EQ(store_->dead_letters().total().bytes, 30);
}

TEST_F(SpoolDeadLetters, TheOldestDeadLettersGoByAgeAndBySize) {
    for (int i = 0; i < 4; ++i) {
        DeadLetter letter;
        letter.at_us = clock_.now_us();
        letter.message = make_message(std::to_string(i));
        commit([&](Store& store) { store.bury(letter); });
        clock_.advance_us(100);
    }
    const auto left = [&] {
        std::vector<std::string> payloads;
        for (const auto& each : store_->letters({}, 0, 10).letters)
            payloads.push_back(store_->letter(each.id)->message.payload);
        return payloads;
    };
    commit([&](Store& store) { store.prune({.letters_us = 350, .letter_bytes = 1000}); });
    EXPECT_THAT(left(), ElementsAre("1", "2", "3"));
    commit([&](Store& store) { store.prune({.letters_us = 1000, .letter_bytes = 14}); });
    EXPECT_THAT(left(), ElementsAre("2", "3"));
    EXPECT_EQ(store_->facts().totals.messages, 2);
}

}  // namespace
}  // namespace millrace::spool
