#include "adapters/chat/telegram/conversations.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "tests/support/read_settings.hpp"
#include "tests/unit/adapters/chat/unrouted_host.hpp"

namespace millrace::chat::telegram {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TelegramConversations : public ::testing::Test {
  protected:
    void hear(const std::string& text) {
        Event event;
        event.place.chat = "-100";
        event.conversation.set_id("-100");
        event.conversation.set_name("ops");
        event.body.mutable_author()->set_id("7");
        event.body.mutable_message();
        event.text = text;
        const auto ended = [this](bool comes_again) { answers.push_back(comes_again); };
        conversations.take({std::move(event), std::make_shared<Unsettled>(1, ended)});
    }

    test::UnroutedHost gateway;
    millrace::test::ReadSettings<Settings> read{R"({"token":"123:AB_c-d"})"};
    TimerWheel wheel{0};
    LoopGuard guard;
    Conversations conversations{gateway.host(),    *read.settings, wheel, guard, [](const auto&, const auto&) {},
                                [](millrace_id) {}};
    std::vector<bool> answers;  // Of each update: whether it is to come again.
};

TEST_F(TelegramConversations, WhatNoRouteTakesIsADeadLetter) {
    hear("hello");
    hear("again");
    conversations.run_due();
    EXPECT_THAT(answers, ElementsAre(false, false));
    EXPECT_EQ(conversations.counts().unmatched, 2u);
    EXPECT_THAT(gateway.flags, ElementsAre(MILLRACE_TELLS_DROPPED));
    ASSERT_EQ(gateway.letters.size(), 2u);
    EXPECT_EQ(gateway.letters[0].reason, "unmatched");
    EXPECT_EQ(gateway.letters[0].payload, "hello");
    EXPECT_EQ(gateway.letters[1].payload, "again");
    EXPECT_EQ(gateway.letters[0].key, "-100");
    const v1::Chat& chat = gateway.letters[0].fields.chat();
    EXPECT_EQ(chat.author().id(), "7");
    EXPECT_EQ(chat.conversation().network(), "telegram");
    EXPECT_EQ(chat.conversation().name(), "ops");
}

TEST_F(TelegramConversations, WhatARouteDropsIsCountedAlone) {
    gateway.answer = MILLRACE_DROPPED;
    hear("hello");
    conversations.run_due();
    EXPECT_THAT(answers, ElementsAre(false));
    EXPECT_EQ(conversations.counts().unmatched, 1u);
    EXPECT_THAT(gateway.letters, IsEmpty());
}

TEST_F(TelegramConversations, WhatAGatewayThatStopsDoesNotTakeHasNotEnded) {
    gateway.answer = MILLRACE_DRAINING;
    hear("hello");
    conversations.run_due();
    EXPECT_THAT(answers, IsEmpty());
    EXPECT_EQ(conversations.counts().unmatched, 0u);
    EXPECT_THAT(gateway.letters, IsEmpty());
}

}  // namespace
}  // namespace millrace::chat::telegram
