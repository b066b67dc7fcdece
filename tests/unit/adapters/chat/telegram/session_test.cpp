#include "adapters/chat/telegram/session.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace millrace::chat::telegram {
namespace {

namespace json = boost::json;
using Ids = std::vector<std::int64_t>;

// A session, the clock, and the server's part.
class TelegramSession : public ::testing::Test {
  protected:
    static SessionSettings settings() {
        SessionSettings settings;
        settings.allowed_updates = {"message"};
        settings.reconnect = {.initial_ms = 1'000, .max_ms = 8'000};
        return settings;
    }

    static Reply says(std::string_view result) {
        Reply reply{.reach = Reply::Reach::answered};
        reply.answer.is_ok = true;
        reply.answer.result = json::parse({result.data(), result.size()});
        return reply;
    }
    static Reply refuses(int code, std::string description = "no", std::optional<std::int64_t> retry_after_s = {}) {
        Reply reply{.reach = Reply::Reach::answered, .text = "the server has answered " + std::to_string(code)};
        reply.answer.error_code = code;
        reply.answer.description = std::move(description);
        reply.answer.retry_after_s = retry_after_s;
        return reply;
    }
    static Reply is_silent() { return {.reach = Reply::Reach::unknown, .text = "no answer"}; }

    static std::string updates(const Ids& ids) {
        json::array all;
        for (const std::int64_t id : ids) all.push_back({{"update_id", id}, {"message", {{"text", "x"}}}});
        return json::serialize(all);
    }
    // What is asked now: the method and, of a poll, offset and timeout. Empty: nothing.
    std::string asks() {
        const auto asking = session.ask(now_ms);
        if (!asking) return "";
        const json::object parameters = json::parse(asking->call.parameters).as_object();
        std::string text = asking->call.method;
        if (const auto* offset = parameters.if_contains("offset")) text += " " + json::serialize(*offset);
        if (const auto* timeout = parameters.if_contains("timeout")) text += " for " + json::serialize(*timeout);
        return text;
    }
    Ids takes(const Reply& reply) {
        Ids ids;
        kept.push_back(std::make_unique<Reply>(reply));
        for (const Update& update : session.take(*kept.back(), now_ms)) ids.push_back(update.id);
        return ids;
    }
    void greet() {
        ASSERT_EQ(asks(), "getMe");
        takes(says(R"({"id":99,"username":"mill_bot"})"));
    }
    void end(std::initializer_list<std::int64_t> ids) {
        for (const std::int64_t id : ids) session.ended(id, now_ms);
    }
    void later(std::int64_t ms) { now_ms += ms; }
    // When it asks, from now on; -1: never.
    std::int64_t wait() {
        const auto next = session.next_ms();
        return next ? std::max<std::int64_t>(*next - now_ms, 0) : -1;
    }

    Session session{settings(), 1};
    std::int64_t now_ms = 1'000'000;
    std::vector<std::unique_ptr<Reply>> kept;
};

TEST_F(TelegramSession, GreetsAndPolls) {
    EXPECT_EQ(session.trouble(), "not reached yet");
    EXPECT_EQ(asks(), "getMe");
    EXPECT_EQ(asks(), "") << "one at a time";
    takes(says(R"({"id":99,"username":"mill_bot"})"));
    EXPECT_EQ(session.id(), "99");
    EXPECT_EQ(session.username(), "mill_bot");
    EXPECT_EQ(session.trouble(), "");
    EXPECT_EQ(asks(), "getUpdates for 50");
    EXPECT_EQ(takes(says("[]")), Ids{});
    EXPECT_EQ(asks(), "getUpdates for 50") << "at once";
}

TEST_F(TelegramSession, TheCursorMovesBehindWhatHasEnded) {
    greet();
    asks();
    EXPECT_EQ(takes(says(updates({10, 11}))), (Ids{10, 11}));
    EXPECT_EQ(asks(), "");
    end({10, 11});
    EXPECT_EQ(asks(), "getUpdates 12 for 50");
}

TEST_F(TelegramSession, TheCursorStaysBeforeWhatHasNot) {
    greet();
    asks();
    takes(says(updates({10, 11, 12})));
    end({11, 12});
    EXPECT_EQ(wait(), Session::kAskAgainMs);
    later(wait());
    EXPECT_EQ(asks(), "getUpdates 10 for 0") << "what comes behind it is had without waiting";
    EXPECT_EQ(takes(says(updates({10, 11, 12, 13}))), Ids{13}) << "what is known is passed over";
    later(wait());
    EXPECT_EQ(asks(), "getUpdates 10 for 0");
    EXPECT_EQ(takes(says(updates({10, 11, 12, 13}))), Ids{});
    EXPECT_EQ(wait(), 2 * Session::kAskAgainMs) << "less often, where there is nothing new";
    end({10});
    later(wait());
    EXPECT_EQ(asks(), "getUpdates 13 for 0");
    takes(says(updates({13})));
    end({13});
    EXPECT_EQ(asks(), "getUpdates 14 for 50");
}

TEST_F(TelegramSession, NothingIsAskedWhereTooManyAreOpen) {
    greet();
    asks();
    Ids ids;
    for (std::int64_t id = 1; id <= 150; ++id) ids.push_back(id);
    EXPECT_EQ(takes(says(updates(ids))).size(), Session::kOpenMax);
    EXPECT_EQ(wait(), -1);
    end({2});
    EXPECT_EQ(wait(), -1);
    end({1});
    EXPECT_NE(wait(), -1);
    later(wait());
    EXPECT_EQ(asks(), "getUpdates 3 for 0");
    EXPECT_EQ(takes(says(updates({3, 4, 100, 101, 102, 103}))), (Ids{101, 102}));
}

TEST_F(TelegramSession, OneThatIsEndedTwiceOrNeverWasIsNothing) {
    greet();
    asks();
    takes(says(updates({10, 11})));
    end({10, 10, 9, 99});
    later(wait());
    EXPECT_EQ(asks(), "getUpdates 11 for 0");
}

TEST_F(TelegramSession, ASilentServerIsAskedAgainFromTheSamePlace) {
    greet();
    asks();
    takes(says(updates({10})));
    end({10});
    EXPECT_EQ(asks(), "getUpdates 11 for 50");
    EXPECT_EQ(takes(is_silent()), Ids{});
    EXPECT_EQ(session.trouble(), "no answer");
    EXPECT_GE(wait(), 500);
    EXPECT_LE(wait(), 1'000);
    later(wait());
    EXPECT_EQ(asks(), "getUpdates 11 for 50");
    takes(says("[]"));
    EXPECT_EQ(session.trouble(), "");
}

TEST_F(TelegramSession, ItWaitsLongerEachTime) {
    greet();
    std::int64_t longest = 0;
    for (int i = 0; i < 8; ++i) {
        later(wait());
        asks();
        takes(is_silent());
        EXPECT_GE(wait(), longest / 2);
        longest = std::max(longest, wait());
    }
    EXPECT_LE(longest, 8'000);
    EXPECT_GE(longest, 4'000);
}

TEST_F(TelegramSession, NowAndThenAFailureIsAFirstOne) {
    greet();
    for (int i = 0; i < 100; ++i) {
        for (int polls = 0; polls < 100; ++polls) {
            later(std::max<std::int64_t>(wait(), 100));
            asks();
            takes(says("[]"));
        }
        asks();
        takes(is_silent());
        ASSERT_LE(wait(), 1'000) << i;
    }
}

TEST_F(TelegramSession, AConflictIsExplained) {
    greet();
    asks();
    takes(refuses(409,
                  "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"));
    EXPECT_EQ(session.trouble().find("somebody else polls with this token"), 0u) << session.trouble();
    EXPECT_GE(wait(), 3'000);
    later(wait());
    asks();
    takes(refuses(409, "Conflict: can't use getUpdates method while webhook is active"));
    EXPECT_EQ(session.trouble().find("a webhook is set"), 0u) << session.trouble();
    EXPECT_EQ(session.conflicts(), 2u);
    EXPECT_FALSE(session.is_stopped());
}

TEST_F(TelegramSession, AWrongTokenIsTheEnd) {
    for (const int code : {401, 404}) {
        Session it(settings(), 1);
        EXPECT_TRUE(it.ask(now_ms));
        it.take(refuses(code, "Unauthorized"), now_ms);
        EXPECT_TRUE(it.is_stopped());
        EXPECT_EQ(it.next_ms(), std::nullopt);
        EXPECT_EQ(it.trouble().find("the server does not know the token"), 0u);
    }
}

TEST_F(TelegramSession, ATokenThatIsTakenBackIsTheEnd) {
    greet();
    asks();
    takes(refuses(401, "Unauthorized"));
    EXPECT_EQ(wait(), -1);
    EXPECT_EQ(session.farewell(), std::nullopt);
}

TEST_F(TelegramSession, ANotFoundThatIsNoWordOfTheApiIsNotTheEnd) {
    greet();
    asks();
    takes(refuses(404, ""));
    EXPECT_FALSE(session.is_stopped());
}

TEST_F(TelegramSession, RetryAfterIsObeyed) {
    greet();
    asks();
    takes(refuses(429, "Too Many Requests: retry after 7", 7));
    EXPECT_EQ(wait(), 7'000);
    later(wait());
    asks();
    takes(refuses(429, "Too Many Requests", INT64_MAX));
    EXPECT_EQ(wait(), 86'400'000);
}

TEST_F(TelegramSession, WrongShapesAreTriedAgainLater) {
    greet();
    for (const char* result : {"7", "null", "\"x\"", "{}", "[7]", "[[]]", "[{}]", R"([{"update_id":"7"}])",
                               R"([{"update_id":-1}])", R"([{"update_id":1.5}])", "[null, true]"}) {
        later(wait());
        asks();
        EXPECT_EQ(takes(says(result)), Ids{}) << result;
        EXPECT_GE(wait(), 500) << result;
        EXPECT_NE(session.trouble(), "") << result;
    }
    EXPECT_EQ(session.malformed(), 8u);
}

TEST_F(TelegramSession, OneWrongShapeSpoilsNoOther) {
    greet();
    asks();
    EXPECT_EQ(takes(says(R"([{"update_id":5,"message":7},{},{"update_id":6}])")), (Ids{5, 6}));
}

TEST_F(TelegramSession, AServerThatRepeatsItselfIsNotAskedInARush) {
    greet();
    asks();
    takes(says(updates({10})));
    end({10});
    asks();
    EXPECT_EQ(takes(says(updates({10}))), Ids{});
    EXPECT_GE(wait(), 500);
}

TEST_F(TelegramSession, AServerMayCountAnew) {
    greet();
    asks();
    takes(says(updates({900'000'000})));
    end({900'000'000});
    asks();
    EXPECT_EQ(takes(says(updates({17, 18}))), (Ids{17, 18}));
    end({17, 18});
    EXPECT_EQ(asks(), "getUpdates 19 for 50");
}

TEST_F(TelegramSession, FarewellTellsWhatHasEnded) {
    greet();
    EXPECT_EQ(session.farewell(), std::nullopt);
    asks();
    takes(says(updates({10, 11})));
    EXPECT_EQ(session.farewell(), std::nullopt) << "nothing has";
    end({10});
    EXPECT_EQ(session.farewell()->parameters, R"({"offset":11,"limit":1,"timeout":0})");
    later(wait());
    asks();
    takes(says(updates({11})));
    EXPECT_EQ(session.farewell(), std::nullopt) << "the server knows";
}

TEST_F(TelegramSession, ACancelledPollSaysNothing) {
    greet();
    asks();
    session.cancelled();
    EXPECT_EQ(session.trouble(), "");
    EXPECT_EQ(asks(), "getUpdates for 50");
}

TEST_F(TelegramSession, AnnouncesItsWebhook) {
    SessionSettings it = settings();
    it.polls = false;
    it.webhook_url = "https://bot.example/";
    it.webhook_secret = "s3";
    session = Session(it, 1);
    greet();
    EXPECT_FALSE(session.is_ready());
    const auto asking = session.ask(now_ms);
    ASSERT_TRUE(asking);
    EXPECT_EQ(asking->call.method, "setWebhook");
    EXPECT_EQ(asking->call.parameters,
              R"({"url":"https://bot.example/","secret_token":"s3","allowed_updates":["message"]})");
    takes(says("true"));
    EXPECT_TRUE(session.is_ready());
    EXPECT_EQ(session.trouble(), "");
    EXPECT_EQ(wait(), -1) << "it does not poll";
    EXPECT_EQ(session.farewell(), std::nullopt);
}

TEST_F(TelegramSession, LeavesTheWebhookToOthers) {
    SessionSettings it = settings();
    it.polls = false;
    session = Session(it, 1);
    greet();
    EXPECT_TRUE(session.is_ready());
    EXPECT_EQ(wait(), -1);
}

TEST_F(TelegramSession, ATokenOfNobodyIsTriedAgain) {
    asks();
    takes(says("true"));
    EXPECT_EQ(session.trouble(), "the server does not say whose token it is");
    EXPECT_FALSE(session.is_ready());
    EXPECT_NE(wait(), -1);
}

}  // namespace
}  // namespace millrace::chat::telegram
