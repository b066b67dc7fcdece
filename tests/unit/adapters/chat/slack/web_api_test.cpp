#include "adapters/chat/slack/web_api.hpp"

#include <gtest/gtest.h>

#include "adapters/chat/slack/method_limits.hpp"

namespace millrace::chat::slack {
namespace {

HttpAnswer http(int status, std::string body, std::optional<std::chrono::seconds> retry_after = {}) {
    HttpAnswer answer;
    answer.reach = HttpAnswer::Reach::answered;
    answer.status = status;
    answer.body = std::move(body);
    answer.retry_after = retry_after;
    return answer;
}

TEST(SlackWebApi, ARequest) {
    const HttpRequest request =
        to_request({Method::post_message, {{"channel", "C1"}, {"text", "a&b ü"}}}, "https://slack.com/api", "xoxb-1");
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://slack.com/api/chat.postMessage");
    EXPECT_EQ(request.body, "channel=C1&text=a%26b%20%C3%BC");
    EXPECT_EQ(find_header(request.headers, "authorization")->value, "Bearer xoxb-1");
    EXPECT_FALSE(request.is_idempotent);
    EXPECT_EQ(request.secrets, std::vector<std::string>{"xoxb-1"});
    EXPECT_TRUE(to_request({Method::update, {}}, "https://slack.com/api", "t").is_idempotent);
}

TEST(SlackWebApi, NothingOfATokenLeavesToOtherUrls) {
    const HttpRequest request =
        to_request({.method = Method::response, .url = "https://hooks/secret", .body = "{}"}, "https://a", "xoxb-1");
    EXPECT_EQ(request.url, "https://hooks/secret");
    EXPECT_EQ(find_header(request.headers, "authorization"), nullptr);
    EXPECT_EQ(request.secrets, std::vector<std::string>{"https://hooks/secret"});
}

TEST(SlackWebApi, Answers) {
    struct Row {
        Method method;
        int status;
        const char* body;
        Fate fate;
        const char* error;
    };
    const Row rows[] = {
        {Method::post_message, 200, R"({"ok":true,"ts":"1.0"})", Fate::sent, ""},
        {Method::post_message, 200, R"({"ok":false,"error":"channel_not_found"})", Fate::rejected, "channel_not_found"},
        {Method::post_message, 200, R"({"ok":false,"error":"ratelimited"})", Fate::retry, "ratelimited"},
        {Method::post_message, 200, R"({"ok":false,"error":"service_unavailable"})", Fate::retry,
         "service_unavailable"},
        {Method::post_message, 200, R"({"ok":false,"error":"internal_error"})", Fate::unknown, "internal_error"},
        {Method::post_message, 200, R"({"ok":false,"error":"fatal_error"})", Fate::unknown, "fatal_error"},
        {Method::update, 200, R"({"ok":false,"error":"internal_error"})", Fate::retry, "internal_error"},
        {Method::post_message, 200, R"({"ok":false})", Fate::rejected, ""},
        {Method::post_message, 200, R"({"ok":"true"})", Fate::unknown, ""},
        {Method::post_message, 200, "[]", Fate::unknown, ""},
        {Method::post_message, 200, "<html>", Fate::unknown, ""},
        {Method::post_message, 200, "", Fate::unknown, ""},
        {Method::update, 200, "", Fate::retry, ""},
        {Method::post_message, 429, "", Fate::retry, ""},
        {Method::post_message, 503, "", Fate::retry, ""},
        {Method::post_message, 500, "", Fate::unknown, ""},
        {Method::update, 500, "", Fate::retry, ""},
        {Method::post_message, 404, "", Fate::rejected, ""},
        {Method::post_message, 302, "", Fate::rejected, ""},
        {Method::add_reaction, 200, R"({"ok":false,"error":"already_reacted"})", Fate::sent, "already_reacted"},
        {Method::remove_reaction, 200, R"({"ok":false,"error":"no_reaction"})", Fate::sent, "no_reaction"},
        {Method::add_reaction, 200, R"({"ok":false,"error":"no_reaction"})", Fate::rejected, "no_reaction"},
        {Method::erase, 200, R"({"ok":false,"error":"message_not_found"})", Fate::sent, "message_not_found"},
        {Method::update, 200, R"({"ok":false,"error":"message_not_found"})", Fate::rejected, "message_not_found"},
        {Method::upload, 200, "OK - 5", Fate::sent, ""},
        {Method::upload, 500, "", Fate::retry, ""},
        {Method::response, 200, "ok", Fate::sent, ""},
        {Method::response, 200, R"({"ok":false,"error":"expired_url"})", Fate::rejected, "expired_url"},
        {Method::response, 404, "expired_url", Fate::rejected, ""},
    };
    for (const Row& row : rows) {
        const ApiAnswer answer = answer_of(row.method, http(row.status, row.body));
        EXPECT_EQ(answer.fate, row.fate) << info_of(row.method).name << " " << row.status << " " << row.body;
        EXPECT_EQ(answer.error, row.error) << row.body;
        EXPECT_EQ(answer.text.empty(), row.fate == Fate::sent) << row.body;
        EXPECT_FALSE(answer.is_of_account);
    }
}

TEST(SlackWebApi, Waits) {
    const ApiAnswer answer = answer_of(Method::post_message, http(429, "{}", std::chrono::seconds(30)));
    EXPECT_EQ(answer.wait_ms, 30'000);
    EXPECT_TRUE(answer.is_limited);
    EXPECT_TRUE(answer_of(Method::update, http(200, R"({"ok":false,"error":"ratelimited"})")).is_limited);
    EXPECT_FALSE(answer_of(Method::update, http(503, "", std::chrono::seconds(1))).is_limited);
}

TEST(SlackWebApi, WhatIsOfTheAccount) {
    for (const char* error : {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
                              "user_removed_from_team", "team_disabled"}) {
        const ApiAnswer answer =
            answer_of(Method::post_message, http(200, R"({"ok":false,"error":")" + std::string(error) + "\"}"));
        EXPECT_TRUE(answer.is_of_account) << error;
        EXPECT_EQ(answer.fate, Fate::rejected) << error;
    }
    for (const char* error : {"", "missing_scope", "not_in_channel", "auth", "invalid_auth not_authed"})
        EXPECT_FALSE(is_of_account(error)) << error;
}

TEST(SlackWebApi, WhatIsForGood) {
    const auto is_final = [](const std::string& error, int status = 200) {
        const std::string body = R"({"ok":false,"error":")" + error + R"("})";
        return answer_of(Method::connections_open, http(status, body)).is_final;
    };
    for (const char* error :
         {"not_authed", "invalid_auth", "account_inactive", "user_removed_from_team", "team_disabled", "token_revoked",
          "token_expired", "missing_scope", "not_allowed_token_type"})
        EXPECT_TRUE(is_final(error)) << error;
    for (const char* error : {"", "org_login_required", "team_added_to_org", "enterprise_is_restricted", "ratelimited",
                              "internal_error", "some_new_error"})
        EXPECT_FALSE(is_final(error)) << error;
    EXPECT_FALSE(is_final("invalid_auth", 503));
    EXPECT_TRUE(is_of_account("org_login_required"));
}

TEST(SlackWebApi, WithoutAnAnswer) {
    HttpAnswer lost;
    lost.text = "POST https://slack.com: it ended";
    lost.reach = HttpAnswer::Reach::unknown;
    EXPECT_EQ(answer_of(Method::post_message, lost).fate, Fate::unknown);
    EXPECT_EQ(answer_of(Method::update, lost).fate, Fate::retry);
    lost.reach = HttpAnswer::Reach::not_sent;
    EXPECT_EQ(answer_of(Method::post_message, lost).fate, Fate::retry);
    EXPECT_EQ(answer_of(Method::post_message, lost).text, lost.text);
}

TEST(SlackWebApi, AnErrorIsAWord) {
    const std::string body = R"({"ok":false,"error":"a\nb)" + std::string(100, 'c') + "\"}";
    const std::string error = answer_of(Method::post_message, http(200, body)).error;
    EXPECT_EQ(error.find('\n'), std::string::npos);
    EXPECT_LE(error.size(), 70u);
}

TEST(SlackMethodLimits, TiersAndWaits) {
    MethodLimits limits(60, 0);
    for (int i = 0; i < 10; ++i) {
        EXPECT_LE(limits.ready_at(Method::post_message, 0), 0);
        limits.take(Method::post_message);
    }
    EXPECT_EQ(limits.ready_at(Method::post_message, 0), 1'000);
    EXPECT_LE(limits.ready_at(Method::update, 0), 0);
    limits.hold(Method::update, 30'000);
    EXPECT_EQ(limits.ready_at(Method::update, 100), 30'000);
    EXPECT_LE(limits.ready_at(Method::erase, 100), 100);
    EXPECT_LE(limits.ready_at(Method::upload, 100), 100);
}

}  // namespace
}  // namespace millrace::chat::slack
