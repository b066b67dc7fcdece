#include "adapters/chat/slack/signature.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::chat::slack {
namespace {

using Verdict = Signature::Verdict;

// Published: https://docs.slack.dev/authentication/verifying-requests-from-slack
constexpr const char* kSecret = "8f742231b10e8888abcd99yyyzzz85a5";
constexpr std::int64_t kNow_s = 1531420618;
constexpr const char* kBody =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&"
    "user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
    "803a0bc887a14d10d2c447fce8b6703c";
constexpr const char* kSignature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

Signature of(std::vector<std::string> secrets) { return *Signature::make(secrets); }

struct Sent {
    std::vector<http::Header> headers{{"X-Slack-Request-Timestamp", "1531420618"}, {"X-Slack-Signature", kSignature}};
    std::string body = kBody;

    Verdict verdict(std::int64_t now_s = kNow_s, std::vector<std::string> secrets = {kSecret}) const {
        return of(std::move(secrets))
            .verify({.method = "POST", .target = "/", .headers = headers, .body = body}, now_s);
    }
};

TEST(SlackSignature, ThePublishedVector) {
    EXPECT_EQ(of({kSecret}).sign("1531420618", kBody), kSignature);
    EXPECT_EQ(Sent().verdict(), Verdict::right);
}

TEST(SlackSignature, EachOfTheSecretsMayBeTheOne) {
    EXPECT_EQ(Sent().verdict(kNow_s, {"other", kSecret}), Verdict::right);
    EXPECT_EQ(Sent().verdict(kNow_s, {"other", "another"}), Verdict::wrong);
    EXPECT_FALSE(Signature::make({}));
    EXPECT_FALSE(Signature::make(std::vector<std::string>{kSecret, ""}));
}

TEST(SlackSignature, FiveMinutesBeforeAndAfter) {
    for (const std::int64_t skew_s : {-300, 0, 300}) EXPECT_EQ(Sent().verdict(kNow_s + skew_s), Verdict::right);
    for (const std::int64_t skew_s : {-1'000'000, -301, 301, 1'000'000})
        EXPECT_EQ(Sent().verdict(kNow_s + skew_s), Verdict::out_of_time);
}

TEST(SlackSignature, WhatIsWrongWithIt) {
    Sent body;
    body.body.back() ^= 1;
    EXPECT_EQ(body.verdict(), Verdict::wrong);

    struct Row {
        std::vector<http::Header> headers;
        Verdict verdict;
    };
    const http::Header time{"x-slack-request-timestamp", "1531420618"};
    const http::Header good{"x-slack-signature", kSignature};
    const std::string upper = "v0=A2114D57B48EAC39B9AD189DD8316235A7B4A8D21A10BD27519666489C69B503";
    const Row rows[] = {
        {{}, Verdict::missing},
        {{time}, Verdict::missing},
        {{good}, Verdict::missing},
        {{time, good, good}, Verdict::missing},
        {{time, time, good}, Verdict::missing},
        {{{"x-slack-request-timestamp", ""}, good}, Verdict::malformed},
        {{{"x-slack-request-timestamp", "now"}, good}, Verdict::malformed},
        {{{"x-slack-request-timestamp", "1531420618.0"}, good}, Verdict::malformed},
        {{{"x-slack-request-timestamp", "-1531420618"}, good}, Verdict::malformed},
        {{{"x-slack-request-timestamp", "99999999999999999999"}, good}, Verdict::malformed},
        {{{"x-slack-request-timestamp", "1531420619"}, good}, Verdict::wrong},
        {{time, {"x-slack-signature", ""}}, Verdict::wrong},
        {{time, {"x-slack-signature", "v0="}}, Verdict::wrong},
        {{time, {"x-slack-signature", std::string_view(kSignature).substr(3)}}, Verdict::wrong},
        {{time, {"x-slack-signature", std::string_view(kSignature).substr(0, 66)}}, Verdict::wrong},
        {{time, {"x-slack-signature", upper}}, Verdict::wrong},
    };
    for (const Row& row : rows) {
        Sent sent;
        sent.headers = row.headers;
        EXPECT_EQ(sent.verdict(), row.verdict) << testing::PrintToString(&row - rows);
    }
}

TEST(SlackSignature, AByteChangedAnywhereIsRefused) {
    const std::string signature = kSignature;
    for (std::size_t i = 0; i < signature.size(); ++i) {
        std::string changed = signature;
        changed[i] = changed[i] == 'a' ? 'b' : 'a';
        Sent sent;
        sent.headers[1].value = changed;
        EXPECT_EQ(sent.verdict(), Verdict::wrong) << i;
    }
}

}  // namespace
}  // namespace millrace::chat::slack
