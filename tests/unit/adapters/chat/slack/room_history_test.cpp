#include "adapters/chat/slack/room_history.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/chat/slack/timestamp.hpp"

namespace millrace::chat::slack {
namespace {

using Strings = std::vector<std::string>;
namespace json = boost::json;

constexpr std::uint64_t kAfter = 100'000'000;

std::string words_of(const Call& call) {
    std::string words(info_of(call.method).name);
    for (const FormField& field : call.fields) words += " " + field.name + "=" + field.value;
    return words;
}

json::object said(unsigned second, json::object more = {}) {
    more["ts"] = timestamp_of(std::uint64_t{second} * 1'000'000);
    return more;
}

json::object root(unsigned second, unsigned latest_reply, int replies = 1) {
    const std::string ts = timestamp_of(std::uint64_t{second} * 1'000'000);
    return said(second, {{"thread_ts", ts},
                         {"reply_count", replies},
                         {"latest_reply", timestamp_of(std::uint64_t{latest_reply} * 1'000'000)}});
}

class SlackRoomHistory : public testing::Test {
  protected:
    bool take(json::array messages, std::string_view next = {}) {
        const json::value body{{"ok", true},
                               {"messages", std::move(messages)},
                               {"response_metadata", {{"next_cursor", json::string(next)}}}};
        return history_.take(JsonView(body));
    }
    Strings found() {
        Strings found;
        for (const json::value& message : history_.messages()) found.emplace_back(JsonView(message)["ts"].text());
        return found;
    }

    RoomHistory history_{"C1", kAfter};
};

TEST_F(SlackRoomHistory, GoesBackToWhereTheCursorStands) {
    EXPECT_EQ(words_of(history_.call(0)), "conversations.history channel=C1 limit=100");
    EXPECT_EQ(words_of(history_.call(1)), "conversations.history channel=C1 limit=50");
    EXPECT_EQ(words_of(history_.call(99)), "conversations.history channel=C1 limit=3");
    EXPECT_TRUE(take({said(140), said(130)}, "more"));
    EXPECT_EQ(words_of(history_.call(0)), "conversations.history channel=C1 limit=100 cursor=more");
    EXPECT_FALSE(take({said(120), said(100), said(90)}, "even more"));
    EXPECT_EQ(history_.until_us(), 140'000'000u);
    EXPECT_EQ(found(), (Strings{"120.000000", "130.000000", "140.000000"}));
    EXPECT_FALSE(history_.is_cut());
}

TEST_F(SlackRoomHistory, EndsWhereTheRoomBegins) {
    EXPECT_TRUE(take({said(130)}, "more"));
    EXPECT_FALSE(take({said(120)}));
    EXPECT_EQ(found(), (Strings{"120.000000", "130.000000"}));
}

TEST_F(SlackRoomHistory, AsksForThreadsInWhichSomethingWasSaid) {
    const bool goes_on = take({root(130, 150), said(120), root(110, 110, 0), root(90, 140), root(80, 99)});
    EXPECT_TRUE(goes_on);
    EXPECT_TRUE(history_.is_in_thread());
    EXPECT_EQ(words_of(history_.call(0)), "conversations.replies channel=C1 ts=130.000000 oldest=100.000000 limit=100");
    EXPECT_TRUE(take({root(130, 150), said(145)}, "more"));
    EXPECT_EQ(words_of(history_.call(0)),
              "conversations.replies channel=C1 ts=130.000000 oldest=100.000000 limit=100 cursor=more");
    EXPECT_TRUE(take({said(150)}));
    EXPECT_EQ(words_of(history_.call(0)), "conversations.replies channel=C1 ts=90.000000 oldest=100.000000 limit=100");
    EXPECT_FALSE(take({root(90, 140), said(140)}));
    EXPECT_EQ(found(), (Strings{"110.000000", "120.000000", "130.000000", "140.000000", "145.000000", "150.000000"}));
}

TEST_F(SlackRoomHistory, AThreadThatIsGoneIsPassedOver) {
    EXPECT_TRUE(take({root(130, 150), root(120, 150)}));
    EXPECT_TRUE(history_.skip_thread());
    EXPECT_EQ(history_.call(0).fields[1].value, "120.000000");
    EXPECT_FALSE(history_.skip_thread());
}

TEST_F(SlackRoomHistory, OfTooManyMessagesTheLatestAreKept) {
    unsigned second = 10'000;
    for (std::size_t taken = 0; taken <= RoomHistory::kMessagesMax; taken += 100) {
        json::array page;
        for (int i = 0; i < 100; ++i) page.push_back(said(second--));
        const bool goes_on = take(std::move(page), "more");
        EXPECT_EQ(goes_on, taken < RoomHistory::kMessagesMax) << taken;
    }
    EXPECT_TRUE(history_.is_cut());
    const Strings all = found();
    EXPECT_EQ(all.size(), RoomHistory::kMessagesMax);
    EXPECT_EQ(all.front(), "9001.000000");
    EXPECT_EQ(all.back(), "10000.000000");
}

TEST_F(SlackRoomHistory, PagesWithoutEndAreEnded) {
    for (std::size_t i = 1; i < RoomHistory::kPagesMax; ++i) EXPECT_TRUE(take({}, "more")) << i;
    EXPECT_FALSE(take({}, "more"));
    EXPECT_TRUE(history_.is_cut());
}

TEST_F(SlackRoomHistory, ThreadsWithoutEndAreEnded) {
    json::array page;
    for (unsigned i = 0; i <= RoomHistory::kThreadsMax; ++i) page.push_back(root(200 + i, 900));
    EXPECT_TRUE(take(std::move(page)));
    EXPECT_TRUE(history_.is_cut());
    for (std::size_t i = 1; i < RoomHistory::kThreadsMax; ++i) EXPECT_TRUE(take({})) << i;
    EXPECT_FALSE(take({}));
}

TEST_F(SlackRoomHistory, WhatIsNoMessageIsPassedOver) {
    for (const char* body : {"null", "[]", "{}", R"({"messages":7})", R"({"messages":[7,null,{},{"ts":"x"},{"ts":7}]})",
                             R"({"messages":[],"response_metadata":7})"}) {
        RoomHistory history("C1", kAfter);
        const json::value value = json::parse(body);
        EXPECT_FALSE(history.take(JsonView(value))) << body;
        EXPECT_TRUE(history.messages().empty()) << body;
    }
}

TEST(SlackDelivery, OfAMessageOfAHistory) {
    const Delivery delivery = as_delivery("C1", said(5, {{"text", "hello"}, {"channel", "another"}}));
    EXPECT_EQ(delivery.kind, Delivery::Kind::event);
    const JsonView event = JsonView(delivery.body)["event"];
    EXPECT_EQ(event["type"].text(), "message");
    EXPECT_EQ(event["channel"].text(), "C1");
    EXPECT_EQ(event["text"].text(), "hello");
    EXPECT_TRUE(JsonView(as_delivery("C1", 7).body)["event"].is_object());
}

}  // namespace
}  // namespace millrace::chat::slack
