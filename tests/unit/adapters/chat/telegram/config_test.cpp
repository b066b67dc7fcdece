#include "adapters/chat/telegram/config.hpp"

#include <gtest/gtest.h>

#include "tests/support/read_settings.hpp"

namespace millrace::chat::telegram {
namespace {

using Errors = std::vector<std::string>;

struct Read : test::ReadSettings<Settings> {
    using ReadSettings::ReadSettings;
    // With a token, and what is in these braces.
    static Read with(std::string_view json) { return Read(R"({"token":"123:AB_c-d",)" + std::string(json.substr(1))); }
};

TEST(TelegramConfig, Defaults) {
    const Read it(R"({"token":"123:AB_c-d"})");
    EXPECT_EQ(it.errors, Errors{});
    EXPECT_EQ(it.settings->api.base_url, "https://api.telegram.org");
    EXPECT_EQ(it.settings->bot_id(), "123");
    EXPECT_EQ(it.settings->network, "telegram");
    const SessionSettings session = it.settings->session(7);
    EXPECT_TRUE(session.polls);
    EXPECT_EQ(session.cursor, 7);
    EXPECT_EQ(session.poll_timeout_s, 50);
    EXPECT_EQ(session.allowed_updates.size(), 8u);
    EXPECT_EQ(session.reconnect.initial_ms, 1'000);
    EXPECT_EQ(it.settings->pace.account_per_s, 30);
    EXPECT_EQ(it.settings->pace.chat_per_s, 1);
    EXPECT_EQ(it.settings->pace.group_per_min, 20);
}

TEST(TelegramConfig, AWebhook) {
    const Read it = Read::with(
        R"({"api":"http://127.0.0.1:9/","allowed_updates":["message"],"webhook":{
            "listen":"127.0.0.1:0","secret":"s-3_","path":"/hook","public_url":"https://bot.example/hook"}})");
    EXPECT_EQ(it.errors, Errors{});
    EXPECT_EQ(it.settings->api.base_url, "http://127.0.0.1:9");
    const SessionSettings session = it.settings->session(0);
    EXPECT_FALSE(session.polls);
    EXPECT_EQ(session.webhook_url, "https://bot.example/hook");
    EXPECT_EQ(session.webhook_secret, "s-3_");
    EXPECT_EQ(session.allowed_updates, Errors{"message"});
}

TEST(TelegramConfig, WhatIsWrong) {
    const std::pair<const char*, Errors> rows[] = {
        {R"({})", {"token: there is none: BotFather gives one"}},
        {R"({"token":"123"})", {"token: it is none: it needs the bot's number, a colon and more"}},
        {R"({"token":":x"})", {"token: it is none: it needs the bot's number, a colon and more"}},
        {R"({"token":"123:"})", {"token: it is none: it needs the bot's number, a colon and more"}},
        {R"({"token":"12a:x"})", {"token: it is none: it needs the bot's number, a colon and more"}},
        {R"({"token":"123:x/../y"})", {"token: it is none: it needs the bot's number, a colon and more"}},
        {R"({"token":"1:x","api":"ftp://h"})", {"api: `ftp://h` is no URL such as https://api.telegram.org"}},
        {R"({"token":"1:x","api":"https://u:p@h"})",
         {"api: `https://u:p@h` is no URL such as https://api.telegram.org"}},
        {R"({"token":"1:x","api":"https://h/?q"})", {"api: `https://h/?q` is no URL such as https://api.telegram.org"}},
        {R"({"token":"1:x","allowed_updates":["poll"]})", {"allowed_updates: `poll` is none that is spoken of here"}},
        {R"({"token":"1:x","webhook":{"listen":"127.0.0.1:0"}})",
         {"webhook.secret: there is none, and so anybody could send updates"}},
        {R"({"token":"1:x","webhook":{"listen":"127.0.0.1:0","secret":"a b"}})",
         {"webhook.secret: it has at most 256 letters, digits, `_` and `-`"}},
        {R"({"token":"1:x","webhook":{"listen":"127.0.0.1:0","secret":"s","path":"hook"}})",
         {"webhook.path: `hook` is none: it begins with `/`, and has no query"}},
        {R"({"token":"1:x","webhook":{"listen":"127.0.0.1:0","secret":"s","public_url":"http://h/"}})",
         {"webhook.public_url: `http://h/` is no URL such as https://bot.example.com/"}},
        {R"({"token":"1:x","webhook":{"listen":"here","secret":"s"}})",
         {"webhook.listen: `here` is no address: it needs IP:PORT, like 127.0.0.1:8080 or [::1]:8080"}},
    };
    for (const auto& [json, expected] : rows) EXPECT_EQ(Read(json).errors, expected) << json;
    const std::string long_secret(257, 's');
    EXPECT_EQ(
        Read(R"({"token":"1:x","webhook":{"listen":"127.0.0.1:0","secret":")" + long_secret + "\"}}").errors.size(),
        1u);
}

}  // namespace
}  // namespace millrace::chat::telegram
