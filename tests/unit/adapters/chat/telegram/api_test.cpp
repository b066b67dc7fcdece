#include "adapters/chat/telegram/api.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::telegram {
namespace {

const Api api{"https://api.example", "123456:AAGg-TEST_token"};

HttpAnswer answered(int status, std::string body) {
    HttpAnswer http;
    http.reach = HttpAnswer::Reach::answered;
    http.status = status;
    http.body = std::move(body);
    return http;
}

TEST(TelegramApi, Request) {
    const HttpRequest request = to_request(api, {"sendMessage", "{}", false}, std::chrono::seconds(3));
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://api.example/bot123456:AAGg-TEST_token/sendMessage");
    EXPECT_EQ(request.body, "{}");
    EXPECT_EQ(find_header(request.headers, "Content-Type")->value, "application/json");
    EXPECT_EQ(request.secrets, (std::vector<std::string>{api.token, "AAGg-TEST_token"}));
    EXPECT_EQ(request.timeout, std::chrono::seconds(3));
    EXPECT_LE(request.connect_timeout, request.timeout);
    EXPECT_FALSE(request.is_idempotent);
    EXPECT_TRUE(to_request(api, {"getUpdates", "{}", true}, std::chrono::seconds(3)).is_idempotent);
}

TEST(TelegramApi, Answers) {
    using Reach = Reply::Reach;
    struct Row {
        int status;
        const char* body;
        Reach reach;
        int error;
        const char* text;
    };
    const Row rows[] = {
        {200, R"({"ok":true,"result":1})", Reach::answered, 0, ""},
        {400, R"({"ok":false,"error_code":400,"description":"Bad Request: chat not found"})", Reach::answered, 400,
         "the server has answered 400: Bad Request: chat not found"},
        {200, R"({"ok":false,"error_code":403,"description":"Forbidden"})", Reach::answered, 403,
         "the server has answered 403: Forbidden"},
        {429, R"({"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":3}})",
         Reach::answered, 429, "the server has answered 429: Too Many Requests"},
        {500, R"({"ok":false,"error_code":500,"description":"Internal"})", Reach::unknown, 0,
         "the server has answered 500: Internal"},
        {502, "<html>", Reach::unknown, 0, "the server has answered 502, and not as the Bot API does"},
        {200, "<html>", Reach::unknown, 0, "the server has answered 200, and not as the Bot API does"},
        {200, R"({"ok":false})", Reach::unknown, 0, "the server has answered 200, and not as the Bot API does"},
        {404, "", Reach::answered, 404, "the server has answered 404, and not as the Bot API does"},
        {302, "", Reach::answered, 302, "the server has answered 302, and not as the Bot API does"},
    };
    for (const Row& row : rows) {
        const Reply reply = reply_of(api, answered(row.status, row.body));
        EXPECT_EQ(reply.reach, row.reach) << row.body;
        EXPECT_EQ(reply.error(), row.error) << row.body;
        EXPECT_EQ(reply.text, row.text);
    }
}

TEST(TelegramApi, RetryAfterOfAProxy) {
    HttpAnswer http = answered(429, "slow down");
    http.retry_after = std::chrono::seconds(9);
    EXPECT_EQ(reply_of(api, http).answer.retry_after_s, 9);
}

TEST(TelegramApi, WithoutAnAnswer) {
    HttpAnswer http;
    http.text = "POST https://api.example: Could not resolve host";
    http.reach = HttpAnswer::Reach::not_sent;
    EXPECT_EQ(reply_of(api, http).reach, Reply::Reach::not_sent);
    EXPECT_EQ(reply_of(api, http).text, http.text);
    http.reach = HttpAnswer::Reach::unknown;
    EXPECT_EQ(reply_of(api, http).reach, Reply::Reach::unknown);
    http.reach = HttpAnswer::Reach::malformed;
    EXPECT_EQ(reply_of(api, http).reach, Reply::Reach::not_sent);
}

TEST(TelegramApi, TheTokenIsInNoText) {
    for (const std::string& form : {std::string("123456:AAGg-TEST_token"), std::string("AAGg-TEST_token"),
                                    std::string("123456%3AAAGg-TEST_token"), std::string("123456%3aAAGg-TEST_token")}) {
        HttpAnswer http;
        http.reach = HttpAnswer::Reach::unknown;
        http.text = "libcurl says https://api.example/bot" + form + "/getMe is bad";
        EXPECT_EQ(reply_of(api, http).text.find("AAGg"), std::string::npos) << form;
        const std::string body = R"({"ok":false,"error_code":400,"description":"no such bot)" + form + "\"}";
        EXPECT_EQ(reply_of(api, answered(400, body)).text.find("AAGg"), std::string::npos) << form;
    }
    std::string cut = R"({"ok":false,"error_code":400,"description":")" + std::string(290, 'x') + api.token + "\"}";
    EXPECT_EQ(reply_of(api, answered(400, cut)).text.find("AAGg"), std::string::npos) << "cut off within it";
}

TEST(TelegramApi, TextsAreForPeople) {
    const Reply reply = reply_of(api, answered(400, "{\"ok\":false,\"error_code\":400,\"description\":\"a\\nb\\u0007" +
                                                        std::string(1'000, 'x') + "\"}"));
    EXPECT_EQ(reply.text.find_first_of("\n\x07"), std::string::npos);
    EXPECT_LT(reply.text.size(), 400u);
}

}  // namespace
}  // namespace millrace::chat::telegram
