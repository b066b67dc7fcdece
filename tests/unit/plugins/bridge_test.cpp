#include <gmock/gmock.h>

#include <millrace/testing.hpp>

#include "millrace/v1/command.pb.h"

namespace {

using millrace::testing::Host;
using millrace::testing::Verdict;
using millrace::v1::Chat;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kConfig = R"({"rooms":[{"name":"ops","chats":["test:#ops","work:#op","more:#x"]},)"
                                R"({"name":"empty","chats":[]}]})";

// Said in a room, or where `chat` says else.
millrace::v1::ChannelMessage said(Chat chat) {
    millrace::v1::ChannelMessage fields;
    chat.mutable_author()->set_id("ada");
    if (!chat.has_conversation()) chat.mutable_conversation()->set_kind(Chat::Conversation::ROOM);
    *fields.mutable_chat() = chat;
    return fields;
}

Chat text(const std::string& id = "") {
    Chat chat;
    chat.mutable_message()->set_kind(Chat::Message::TEXT);
    chat.set_message_id(id);
    return chat;
}

// What lite messages have to say of themselves.
std::string of(const millrace::testing::Command& command) {
    millrace::v1::Command body;
    body.ParseFromString(command.body);
    const millrace::v1::ChatCommand& chat = body.chat();
    std::string text = command.address + " " + command.payload;
    if (chat.has_send()) text += " by " + chat.send().shown_name();
    if (!chat.client_id().empty()) text += " as " + chat.client_id();
    if (chat.has_send() && chat.send().has_reply_to()) text += " to " + chat.send().reply_to().client_id();
    if (chat.has_edit()) text += " edits " + chat.edit().message().client_id();
    if (chat.has_delete_()) text += " deletes " + chat.delete_().message().client_id();
    return text;
}

std::vector<std::string> all(const millrace::testing::Scope& scope) {
    std::vector<std::string> result;
    for (const auto& command : scope.commands()) {
        if (!command.address.empty()) result.push_back(of(command));
    }
    return result;
}

TEST(Bridge, RelaysToAllOtherRooms) {
    Host host(millrace_plugin_v1(), kConfig);
    auto& page = host.open({{"room", "ops"}, {"name", "Bob"}});
    auto& other = host.open({{"room", "empty"}});
    auto& chat = host.open({{"room", "#ops"}}, said(text("7")));
    chat.message("hello");
    EXPECT_THAT(all(chat), ElementsAre("work:#op hello by ada as test:#ops 7", "more:#x hello by ada as test:#ops 7"));
    EXPECT_THAT(page.replies(),
                ElementsAre(R"({"kind":"said","from":"test:#ops","name":"ada","text":"hello","id":"test:#ops 7"})"));
    EXPECT_THAT(other.replies(), IsEmpty());
}

TEST(Bridge, RelaysWhatPagesSay) {
    Host host(millrace_plugin_v1(), kConfig);
    auto& page = host.open({{"room", "ops"}, {"name", "Bob"}});
    auto& nameless = host.open({{"room", "ops"}});
    page.message("hi \"all\"");
    EXPECT_THAT(all(page), ElementsAre("test:#ops hi \"all\" by Bob as page 2", "work:#op hi \"all\" by Bob as page 2",
                                       "more:#x hi \"all\" by Bob as page 2"));
    EXPECT_THAT(page.replies(), IsEmpty());
    EXPECT_THAT(nameless.replies(),
                ElementsAre(R"({"kind":"said","from":"","name":"Bob","text":"hi \"all\"","id":"page 2"})"));
    nameless.message("me too");
    EXPECT_THAT(all(nameless), Contains("test:#ops me too by somebody as page 2"));
}

TEST(Bridge, NobodyIsCalledByMoreThanALine) {
    Host host(millrace_plugin_v1(), kConfig);
    auto& page = host.open({{"room", "ops"}, {"name", "a\nb\x7f"}});
    page.message("hi");
    EXPECT_THAT(all(page), Contains("work:#op hi by a b  as page 2"));
}

TEST(Bridge, EditsDeletesAndReplies) {
    Host host(millrace_plugin_v1(), kConfig);
    Chat edit, erase, reply = text("9");
    edit.mutable_edit()->set_message_id("7");
    erase.mutable_delete_()->set_message_id("7");
    reply.mutable_message()->mutable_reply_to()->set_message_id("7");
    const std::pair<Chat, const char*> rows[] = {
        {edit, "work:#op text edits test:#ops 7"},
        {erase, "work:#op  deletes test:#ops 7"},
        {reply, "work:#op text by ada as test:#ops 9 to test:#ops 7"},
    };
    for (const auto& [chat, expected] : rows) {
        auto& scope = host.open({{"room", "#ops"}}, said(chat));
        scope.message("text");
        EXPECT_THAT(all(scope), ElementsAre(expected, ::testing::_));
        scope.disconnect();
    }
}

TEST(Bridge, LeavesAloneWhatIsNoMessageOfOthers) {
    Host host(millrace_plugin_v1(), kConfig);
    Chat mine = text(), direct = text(), joined, topic;
    mine.set_is_mine(true);
    direct.mutable_conversation()->set_kind(Chat::Conversation::DIRECT);
    joined.mutable_membership()->set_change(Chat::Membership::JOINED);
    topic.mutable_topic();
    for (const Chat& chat : {mine, direct, joined, topic}) {
        auto& scope = host.open({{"room", "#ops"}}, said(chat));
        EXPECT_EQ(scope.message("text").verdict, Verdict::ack);
        EXPECT_THAT(scope.commands(), IsEmpty());
        scope.disconnect();
    }
}

TEST(Bridge, RefusesWhatIsNotOfIt) {
    Host host(millrace_plugin_v1(), kConfig);
    auto& chat = host.open({{"room", "#other"}}, said(text()));
    EXPECT_EQ(chat.message("text").verdict, Verdict::reject);
    auto& full = host.open({{"room", "#ops"}}, said(text()));
    full.answer(MILLRACE_FULL);
    EXPECT_EQ(full.message("text").verdict, Verdict::retry);
    full.answer(MILLRACE_NOT_ALLOWED);
    full.redeliver();
    EXPECT_THAT(full.commands(), IsEmpty());
}

}  // namespace
