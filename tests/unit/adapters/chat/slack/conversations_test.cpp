#include "adapters/chat/slack/conversations.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <vector>

#include "tests/support/read_settings.hpp"
#include "tests/unit/adapters/chat/unrouted_host.hpp"

namespace millrace::chat::slack {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SlackConversations : public ::testing::Test {
  protected:
    void hear(const std::string& room, const std::string& text) {
        Event event;
        event.channel = room;
        event.chat.mutable_author()->set_id("U1");
        event.chat.mutable_message();
        event.text = text;
        event.has_markup = true;
        conversations.take({std::move(event), [this](std::uint32_t verdict) { verdicts.push_back(verdict); }});
    }

    test::UnroutedHost gateway;
    millrace::test::ReadSettings<Settings> read{R"({"bot_token":"xoxb-1","socket":{"app_token":"xapp-1"}})"};
    Self self;
    TimerWheel wheel{0};
    boost::asio::io_context io;
    WebClient client{{"http://127.0.0.1:1", "xoxb-1", std::nullopt, std::chrono::seconds(1)}, io.get_executor(), [] {}};
    MethodLimits limits{300, 0};
    Directory directory{false, client, limits, [] {}};
    Conversations conversations{gateway.host(),
                                *read.settings,
                                self,
                                wheel,
                                directory,
                                [](const auto&, std::string_view, const auto&) {},
                                [](const Event&) { return std::string(); },
                                [](std::string_view) { return false; }};
    std::vector<std::uint32_t> verdicts;
};

TEST_F(SlackConversations, WhatNoRouteTakesIsADeadLetter) {
    hear("C\n1", "a *bold* one");
    hear("C\n1", "&lt;another&gt;");
    conversations.run_due();
    EXPECT_THAT(verdicts, ElementsAre(MILLRACE_ACK, MILLRACE_ACK));
    EXPECT_EQ(conversations.counts().unmatched, 2u);
    EXPECT_THAT(gateway.flags, ElementsAre(MILLRACE_REPLY_TO | MILLRACE_TELLS_DROPPED));
    ASSERT_EQ(gateway.letters.size(), 2u);
    EXPECT_EQ(gateway.letters[0].key.find('\n'), std::string::npos);
    EXPECT_EQ(gateway.letters[0].reason, "unmatched");
    EXPECT_EQ(gateway.letters[0].payload, "a bold one");
    EXPECT_EQ(gateway.letters[1].payload, "<another>");
    const v1::Chat& chat = gateway.letters[0].fields.chat();
    EXPECT_EQ(chat.author().id(), "U1");
    EXPECT_EQ(chat.message().spans_size(), 1);
    EXPECT_EQ(chat.conversation().network(), "slack");
    EXPECT_EQ(chat.conversation().id(), gateway.letters[0].key);
}

TEST_F(SlackConversations, WhatARouteDropsIsCountedAlone) {
    gateway.answer = MILLRACE_DROPPED;
    hear("C1", "hello");
    conversations.run_due();
    EXPECT_THAT(verdicts, ElementsAre(MILLRACE_ACK));
    EXPECT_EQ(conversations.counts().unmatched, 1u);
    EXPECT_THAT(gateway.letters, IsEmpty());
}

TEST_F(SlackConversations, WhatAGatewayThatStopsDoesNotTakeComesAgain) {
    gateway.answer = MILLRACE_DRAINING;
    hear("C1", "hello");
    conversations.run_due();
    EXPECT_THAT(verdicts, ElementsAre(MILLRACE_RETRY));
    EXPECT_EQ(conversations.counts().unmatched, 0u);
    EXPECT_THAT(gateway.letters, IsEmpty());
}

}  // namespace
}  // namespace millrace::chat::slack
