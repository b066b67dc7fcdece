#include "adapters/chat/slack/catch_up.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/chat/slack/timestamp.hpp"

namespace millrace::chat::slack {
namespace {

using Strings = std::vector<std::string>;

class SlackCatchUp : public testing::Test {
  protected:
    SlackCatchUp() {
        for (const char* room : {"C1", "C2", "C3", "C4"}) {
            cursors_.begin(room, 100, 0);
            cursors_.end(room, 100, 0);
        }
    }
    void want(const std::string& room, std::int64_t at_ms = 0, bool if_owed = false) {
        EXPECT_TRUE(catch_up_.want(room, at_ms, if_owed));
        catch_up_.tick(0);
    }
    // Which rooms are asked.
    Strings asked(std::int64_t now_ms) {
        catch_up_.tick(now_ms);
        Strings asked;
        while (const auto asking = catch_up_.next(now_ms)) asked.push_back(asking->room);
        return asked;
    }
    std::optional<CatchUp::Found> take(const std::string& room, std::string_view body, std::int64_t now_ms = 0) {
        ApiAnswer answer{.fate = Fate::sent};
        answer.body = boost::json::parse({body.data(), body.size()});
        return catch_up_.take(room, answer, now_ms);
    }
    std::optional<CatchUp::Found> fail(const std::string& room, Fate fate, const std::string& error,
                                       std::int64_t now_ms, std::int64_t wait_ms = 0) {
        ApiAnswer answer{.fate = fate, .error = error, .text = "Slack: " + error};
        answer.wait_ms = wait_ms;
        answer.is_limited = wait_ms != 0;
        return catch_up_.take(room, answer, now_ms);
    }

    Ledger ledger_;
    Cursors cursors_{ledger_};
    MethodLimits limits_{60, 0};
    CatchUp catch_up_{cursors_, limits_};
};

constexpr const char* kNothing = R"({"ok":true,"messages":[]})";

TEST_F(SlackCatchUp, ARoomIsAskedAndFound) {
    want("C1");
    EXPECT_TRUE(catch_up_.holds("C1"));
    EXPECT_FALSE(catch_up_.holds("C2"));
    EXPECT_EQ(asked(0), (Strings{"C1"}));
    const auto found = take("C1", R"({"messages":[{"ts":"2.000000"},{"ts":"1.000000"}]})");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->room, "C1");
    EXPECT_EQ(found->messages.size(), 2u);
    EXPECT_EQ(found->until_us, 2'000'000u);
    EXPECT_EQ(found->failure, "");
    EXPECT_FALSE(catch_up_.holds("C1"));
    EXPECT_TRUE(catch_up_.is_idle());
    EXPECT_FALSE(take("C1", kNothing));  // Nobody has asked.
}

TEST_F(SlackCatchUp, WhatIsWantedLaterIsAskedOnceMore) {
    want("C1");
    want("C1", 60'000);  // While it waits,
    EXPECT_EQ(asked(0), (Strings{"C1"}));
    want("C1", 70'000);  // and while it is asked.
    EXPECT_TRUE(take("C1", kNothing));
    EXPECT_EQ(asked(69'999), Strings{});
    EXPECT_EQ(asked(70'000), (Strings{"C1"}));
    EXPECT_TRUE(take("C1", kNothing));
    EXPECT_TRUE(catch_up_.is_idle());
}

TEST_F(SlackCatchUp, ARoomThatIsForgottenWhileItWaitsIsNotAsked) {
    want("C1");
    cursors_.forget("C1");
    EXPECT_EQ(asked(0), Strings{});
    EXPECT_TRUE(catch_up_.is_idle());
}

TEST_F(SlackCatchUp, OfARoomWithoutACursorNothingIsAsked) {
    EXPECT_FALSE(catch_up_.want("C9", 0, false));
    EXPECT_EQ(asked(0), Strings{});
}

TEST_F(SlackCatchUp, TwoAtATime) {
    for (const char* room : {"C1", "C2", "C3"}) want(room);
    EXPECT_EQ(asked(0), (Strings{"C1", "C2"}));
    EXPECT_TRUE(catch_up_.holds("C3"));
    EXPECT_TRUE(take("C2", kNothing));
    EXPECT_EQ(asked(0), (Strings{"C3"}));
}

TEST_F(SlackCatchUp, WhereSomebodyTalksIsAskedFirst) {
    for (const char* room : {"C1", "C2", "C3", "C4"}) want(room);
    EXPECT_EQ(asked(0), (Strings{"C1", "C2"}));
    EXPECT_TRUE(catch_up_.holds("C4"));
    EXPECT_TRUE(catch_up_.holds("C4"));
    EXPECT_TRUE(take("C1", kNothing));
    EXPECT_TRUE(take("C2", kNothing));
    EXPECT_EQ(asked(0), (Strings{"C4", "C3"}));
}

TEST_F(SlackCatchUp, NotBeforeItsTime) {
    want("C1", 500);
    EXPECT_FALSE(catch_up_.holds("C1"));
    EXPECT_EQ(asked(499), Strings{});
    want("C1", 800);
    EXPECT_EQ(asked(799), Strings{});
    EXPECT_EQ(asked(800), (Strings{"C1"}));
}

TEST_F(SlackCatchUp, WhatIsOwedIsAskedForUnlessItComes) {
    cursors_.begin("C1", 200, 0);
    cursors_.put_off("C1", 200);
    cursors_.begin("C2", 200, 0);
    cursors_.put_off("C2", 200);
    want("C1", 500, true);
    want("C2", 500, true);
    cursors_.begin("C2", 200, 0);
    EXPECT_EQ(asked(499), Strings{});
    EXPECT_EQ(asked(500), (Strings{"C1"}));
    EXPECT_FALSE(catch_up_.holds("C2"));
}

TEST_F(SlackCatchUp, WhatIsWantedInAnyCaseIsNotForgotten) {
    want("C1", 300, true);
    want("C1", 500, false);
    want("C1", 400, true);
    EXPECT_EQ(asked(499), Strings{});
    EXPECT_EQ(asked(500), (Strings{"C1"}));
}

TEST_F(SlackCatchUp, FailuresAreTriedAgain) {
    want("C1");
    want("C2");
    EXPECT_EQ(asked(0), (Strings{"C1", "C2"}));
    EXPECT_FALSE(fail("C1", Fate::retry, "ratelimited", 0, 30'000));
    EXPECT_FALSE(fail("C2", Fate::retry, "internal_error", 0));
    EXPECT_EQ(asked(29'999), Strings{});  // The method may not be called.
    EXPECT_EQ(asked(30'000), (Strings{"C1", "C2"}));
    EXPECT_TRUE(catch_up_.holds("C1"));
    EXPECT_TRUE(take("C1", kNothing, 30'000));
    catch_up_.cancelled("C2", 30'100);
    EXPECT_EQ(asked(30'099), Strings{});
    EXPECT_EQ(asked(30'100), (Strings{"C2"}));
}

TEST_F(SlackCatchUp, WhatCannotBeHadIsGivenUp) {
    for (const char* room : {"C1", "C2", "C3"}) want(room);
    EXPECT_EQ(asked(0), (Strings{"C1", "C2"}));
    const auto refused = fail("C1", Fate::rejected, "missing_scope", 0);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->failure, "Slack: missing_scope");
    EXPECT_FALSE(refused->is_gone);
    const auto hopeless = fail("C2", Fate::retry, "ratelimited", 0, CatchUp::kTriedForMs + 1);
    ASSERT_TRUE(hopeless);
    EXPECT_EQ(hopeless->failure, "Slack: ratelimited");
    EXPECT_EQ(asked(CatchUp::kTriedForMs + 1), (Strings{"C3"}));
    const auto gone = fail("C3", Fate::rejected, "channel_not_found", 0);
    ASSERT_TRUE(gone);
    EXPECT_TRUE(gone->is_gone);
    EXPECT_TRUE(catch_up_.is_idle());
}

TEST_F(SlackCatchUp, FromWhereTheCursorStandsWhenItsTurnComes) {
    want("C1", 500);
    cursors_.begin("C1", 9'000'000, 0);
    cursors_.end("C1", 9'000'000, 0);
    EXPECT_EQ(asked(500), (Strings{"C1"}));
    const auto found = take("C1", R"({"messages":[{"ts":"9.500000"},{"ts":"9.000000"},{"ts":"8.000000"}]})");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->messages.size(), 1u);
}

}  // namespace
}  // namespace millrace::chat::slack
