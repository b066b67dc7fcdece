#include "gateway/admin/spool_commands.hpp"

#include "tests/unit/gateway/admin/letters_fixture.hpp"

namespace millrace::admin {
namespace {

namespace json = boost::json;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SpoolCommands : public LettersTest {
  protected:
    Answer ask(const char* command, bool is_at_rest = true) {
        auto read = read_spool_request({{"do", "spool"}, {"command", command}}, is_at_rest);
        EXPECT_TRUE(read);
        return run(**read);
    }

    spool::Arrival accept(const std::string& payload, const std::string& scope) {
        auto arrival = spool::make_arrival(payload, {spool::make_lane(scope)});
        commit([&](spool::Store& store) { store.accept(arrival); });
        return arrival;
    }
};

TEST_F(SpoolCommands, AreThree) {
    for (const json::object& request :
         {json::object{}, json::object{{"command", "rm"}}, json::object{{"command", 7}}}) {
        const auto command = read_spool_request(request, true);
        ASSERT_FALSE(command);
        EXPECT_EQ(command.error().text, "spool has the commands 'ls', 'stats' and 'verify'");
    }
}

TEST_F(SpoolCommands, LsShowsWhoWaitsForWhat) {
    EXPECT_THAT(ask("ls").lines, IsEmpty());
    const auto first = accept("0", "web:a");
    accept("1", "web:a");
    accept("2", "web:b");
    spool::Conclusion conclusion;
    conclusion.lane = first.to[0].lane.id;
    conclusion.endings = {spool::make_ending(first.to[0].position, spool::Ending::Kind::retry)};
    conclusion.endings[0].due_us = clock_.now_us() + 5'000'000;
    conclusion.timers = {{"late", clock_.now_us(), 0}};
    commit([&](spool::Store& store) { store.conclude(conclusion); });
    const Answer answer = ask("ls");
    ASSERT_THAT(answer.lines, SizeIs(2));
    EXPECT_EQ(json::serialize(answer.lines[0]),
              "{\"lane\":" + std::to_string(conclusion.lane) +
                  R"(,"consumer":"echo","scope":"web:a","waiting":2,"has_more":false,"attempt":2,)"
                  R"("due_at":"2023-11-14T22:13:26.000Z","timers":1})");
    EXPECT_EQ(answer.lines[1].at("scope"), "web:b");
    EXPECT_FALSE(answer.lines[1].contains("due_at"));
}

TEST_F(SpoolCommands, LsLeavesADamagedLaneWhereItIs) {
    accept("0", "web:a");
    store_->database().execute("UPDATE lanes SET seq = 77");
    for (int i = 0; i < 2; ++i) {
        const Answer answer = ask("ls");
        ASSERT_THAT(answer.lines, SizeIs(1));
        EXPECT_EQ(answer.lines[0].at("consumer"), "");
        EXPECT_EQ(answer.lines[0].at("waiting"), 1);
    }
    EXPECT_EQ(store_->damage().count(), 0);
}

TEST_F(SpoolCommands, LsCountsSoFarAndGoesOverAllLanes) {
    commit([](spool::Store& store) {
        for (int i = 0; i < 1001; ++i) {
            auto arrival = spool::make_arrival("x", {spool::make_lane("web:busy")});
            store.accept(arrival);
        }
        for (int i = 0; i < 64; ++i) {
            auto arrival = spool::make_arrival("x", {spool::make_lane("web:" + std::to_string(i))});
            store.accept(arrival);
        }
    });
    const Answer answer = ask("ls");
    ASSERT_THAT(answer.lines, SizeIs(65));
    EXPECT_EQ(answer.lines[0].at("waiting"), 1000);
    EXPECT_EQ(answer.lines[0].at("has_more"), true);
    EXPECT_EQ(answer.lines[64].at("scope"), "web:63");
    EXPECT_EQ(answer.lines[64].at("has_more"), false);
}

TEST_F(SpoolCommands, StatsAreTheTotalsAndTheDamage) {
    accept("1234", "web:a");
    bury("5");
    commit([&](spool::Store& store) { store.damage().add(clock_.now_us(), "message 7: its checksum is wrong"); });
    const Answer answer = ask("stats");
    ASSERT_THAT(answer.lines, SizeIs(2));
    EXPECT_EQ(json::serialize(answer.lines[0]),
              R"({"messages":2,"bytes":24,"deliveries":1,"letters":1,"letter_bytes":14,"commands":0,"external_ids":0,)"
              R"("commits":3,"damaged":1,"oldest_at":"2023-11-14T22:13:20.000Z"})");
    EXPECT_EQ(json::serialize(answer.lines[1]),
              R"({"damage":"message 7: its checksum is wrong","at":"2023-11-14T22:13:22.000Z"})");
}

TEST_F(SpoolCommands, VerifyCountsWhatIsWhole) {
    for (int i = 0; i < 100; ++i) accept("x", "web:a");
    bury("y");
    EXPECT_EQ(json::serialize(ask("verify").lines.at(0)),
              R"({"messages":101,"deliveries":100,"letters":1,"commands":0,"wrong":0,"at_rest":true})");
    EXPECT_EQ(ask("verify", false).lines.at(0).at("at_rest"), false);
}

TEST_F(SpoolCommands, VerifyNamesWhatIsWrongAndLeavesItThere) {
    struct Case {
        const char* change;
        const char* finding;
        bool only_at_rest;
    };
    const Case cases[] = {
        {"UPDATE messages SET payload = x'00' WHERE id = (SELECT min(id) FROM messages)", "message .*checksum", false},
        {"UPDATE deliveries SET attempt = 9", "delivery .*damaged", false},
        {"UPDATE deliveries SET message = 77", "delivery .*damaged", false},
        {"DELETE FROM deliveries", "message .*on its way to nobody", false},
        {"DELETE FROM messages WHERE id IN (SELECT message FROM deliveries)", "delivery .*has no message", false},
        {"UPDATE dead_letters SET route = x'00'", "dead letter .*checksum", false},
        {"DELETE FROM messages WHERE id IN (SELECT message FROM dead_letters)", "dead letter .*has no message", false},
        {"INSERT INTO outbox VALUES (1000, 1, x'00', 0, x'00', 0)", "command 1000 .*checksum", false},
        {"UPDATE lanes SET state = x'00'", "lane .*checksum", false},
        {"INSERT INTO timers VALUES ((SELECT min(id) FROM lanes), x'00', 5, 0, 0)", "timer .*checksum", false},
        {"INSERT INTO duplicates VALUES (1000, x'00', 0, 0, 0, x'00', 0)", "external ids are found", true},
    };
    accept("x", "web:a");
    bury("y");
    for (const auto& [change, finding, only_at_rest] : cases) {
        SCOPED_TRACE(change);
        store_->begin();
        store_->database().execute(change);
        ASSERT_FALSE(store_->database().fault());
        for (const bool is_at_rest : {true, false}) {
            auto command = read_spool_request({{"do", "spool"}, {"command", "verify"}}, is_at_rest);
            Answer answer;
            for (bool is_last = false; !is_last;) {
                (*command)->run(*store_);
                const Portion portion = (*command)->committed();
                add_lines(answer, portion.lines);
                is_last = portion.is_last;
            }
            if (only_at_rest && !is_at_rest) {
                EXPECT_EQ(answer.lines.back().at("wrong"), 0);
                continue;
            }
            EXPECT_NE(answer.lines.back().at("wrong"), 0);
            std::string findings;
            for (const auto& line : answer.lines) findings += json::serialize(line) + "\n";
            EXPECT_THAT(findings, ::testing::ContainsRegex(finding));
            EXPECT_EQ(store_->damage().count(), 0) << "looking changes nothing";
        }
        store_->roll_back();
    }
    EXPECT_EQ(ask("verify").lines.back().at("wrong"), 0);
}

}  // namespace
}  // namespace millrace::admin
