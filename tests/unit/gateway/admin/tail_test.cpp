#include "gateway/admin/tail.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "millrace/v1/message.pb.h"

namespace millrace::admin {
namespace {

Config config() {
    Config config;
    config.adapters.emplace_back().name = "web";
    config.consumers.emplace_back().name = "bank";
    config.routes.emplace_back().name = "all";
    return config;
}

Result<TapFilter> read(const char* request) { return read_filter(boost::json::parse(request).as_object(), config()); }

TEST(TailFilter, IsRead) {
    const auto filter = read(
        R"({"do":"tail","adapter":"bank","route":"all","consumer":"bank","kinds":["MESSAGE","GAP"],"scope":"a*"})");
    ASSERT_TRUE(filter);
    EXPECT_EQ(filter.value().adapter, "bank");
    EXPECT_EQ(filter.value().route, "all");
    EXPECT_EQ(filter.value().consumer, "bank");
    EXPECT_EQ(filter.value().kinds, (std::vector<std::uint32_t>{MILLRACE_MESSAGE, MILLRACE_GAP}));
    Captures captures;
    EXPECT_TRUE(filter.value().scope->match("ab/c", captures));
    EXPECT_FALSE(filter.value().scope->match("b", captures));
    EXPECT_TRUE(read(R"({"do":"tail","adapter":"web"})"));
}

TEST(TailFilter, WhatThereIsNotIsRefused) {
    struct Case {
        const char* request;
        const char* error;
    };
    const Case cases[] = {
        {R"({"adapter":"wbe"})", "the gateway has no adapter called 'wbe'"},
        {R"({"consumer":"web"})", "the gateway has no consumer called 'web'"},
        {R"({"route":"web"})", "the gateway has no route called 'web'"},
        {R"({"adapter":7})", "adapter is a text"},
        {R"({"scope":null})", "scope is a text"},
        {R"({"scope":"a**"})", "scope: "},
        {R"({"kinds":"MESSAGE"})", "kinds is a list of names"},
        {R"({"kinds":["message"]})", R"(there is no kind "message")"},
        {R"({"kinds":[1]})", "there is no kind 1"},
        {R"({"colour":"red"})", "there is no filter 'colour'"},
    };
    for (const Case& each : cases) {
        const auto filter = read(each.request);
        ASSERT_FALSE(filter) << each.request;
        EXPECT_TRUE(filter.error().text.starts_with(each.error)) << filter.error().text;
    }
}

TEST(TailLines, AreTheMessagesAndHowManyAreMissing) {
    v1::ChannelMessage message;
    message.set_kind(v1::ChannelMessage::MESSAGE);
    message.set_text("a\nb");
    const Sighting good{"bank", message.SerializeAsString()};
    const Sighting bad{"bank", "\x07"};
    const std::string line = R"({"consumer":"bank","kind":"MESSAGE","text":"a\nb"})"
                             "\n";
    EXPECT_EQ(to_lines({}), "");
    EXPECT_EQ(to_lines({{good, good}, 0}), line + line);
    EXPECT_EQ(to_lines({{good}, 7}), line + "{\"skipped\":7}\n");
    EXPECT_EQ(to_lines({{bad, good}, 7}), line + "{\"skipped\":8}\n");
}

}  // namespace
}  // namespace millrace::admin
