#include "adapters/chat/irc/backlog.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>
#include <string>

namespace millrace::chat::irc {
namespace {

constexpr BacklogLimits kRoomy{1000, 1 << 20};

Normalised event(std::string_view payload) { return {payload, "fields", "message", "ada", 3}; }

bool put(Backlog& backlog, const Normalised& event, const BacklogLimits& limits = kRoomy) {
    const bool has_room = backlog.has_room(event, limits);
    if (has_room) backlog.push(event, backlog.size() + 100);
    return has_room;
}

// The payloads of the first ones, as the gateway would get them.
std::vector<std::string> taken(const Backlog& backlog, std::size_t most) {
    std::vector<millrace_submission> submissions(most);
    std::vector<millrace_attribute> attributes(most * Backlog::kAttributes);
    std::vector<std::string> payloads;
    for (const auto& it : std::span(submissions).first(backlog.fill(submissions, attributes)))
        payloads.emplace_back(view(it.payload));
    return payloads;
}

TEST(IrcBacklog, HasAllOfAnEvent) {
    Backlog backlog;
    EXPECT_TRUE(backlog.empty());
    Normalised said = event("hello");
    said.external_id = "#ops m1";
    EXPECT_TRUE(put(backlog, said));
    std::array<millrace_submission, 2> submissions;
    std::array<millrace_attribute, 4> attributes;
    ASSERT_EQ(backlog.fill(submissions, attributes), 1u);
    const millrace_submission& it = submissions[0];
    EXPECT_EQ(it.payload_kind, MILLRACE_TEXT);
    EXPECT_EQ(view(it.payload), "hello");
    EXPECT_EQ(view(it.fields), "fields");
    EXPECT_EQ(view(it.external_id), "#ops m1");
    EXPECT_EQ(it.cookie, 100u);
    EXPECT_EQ(backlog.cookie(0), 100u);
    EXPECT_EQ(it.hops, 3u);
    ASSERT_EQ(it.attribute_count, 2u);
    EXPECT_EQ(view(it.attributes[0].key), "author");
    EXPECT_EQ(view(it.attributes[0].value), "ada");
    EXPECT_EQ(view(it.attributes[1].key), "event");
    EXPECT_EQ(view(it.attributes[1].value), "message");
}

TEST(IrcBacklog, IsFullByMessagesAndByBytes) {
    const std::size_t size = event("x").fields.size() + event("x").author.size() + 1;
    Backlog few, small;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(put(few, event("x"), {2, 1 << 20}), i < 2);
        EXPECT_EQ(put(small, event("x"), {1000, 2 * size}), i < 2);
    }
    Backlog large;
    EXPECT_TRUE(put(large, event(std::string(100, 'x')), {1, 10})) << "one may pass it";
    EXPECT_FALSE(put(large, event(""), {1000, 10}));
    few.pop(1);
    EXPECT_TRUE(put(few, event("again"), {2, 1 << 20})) << "there is room again";
}

TEST(IrcBacklog, FillsNoMoreThanThereIsRoomFor) {
    Backlog backlog;
    for (const char* text : {"a", "b", "c"}) put(backlog, event(text));
    EXPECT_EQ(taken(backlog, 2), (std::vector<std::string>{"a", "b"}));
    backlog.pop(2);
    EXPECT_EQ(taken(backlog, 2), (std::vector<std::string>{"c"}));
    backlog.pop(0);
    EXPECT_EQ(backlog.size(), 1u);
}

TEST(IrcBacklog, IsAQueue) {
    const unsigned seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Backlog backlog;
    std::deque<std::string> model;
    for (int i = 0; i < 20'000; ++i) {
        if (random() % 5 < 3) {
            const std::string text(random() % 50, static_cast<char>('a' + random() % 26));
            const bool is_pushed = put(backlog, event(text), {100, 4'000});
            if (is_pushed) model.push_back(text);
            ASSERT_TRUE(is_pushed || model.size() >= 50);
        } else if (!model.empty()) {
            const std::size_t count = random() % (model.size() + 1);
            const std::vector<std::string> first = taken(backlog, count);
            ASSERT_EQ(first, std::vector<std::string>(model.begin(), model.begin() + static_cast<long>(count)));
            backlog.pop(count);
            model.erase(model.begin(), model.begin() + static_cast<long>(count));
        }
        ASSERT_EQ(backlog.size(), model.size());
    }
}

}  // namespace
}  // namespace millrace::chat::irc
