#include "adapters/chat/slack/config.hpp"

#include <gtest/gtest.h>

#include "tests/support/read_settings.hpp"

namespace millrace::chat::slack {
namespace {

using Errors = std::vector<std::string>;

using Read = test::ReadSettings<Settings>;

TEST(SlackConfig, Events) {
    const Read it(R"({"bot_token":"xoxb-1","events":{"listen":"127.0.0.1:0","signing_secret":"s"}})");
    EXPECT_EQ(it.errors, Errors{});
    EXPECT_EQ(it.settings->events->path, "/slack/events");
    EXPECT_EQ(it.settings->events->endpoints.size(), 1u);
    EXPECT_EQ(it.settings->events->limits().answer_ms, 2'600);
    EXPECT_TRUE(it.settings->signature);
    EXPECT_FALSE(it.settings->dialing);
    EXPECT_EQ(it.settings->network, "slack");
    EXPECT_EQ(it.settings->api_url, "https://slack.com/api");
    EXPECT_FALSE(it.settings->takes_own);
    EXPECT_EQ(it.settings->send.burst, 4u);
    EXPECT_EQ(it.settings->send.interval, std::chrono::seconds(1));
    EXPECT_EQ(it.settings->send.per_minute, 300u);
}

TEST(SlackConfig, Socket) {
    const Read it(R"({"bot_token":"xoxb-1","socket":{"app_token":"xapp-1"},"api_url":"http://127.0.0.1:1/api/"})");
    EXPECT_EQ(it.errors, Errors{});
    EXPECT_FALSE(it.settings->events);
    EXPECT_EQ(it.settings->socket->connections, 1u);
    EXPECT_TRUE(it.settings->dialing);
    EXPECT_EQ(it.settings->api_url, "http://127.0.0.1:1/api");
}

TEST(SlackConfig, WrongKeys) {
    struct Row {
        const char* json;
        Errors errors;
    };
    const std::string_view good = R"("socket":{"app_token":"xapp-1"})";
    const Row rows[] = {
        {R"({"bot_token":"x"})", {": what happens comes by `events` or by `socket`: one of them, not both"}},
        {R"({"bot_token":"x","socket":{"app_token":"a"},"events":{"listen":"127.0.0.1:0","signing_secret":"s"}})",
         {": what happens comes by `events` or by `socket`: one of them, not both"}},
        {R"({"bot_token":"x y","socket":{"app_token":"a"}})", {"bot_token: it is no token"}},
        {R"({"bot_token":"","socket":{"app_token":"a"}})", {"bot_token: it is no token"}},
        {R"({"bot_token":"x","socket":{"app_token":"a\nb"}})", {"socket.app_token: it is no token"}},
        {R"({"bot_token":"x","socket":{"app_token":"a","reconnect":{"initial":"2m"}}})",
         {"socket.reconnect: the first wait, `initial`, is longer than the longest, `max`"}},
        {R"({"bot_token":"x","events":{"listen":"127.0.0.1:0","signing_secret":""}})",
         {"events.signing_secret: a secret of nobody's: it is empty"}},
        {R"({"bot_token":"x","events":{"listen":"127.0.0.1:0","signing_secret":"s","next_signing_secret":""}})",
         {"events.signing_secret: a secret of nobody's: it is empty"}},
        {R"({"bot_token":"x","events":{"listen":"127.0.0.1:0","signing_secret":"s","path":"slack"}})",
         {"events.path: `slack` is no path such as /slack/events"}},
        {R"({"bot_token":"x","events":{"listen":"127.0.0.1:0","signing_secret":"s","path":"/a?b"}})",
         {"events.path: `/a?b` is no path such as /slack/events"}},
    };
    for (const Row& row : rows) EXPECT_EQ(Read(row.json).errors, row.errors) << row.json;
    for (const char* url :
         {"slack.com/api", "ftp://slack.com", "https://", "https://u:p@slack.com/api", "https://h/?a=b"}) {
        const Read it(R"({"bot_token":"x",)" + std::string(good) + R"(,"api_url":")" + url + "\"}");
        EXPECT_EQ(it.errors, (Errors{"api_url: it is no URL such as https://slack.com/api"})) << url;
    }
}

TEST(SlackConfig, NoErrorShowsASecret) {
    for (const char* json : {R"({"bot_token":"xoxb s3cret","socket":{"app_token":"s3cret\n"}})",
                             R"({"bot_token":"x","events":{"listen":"x","signing_secret":"s3cret"}})"}) {
        for (const std::string& error : Read(json).errors) EXPECT_EQ(error.find("s3cret"), std::string::npos) << error;
    }
}

}  // namespace
}  // namespace millrace::chat::slack
