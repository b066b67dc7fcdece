#include "gateway/admin/letter_commands.hpp"

#include "gateway/core/message_json.hpp"
#include "tests/unit/gateway/admin/letters_fixture.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;
using spool::DeadLetter;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LetterCommands : public LettersTest {
  protected:
    static Requeue requeue(LetterSelection selection = {}) {
        Requeue requeue;
        requeue.selection = std::move(selection);
        requeue.consumers = {"audit", "billing"};
        return requeue;
    }
};

std::string last_line(const Answer& answer) {
    return answer.lines.empty() ? std::string() : json::serialize(answer.lines.back());
}

TEST_F(LetterCommands, ListSaysAllButTheMessage) {
    const auto id = bury("hello", [](DeadLetter& letter) { letter.why.text = "no \xff"; });
    const Answer answer = run(list_letters({}));
    ASSERT_THAT(answer.lines, SizeIs(1));
    EXPECT_EQ(
        json::serialize(answer.lines[0]),
        "{\"id\":" + std::to_string(id) +
            ",\"died_at\":\"2023-11-14T22:13:21.000Z\",\"reason\":\"rejected\",\"code\":422,\"text\":\"no \xEF\xBF"
            "\xBD\",\"route\":\"orders\",\"consumer\":\"billing\",\"scope\":\"web:1f-3\",\"attempts\":2,"
            "\"bytes\":18}");
}

TEST_F(LetterCommands, AnEmptySpoolHasNone) {
    for (const auto& command : {list_letters({}), export_letters({}), count_letters({})}) {
        EXPECT_THAT(run(*command).lines, IsEmpty());
    }
    EXPECT_EQ(last_line(run(drop_letters({}))), R"({"dropped":0,"of":0})");
    EXPECT_EQ(last_line(run(requeue_letters(requeue()))), R"({"requeued":0,"of":0,"unreadable":0,"homeless":0})");
    EXPECT_EQ(last_line(run(rehearse_requeue(requeue()))), R"({"would_requeue":0,"of":0,"homeless":0,"to":{}})");
}

TEST_F(LetterCommands, TheFilterChooses) {
    const auto start_us = clock_.now_us();
    bury("0");
    bury("1", [](DeadLetter& letter) { letter.route = "mail"; });
    bury("2", [](DeadLetter& letter) { letter.why.reason = "attempts"; });
    bury("3", [](DeadLetter& letter) { letter.why.code = 500; });
    bury("4", [](DeadLetter& letter) { letter.consumer = "audit"; });
    const auto all = ids();
    const auto chosen = [&](spool::DeadLetterFilter filter) {
        std::vector<std::int64_t> ids;
        for (const auto& line : run(list_letters({{}, std::move(filter)})).lines)
            ids.push_back(line.at("id").as_int64());
        return ids;
    };
    EXPECT_EQ(chosen({}), all);
    EXPECT_THAT(chosen({.route = "mail"}), ElementsAre(all[1]));
    EXPECT_THAT(chosen({.reason = "attempts"}), ElementsAre(all[2]));
    EXPECT_THAT(chosen({.code = 500}), ElementsAre(all[3]));
    EXPECT_THAT(chosen({.consumer = "audit"}), ElementsAre(all[4]));
    EXPECT_THAT(chosen({.since_us = start_us + 3'000'000}), ElementsAre(all[3], all[4]));
    EXPECT_THAT(chosen({.route = "mail", .code = 500}), IsEmpty());
    const auto by_id = run(list_letters({{all[0], all[3]}, {}})).column("id");
    EXPECT_THAT(by_id, ElementsAre(std::to_string(all[0]), std::to_string(all[3])));
}

TEST_F(LetterCommands, ExportHasTheMessageAndEveryAttempt) {
    bury("hello");
    const Answer answer = run(export_letters({}));
    ASSERT_THAT(answer.lines, SizeIs(1));
    json::object line = answer.lines[0];
    const json::object about = line.at("dead_letter").as_object();
    EXPECT_EQ(about.at("version"), "1.2.3");
    EXPECT_EQ(about.at("hash"), "abcdef");
    EXPECT_EQ(about.at("external_id"), "order-1");
    EXPECT_EQ(json::serialize(about.at("history")),
              R"([{"attempt":1,"at":"2023-11-14T22:13:20.000Z","code":0,"text":"busy"},)"
              R"({"attempt":2,"at":"2023-11-14T22:13:21.000Z","code":422,"text":"no such order"}])");
    EXPECT_EQ(line.at("consumer"), "billing");
    line.erase("consumer");
    line.erase("dead_letter");
    const auto message = message_from_json(json::serialize(line));
    ASSERT_TRUE(message) << message.error().text;
    EXPECT_EQ(message->text(), "hello");
    EXPECT_EQ(message->adapter(), "web");
    EXPECT_EQ(message->scope(), "1f-3");
}

TEST_F(LetterCommands, WhatCannotBeReadIsExportedAsFarAsItCan) {
    bury("x", [](DeadLetter& letter) { letter.message.fields = "\x07"; });
    bury("y");
    store_->database().execute("UPDATE messages SET hops = 3 WHERE id = (SELECT max(id) FROM messages)");
    const Answer answer = run(export_letters({}));
    ASSERT_THAT(answer.lines, SizeIs(2));
    EXPECT_EQ(answer.lines[0].at("dead_letter").at("unreadable"), "it is damaged, and was put aside");
    EXPECT_EQ(answer.lines[1].at("dead_letter").at("unreadable"), "the event is not a millrace.v1.ChannelMessage");
    EXPECT_THAT(ids(), SizeIs(1));
}

TEST_F(LetterCommands, ExportIsBoundedInBytes) {
    for (int i = 0; i < 12; ++i) bury(std::string(1 << 20, 'x'));
    const Answer answer = run(export_letters({}));
    EXPECT_THAT(answer.lines, SizeIs(12));
    EXPECT_LT(answer.largest, 6u << 20);
}

TEST_F(LetterCommands, StatsAreByRouteReasonAndConsumer) {
    bury("a");
    bury("b");
    bury("c", [](DeadLetter& letter) { letter.why.reason = "attempts"; });
    const Answer answer = run(count_letters({}));
    ASSERT_THAT(answer.lines, SizeIs(2));
    EXPECT_EQ(json::serialize(answer.lines[0]),
              R"({"route":"orders","reason":"attempts","consumer":"billing","letters":1,"bytes":14,)"
              R"("oldest_at":"2023-11-14T22:13:23.000Z"})");
    EXPECT_EQ(answer.lines[1].at("letters"), 2);
    EXPECT_EQ(answer.lines[1].at("oldest_at"), "2023-11-14T22:13:21.000Z");
}

TEST_F(LetterCommands, DroppedLettersGoWithTheirMessages) {
    bury("0");
    bury("1", [](DeadLetter& letter) { letter.route = "mail"; });
    bury("2");
    const auto all = ids();
    EXPECT_EQ(last_line(run(drop_letters({{}, {.route = "mail"}}))), R"({"dropped":1,"of":1})");
    EXPECT_THAT(ids(), ElementsAre(all[0], all[2]));
    EXPECT_EQ(last_line(run(drop_letters({{all[2]}, {}}))), R"({"dropped":1,"of":1})");
    EXPECT_EQ(last_line(run(drop_letters({}))), R"({"dropped":1,"of":1})");
    EXPECT_EQ(store_->facts().totals.messages, 0);
    EXPECT_TRUE(verify_all(*store_).is_whole());
}

TEST_F(LetterCommands, AnIdThatThereIsNotStopsAllBeforeAnythingIsDone) {
    const auto id = bury("0");
    const LetterSelection selection{{id, id + 1000}, {}};
    const std::string missing = "there is no dead letter " + std::to_string(id + 1000);
    EXPECT_EQ(run(list_letters(selection)).error, missing);
    EXPECT_EQ(run(export_letters(selection)).error, missing);
    EXPECT_EQ(run(count_letters(selection)).error, missing);
    for (const auto& command :
         {drop_letters(selection), requeue_letters(requeue(selection)), rehearse_requeue(requeue(selection))}) {
        const Answer answer = run(*command);
        EXPECT_EQ(answer.error, missing + "; nothing was done");
        EXPECT_THAT(answer.lines, IsEmpty());
    }
    EXPECT_THAT(ids(), ElementsAre(id));
}

TEST_F(LetterCommands, RequeuedLettersAreDeliveriesAtTheEndOfTheirLane) {
    auto arrival = spool::make_arrival("first", {spool::make_lane("web:1f-3", "billing")});
    commit([&](spool::Store& store) {
        store.accept(arrival);
        store.remember("web", "order-1", {});
    });
    bury("0");
    bury("1");
    const Answer answer = run(requeue_letters(requeue()));
    EXPECT_EQ(last_line(answer), R"({"requeued":2,"of":2,"unreadable":0,"homeless":0})");
    EXPECT_THAT(answer.lanes, ElementsAre(arrival.to[0].lane.id)) << "it is told once";
    EXPECT_THAT(payloads(arrival.to[0].lane.id), ElementsAre("first", "0", "1"));
    EXPECT_THAT(ids(), IsEmpty());
    EXPECT_TRUE(verify_all(*store_).is_whole());
}

TEST_F(LetterCommands, RequeuedLettersCanGoToAnother) {
    bury("0");
    bury("1", [](DeadLetter& letter) { letter.consumer = "gone"; });
    Requeue asked = requeue();
    asked.to = "audit";
    EXPECT_EQ(last_line(run(rehearse_requeue(asked))), R"({"would_requeue":2,"of":2,"homeless":0,"to":{"audit":2}})");
    EXPECT_THAT(ids(), SizeIs(2)) << "a dry run moves nothing";
    const Answer answer = run(requeue_letters(asked));
    EXPECT_EQ(last_line(answer), R"({"requeued":2,"of":2,"unreadable":0,"homeless":0})");
    ASSERT_THAT(answer.lanes, SizeIs(1));
    EXPECT_THAT(payloads(answer.lanes[0]), ElementsAre("0", "1"));
    EXPECT_EQ(store_->busy_lanes(0, 10).at(0).lane.consumer, "audit");
}

TEST_F(LetterCommands, LettersOfConsumersThatThereAreNotStay) {
    bury("0");
    const auto lost = bury("1", [](DeadLetter& letter) { letter.consumer = "gone"; });
    const auto unmatched = bury("2", [](DeadLetter& letter) { letter.consumer.clear(); });
    EXPECT_EQ(last_line(run(rehearse_requeue(requeue()))),
              R"({"would_requeue":1,"of":3,"homeless":2,"to":{"billing":1}})");
    EXPECT_EQ(last_line(run(requeue_letters(requeue()))), R"({"requeued":1,"of":3,"unreadable":0,"homeless":2})");
    EXPECT_THAT(ids(), ElementsAre(lost, unmatched));
}

TEST_F(LetterCommands, TheLimitCountsTheOldest) {
    for (int i = 0; i < 5; ++i) bury(std::to_string(i));
    Requeue asked = requeue();
    asked.limit = 2;
    EXPECT_EQ(last_line(run(rehearse_requeue(asked))), R"({"would_requeue":2,"of":5,"homeless":0,"to":{"billing":2}})");
    const Answer answer = run(requeue_letters(asked));
    EXPECT_EQ(last_line(answer), R"({"requeued":2,"of":5,"unreadable":0,"homeless":0})");
    EXPECT_THAT(payloads(answer.lanes.at(0)), ElementsAre("0", "1"));
}

TEST_F(LetterCommands, ARateMakesSmallPortionsWithPauses) {
    for (int i = 0; i < 5; ++i) bury(std::to_string(i));
    Requeue asked = requeue();
    asked.rate = 20;
    const Answer answer = run(requeue_letters(asked));
    EXPECT_THAT(answer.column("requeued"), ElementsAre("2", "4", "5"));
    EXPECT_THAT(answer.pauses_us, ElementsAre(0, 0, 100'000, 100'000, 50'000));
}

TEST_F(LetterCommands, WhatDiesMeanwhileIsNotMet) {
    for (int i = 0; i < 101; ++i) bury(std::to_string(i));
    const auto command = requeue_letters(requeue());
    ASSERT_TRUE(run_portion(*store_, *command));  // Counts,
    const auto uncounted = bury("uncounted");
    ASSERT_TRUE(run_portion(*store_, *command));  // sees that there are no more,
    ASSERT_TRUE(run_portion(*store_, *command));  // and moves the first hundred.
    const auto late = bury("late");
    EXPECT_EQ(last_line(run(*command)), R"({"requeued":101,"of":101,"unreadable":0,"homeless":0})");
    EXPECT_THAT(ids(), ElementsAre(uncounted, late));
}

TEST_F(LetterCommands, ADamagedMessageIsNotRequeued) {
    bury("0");
    bury("1");
    store_->database().execute("UPDATE messages SET payload = x'00' WHERE id = (SELECT min(id) FROM messages)");
    const Answer answer = run(requeue_letters(requeue()));
    EXPECT_EQ(last_line(answer), R"({"requeued":1,"of":2,"unreadable":1,"homeless":0})");
    EXPECT_THAT(payloads(answer.lanes.at(0)), ElementsAre("1"));
}

TEST_F(LetterCommands, APortionThatIsUndoneIsDoneAgain) {
    for (int i = 0; i < 3; ++i) bury(std::to_string(i));
    const auto command = requeue_letters(requeue());
    ASSERT_TRUE(run_portion(*store_, *command));
    ASSERT_TRUE(run_portion(*store_, *command));
    store_->begin();
    command->run(*store_);
    store_->roll_back();
    const Answer answer = run(*command);
    EXPECT_EQ(last_line(answer), R"({"requeued":3,"of":3,"unreadable":0,"homeless":0})");
    EXPECT_THAT(payloads(answer.lanes.at(0)), ElementsAre("0", "1", "2"));
}

// Each command, in portions that hold nobody up, on as many as a bad night leaves.
TEST_F(LetterCommands, AreGoodFor40000) {
    constexpr std::uint64_t kLetters = 40'000;
    commit([&](spool::Store& store) {
        for (std::uint64_t i = 0; i < kLetters; ++i) {
            DeadLetter letter = testing::make_letter("order " + std::to_string(i), clock_.now_us());
            letter.scope = "web:" + std::to_string(i % 100);
            store.bury(letter);
        }
    });
    const auto timed = [&](const char* name, const std::unique_ptr<SpoolCommand>& command) {
        const auto began_us = system_clock().steady_us();
        Answer answer = run(*command);
        std::printf("%-8s %6.2f s in %4zu portions, at most %7zu bytes each\n", name,
                    static_cast<double>(system_clock().steady_us() - began_us) / 1e6, answer.pauses_us.size(),
                    answer.largest);
        EXPECT_LT(answer.largest, 1u << 20);
        return answer;
    };
    EXPECT_THAT(timed("list", list_letters({})).lines, SizeIs(kLetters));
    EXPECT_EQ(timed("stats", count_letters({})).lines.at(0).at("letters"), kLetters);
    EXPECT_THAT(timed("export", export_letters({})).lines, SizeIs(kLetters));
    Requeue half = requeue();
    half.limit = kLetters / 2;
    EXPECT_EQ(last_line(timed("requeue", requeue_letters(half))),
              R"({"requeued":20000,"of":40000,"unreadable":0,"homeless":0})");
    EXPECT_EQ(last_line(timed("drop", drop_letters({}))), R"({"dropped":20000,"of":20000})");
    EXPECT_EQ(store_->facts().totals.deliveries, 20'000);
}

}  // namespace
}  // namespace millrace::admin
