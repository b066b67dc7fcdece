#include "adapters/chat/irc/normalise.hpp"

#include <gtest/gtest.h>

#include <string>

#include "adapters/chat/common/normal_form.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::chat::irc {
namespace {

// A message as consumers get it, but for its payload.
struct Taken {
    v1::Chat chat;
    std::string payload, event, author;
    std::uint32_t hops;
};

Taken take(Normaliser& normaliser, const Event& event) {
    std::string fields =
        normaliser.scope_fields("testnet", "millrace", event.room, event.room_name, event.is_direct, nullptr);
    const Normalised it = normaliser.take(event, {"MillRace", "millrace"});
    fields += it.fields;
    v1::ChannelMessage message;
    EXPECT_TRUE(message.ParseFromString(fields));
    return {message.chat(), std::string(it.payload), std::string(it.event), std::string(it.author), it.hops};
}

Event message(std::string_view text) {
    Event event;
    event.room = "#ops";
    event.room_name = "#Ops";
    event.author = {"Ann", "ann", "~a", "host.example", "", "", ""};
    event.text = text;
    return event;
}

class IrcNormaliser : public testing::Test {
  protected:
    IdMap sent_{10};
    Normaliser normaliser_{Fallback::windows_1252, sent_};
};

TEST_F(IrcNormaliser, WhatTheNetworkCan) {
    Capabilities can;
    can.replies = can.has_message_ids = true;
    can.files = Files::link;
    const std::string scope = normaliser_.scope_fields("testnet", "millrace", "#ops", "#ops", false, &can);
    take(normaliser_, message("what came before"));
    can.has_message_ids = false;
    const Normalised changed = normaliser_.changed("testnet", can);
    EXPECT_EQ(changed.event, "change");
    EXPECT_EQ(changed.author, "testnet");
    EXPECT_EQ(changed.payload, "");
    EXPECT_EQ(changed.external_id, "");
    v1::ChannelMessage message;
    ASSERT_TRUE(message.ParseFromString(scope + std::string(changed.fields)));
    const v1::Chat& chat = message.chat();
    EXPECT_EQ(chat.capabilities().files(), v1::Chat::Capabilities::LINK);
    EXPECT_TRUE(chat.capabilities().reply() && chat.capabilities().message_ids());
    EXPECT_EQ(chat.author().kind(), v1::Chat::Person::SYSTEM);
    ASSERT_TRUE(chat.has_change());
    EXPECT_TRUE(chat.change().capabilities().reply());
    EXPECT_FALSE(chat.change().capabilities().message_ids());
}

TEST_F(IrcNormaliser, KnowsAgainWhatHasAnId) {
    Event event = message("hello");
    event.message_id = "m1";
    event.sent_at_us = 5;
    const Normalised said = normaliser_.take(event, {"MillRace", "millrace"});
    EXPECT_EQ(said.external_id, "#ops m1");
    EXPECT_EQ(said.sent_at_us, 5);
    event.message_id = {};
    EXPECT_EQ(normaliser_.take(event, {"MillRace", "millrace"}).external_id, "") << "nothing to know it by";
    event.message_id = "m1";
    event.kind = Event::Kind::quit;  // One in each room has the same id.
    EXPECT_EQ(normaliser_.take(event, {"MillRace", "millrace"}).external_id, "");
}

TEST_F(IrcNormaliser, AMessage) {
    Event event = message("hello");
    event.author.account = "annacc";
    event.author.real_name = "Ann A.";
    event.author.roles = "@+";
    event.message_id = "m1";
    event.reply_to = "m0";
    event.sent_at_us = 1'796'004'466'806'000;
    event.hops = 2;
    const Taken taken = take(normaliser_, event);
    EXPECT_EQ(taken.payload, "hello");
    EXPECT_EQ(taken.event, "message");
    EXPECT_EQ(taken.author, "Ann");
    EXPECT_EQ(taken.hops, 2u);
    const v1::Chat& chat = taken.chat;
    EXPECT_EQ(chat.conversation().network(), "testnet");
    EXPECT_EQ(chat.conversation().account(), "millrace");
    EXPECT_EQ(chat.conversation().id(), "#ops");
    EXPECT_EQ(chat.conversation().name(), "#Ops");
    EXPECT_EQ(chat.conversation().kind(), v1::Chat::Conversation::ROOM);
    EXPECT_EQ(chat.author().id(), "ann");
    EXPECT_EQ(chat.author().username(), "Ann");
    EXPECT_EQ(chat.author().display_name(), "Ann A.");
    EXPECT_EQ(chat.author().account(), "annacc");
    EXPECT_EQ(chat.author().address(), "~a@host.example");
    EXPECT_EQ(chat.author().roles(), "@+");
    EXPECT_EQ(chat.author().kind(), v1::Chat::Person::USER);
    EXPECT_EQ(chat.message_id(), "m1");
    EXPECT_EQ(chat.event_key(), "m1");
    EXPECT_EQ(chat.sent_at_us(), 1'796'004'466'806'000u);
    EXPECT_FALSE(chat.is_mine());
    EXPECT_EQ(chat.message().kind(), v1::Chat::Message::TEXT);
    EXPECT_EQ(chat.message().native_text(), "");
    EXPECT_EQ(chat.message().reply_to().message_id(), "m0");
    EXPECT_EQ(chat.message().reply_to().client_id(), "");
}

TEST_F(IrcNormaliser, AnAnswerToWhatWasSaidFromHere) {
    sent_.put({"#ops", "ours", {"m0"}});
    Event event = message("hello");
    event.reply_to = "m0";
    const v1::Chat::Reference answered = take(normaliser_, event).chat.message().reply_to();
    EXPECT_EQ(answered.message_id(), "m0");
    EXPECT_EQ(answered.client_id(), "ours");
}

TEST_F(IrcNormaliser, LeavesNothingOfTheOneBefore) {
    Event event = message(
        "\x02"
        "bold\x02");
    event.author.account = "annacc";
    event.message_id = event.reply_to = "m1";
    event.is_bot = event.is_mine = event.is_replayed = true;
    take(normaliser_, event);
    const Taken taken = take(normaliser_, message("hello"));
    EXPECT_EQ(taken.chat.author().account(), "");
    EXPECT_EQ(taken.chat.author().kind(), v1::Chat::Person::USER);
    EXPECT_EQ(taken.chat.message_id() + taken.chat.event_key(), "");
    EXPECT_FALSE(taken.chat.is_mine() || taken.chat.is_replayed());
    EXPECT_FALSE(taken.chat.message().has_reply_to());
    EXPECT_EQ(taken.chat.message().spans_size(), 0);
}

TEST_F(IrcNormaliser, TextIsPlainAndUtf8) {
    const Taken bold = take(normaliser_, message("a \x02"
                                                 "bold\x0F caf\xE9"));
    EXPECT_EQ(bold.payload, "a bold caf\xC3\xA9");
    EXPECT_EQ(bold.chat.message().native_text(),
              "a \x02"
              "bold\x0F caf\xC3\xA9");
    ASSERT_EQ(bold.chat.message().spans_size(), 1);
    EXPECT_EQ(bold.chat.message().spans(0).kind(), v1::Chat::Span::BOLD);
    EXPECT_EQ(bold.chat.message().spans(0).begin(), 2u);
    EXPECT_EQ(bold.chat.message().spans(0).size(), 4u);
    const Taken named = take(normaliser_, message("Millrace: see https://a.b"));
    ASSERT_EQ(named.chat.message().spans_size(), 2);
    EXPECT_EQ(named.chat.message().spans(0).kind(), v1::Chat::Span::MENTION);
    EXPECT_EQ(named.chat.message().spans(0).target(), "millrace");
    EXPECT_EQ(named.chat.message().spans(1).kind(), v1::Chat::Span::LINK);
    EXPECT_EQ(named.chat.message().spans(1).begin(), 14u);
    EXPECT_EQ(named.chat.message().native_text(), "");
    Event event = message("x");
    event.author.nick = event.author.id = "ann\xE9";
    event.room_name = "#\xFF";
    event.author.host = "\xFF";
    const Taken odd = take(normaliser_, event);
    EXPECT_EQ(odd.author, "ann\xC3\xA9");
    EXPECT_EQ(odd.chat.conversation().name(), "#\xC3\xBF");
    EXPECT_EQ(odd.chat.author().address(), "~a@\xC3\xBF");
}

TEST_F(IrcNormaliser, TheKindsOfEvents) {
    Event event = message("waves");
    event.said = Said::action;
    EXPECT_EQ(take(normaliser_, event).event, "action");
    event.said = Said::notice;
    EXPECT_EQ(take(normaliser_, event).event, "notice");
    EXPECT_EQ(take(normaliser_, event).chat.message().kind(), v1::Chat::Message::NOTICE);
    event.is_direct = event.is_bot = true;
    EXPECT_EQ(take(normaliser_, event).chat.conversation().kind(), v1::Chat::Conversation::DIRECT);
    EXPECT_EQ(take(normaliser_, event).chat.author().kind(), v1::Chat::Person::BOT);
    event = message("new topic");
    event.kind = Event::Kind::topic;
    EXPECT_EQ(take(normaliser_, event).event, "topic");
    EXPECT_TRUE(take(normaliser_, event).chat.has_topic());
    EXPECT_EQ(take(normaliser_, event).payload, "new topic");
    const struct {
        Event::Kind kind;
        v1::Chat::Membership::Change change;
        std::string name;
    } rows[] = {
        {Event::Kind::joined, v1::Chat::Membership::JOINED, "join"},
        {Event::Kind::left, v1::Chat::Membership::LEFT, "part"},
        {Event::Kind::quit, v1::Chat::Membership::QUIT, "quit"},
        {Event::Kind::removed, v1::Chat::Membership::REMOVED, "kick"},
        {Event::Kind::renamed, v1::Chat::Membership::RENAMED, "nick"},
    };
    for (const auto& row : rows) {
        event = message("why");
        event.kind = row.kind;
        event.is_netsplit = true;
        if (row.kind == Event::Kind::removed || row.kind == Event::Kind::renamed) event.person = {"Bob", "bob"};
        const Taken taken = take(normaliser_, event);
        EXPECT_EQ(taken.event, row.name);
        EXPECT_EQ(taken.chat.membership().change(), row.change);
        EXPECT_TRUE(taken.chat.membership().is_netsplit());
        EXPECT_EQ(taken.chat.membership().person().username(), event.person.nick);
        EXPECT_EQ(taken.payload, "why");
    }
}

}  // namespace
}  // namespace millrace::chat::irc
