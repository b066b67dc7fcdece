#include "adapters/chat/slack/session.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::chat::slack {
namespace {

constexpr std::int64_t kNow_s = 1'700'000'000;
const std::vector<std::string> secrets{"secret"};

class SlackSession : public testing::Test {
  protected:
    std::optional<Response> take(std::string_view body, std::string_view type = "application/json") {
        const std::string time = std::to_string(kNow_s);
        const std::string value = signature_.sign(time, body);
        return take(body, {{"Content-Type", type}, {"X-Slack-Request-Timestamp", time}, {"X-Slack-Signature", value}});
    }
    std::optional<Response> take(std::string_view body, const std::vector<http::Header>& headers) {
        return session().take(signature_, {.method = "POST", .target = "/", .headers = headers, .body = body}, kNow_s);
    }
    Session& session() { return takes_own_ ? of_all_ : session_; }
    static std::string event(std::string_view json) {
        return R"({"type":"event_callback","event_id":"Ev1","event":)" + std::string(json) + "}";
    }

    const Signature signature_ = *Signature::make(secrets);
    const Self self_{"U0", "B0", "T1", "Team", "millrace"};
    Session session_{self_, false};
    Session of_all_{self_, true};
    bool takes_own_ = false;
};

TEST_F(SlackSession, AnEventIsForTheGateway) {
    EXPECT_FALSE(take(event(R"({"type":"message","channel":"C1","user":"U1","text":"x","ts":"1.000001"})")));
    EXPECT_EQ(session_.event().channel, "C1");
}

TEST_F(SlackSession, TheChallengeIsAnswered) {
    const auto response = take(R"({"type":"url_verification","challenge":"3eZ\"x"})");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(response->body, R"({"challenge":"3eZ\"x"})");
    EXPECT_EQ(take(R"({"type":"url_verification"})")->status, 400u);
    EXPECT_EQ(take(R"({"type":"url_verification","challenge":")" + std::string(2000, 'x') + "\"}")->status, 400u);
}

TEST_F(SlackSession, WithoutASignatureNothingIsSaid) {
    const std::string body = R"({"type":"url_verification","challenge":"x"})";
    EXPECT_EQ(take(body, std::vector<http::Header>{{"Content-Type", "application/json"}})->status, 403u);
    EXPECT_EQ(take(body, {{"Content-Type", "application/json"},
                          {"X-Slack-Request-Timestamp", "1700000000"},
                          {"X-Slack-Signature", "v0=00"}})
                  ->status,
              403u);
}

TEST_F(SlackSession, SslCheckNeedsNone) {
    const std::vector<http::Header> headers{{"Content-Type", "application/x-www-form-urlencoded"}};
    const auto response = take("ssl_check=1&command=%2Fdeploy", headers);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200u);
    EXPECT_EQ(response->body, "");
    EXPECT_EQ(take("ssl_check=2", headers)->status, 403u);
}

TEST_F(SlackSession, WhatCannotBeReadIsNotToComeAgain) {
    const auto response = take("{");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200u);
    EXPECT_NE(response->reason, "");
    EXPECT_EQ(take(event("{}"))->status, 200u);
    EXPECT_EQ(session_.counts().unreadable, 2u);
    EXPECT_EQ(take(event(R"({"type":"team_join"})"))->status, 200u);
    EXPECT_EQ(session_.counts().ignored, 1u);
}

TEST_F(SlackSession, ItsOwnWordsAreNot) {
    const std::string own = event(R"({"type":"message","channel":"C1","bot_id":"B0","text":"x","ts":"1.000001"})");
    EXPECT_EQ(take(own)->status, 200u);
    EXPECT_EQ(session_.counts().mine, 1u);
    EXPECT_FALSE(take(event(R"({"type":"member_joined_channel","channel":"C1","user":"U0"})")));
    takes_own_ = true;
    EXPECT_FALSE(take(own));
}

TEST_F(SlackSession, UntilItIsKnownWhoTheGatewayIsEverythingComesAgain) {
    const Self nobody;
    Session session(nobody, false);
    const std::string time = std::to_string(kNow_s);
    for (const std::string& body :
         {event(R"({"type":"team_join"})"), event(R"({"type":"message","channel":"C1","text":"x","ts":"1.000001"})")}) {
        const std::string value = signature_.sign(time, body);
        const std::vector<http::Header> headers{
            {"Content-Type", "application/json"}, {"X-Slack-Request-Timestamp", time}, {"X-Slack-Signature", value}};
        const auto response =
            session.take(signature_, {.method = "POST", .target = "/", .headers = headers, .body = body}, kNow_s);
        ASSERT_TRUE(response);
        EXPECT_EQ(response->status, 503u);
    }
}

TEST_F(SlackSession, SlackKeepsEventsBack) {
    EXPECT_EQ(take(R"({"type":"app_rate_limited","minute_rate_limited":1518467820})")->status, 200u);
    EXPECT_TRUE(session_.was_limited());
    EXPECT_EQ(take(event("{}"))->status, 200u);
    EXPECT_FALSE(session_.was_limited());
}

TEST_F(SlackSession, TheKeyOfWhatHasNoneIsItsContent) {
    const std::string view = "payload=%7B%22type%22%3A%22shortcut%22%2C%22user%22%3A%7B%22id%22%3A%22U1%22%7D%7D";
    EXPECT_FALSE(take(view, "application/x-www-form-urlencoded"));
    const std::string key = session_.event().key;
    EXPECT_EQ(key.size(), 64u);
    EXPECT_FALSE(take(view, "application/x-www-form-urlencoded"));
    EXPECT_EQ(session_.event().key, key);
}

}  // namespace
}  // namespace millrace::chat::slack
