#include "adapters/chat/common/degradation.hpp"

#include <gtest/gtest.h>

namespace millrace::chat {
namespace {

using Kind = Deed::Kind;
using Ids = std::vector<std::string>;

// Like IRC, and like Slack.
Capabilities plain() {
    Capabilities it;
    it.files = Files::link;
    it.sets_topic = true;
    return it;
}
Capabilities rich() {
    Capabilities it;
    it.edit = Reach::own;
    it.erase = Reach::any;
    it.reacts = it.replies = it.threads = it.shows_names = it.formats = true;
    it.files = Files::upload;
    return it;
}

IdMap known() {
    IdMap ids(10);
    ids.put({"#a", "c1", {"m1", "m2"}});
    ids.put({"#a", "without", {}});
    return ids;
}

Deed plan(const Capabilities& network, const v1::ChatCommand& command, std::string_view text) {
    return chat::plan(network, known(), "#a", command, text);
}

TEST(ChatDegradation, ABareTextIsSaid) {
    const Deed deed = plan(plain(), {}, "hello");
    EXPECT_EQ(deed.kind, Kind::say);
    EXPECT_EQ(deed.text, "hello");
    EXPECT_EQ(deed.said_as, v1::Chat::Message::TEXT);
    EXPECT_EQ(plan(plain(), {}, "").kind, Kind::refuse);
}

TEST(ChatDegradation, Edit) {
    v1::ChatCommand command;
    command.mutable_edit()->mutable_message()->set_client_id("c1");
    EXPECT_EQ(plan(rich(), command, "new").kind, Kind::edit);
    EXPECT_EQ(plan(rich(), command, "new").message_ids, (Ids{"m1", "m2"}));
    EXPECT_EQ(plan(plain(), command, "new").kind, Kind::say);
    EXPECT_EQ(plan(plain(), command, "new").text, "* new");
    command.mutable_edit()->set_shown_name("ann");
    EXPECT_EQ(plan(plain(), command, "new").text, "<ann> * new");
    EXPECT_EQ(plan(plain(), command, "").kind, Kind::refuse);
    command.mutable_edit()->mutable_message()->set_client_id("without");  // Sent from here to a network without ids.
    EXPECT_EQ(plan(plain(), command, "new").kind, Kind::say);
    EXPECT_EQ(plan(rich(), command, "new").text, "* new");
    command.mutable_edit()->mutable_message()->set_client_id("other");
    EXPECT_EQ(plan(plain(), command, "new").kind, Kind::refuse);
    EXPECT_EQ(plan(rich(), command, "new").kind, Kind::refuse);
    command.mutable_edit()->mutable_message()->set_message_id("m9");  // Somebody else's.
    EXPECT_EQ(plan(rich(), command, "new").kind, Kind::refuse);
    command.mutable_edit()->mutable_message()->set_message_id("m2");
    EXPECT_EQ(plan(rich(), command, "new").message_ids, (Ids{"m1", "m2"}));
}

TEST(ChatDegradation, DeleteReactTopic) {
    v1::ChatCommand command;
    command.mutable_delete_()->mutable_message()->set_message_id("m9");
    EXPECT_EQ(plan(rich(), command, "").kind, Kind::erase);
    EXPECT_EQ(plan(rich(), command, "").message_ids, Ids{"m9"});
    Capabilities own = rich();
    own.erase = Reach::own;
    EXPECT_EQ(plan(own, command, "").kind, Kind::refuse);
    EXPECT_EQ(plan(plain(), command, "").text, "the network cannot delete");
    command.mutable_react()->mutable_message()->set_message_id("m9");
    EXPECT_EQ(plan(rich(), command, "").kind, Kind::refuse);  // Without an emoji.
    command.mutable_react()->set_emoji("+1");
    command.mutable_react()->set_is_removed(true);
    EXPECT_EQ(plan(rich(), command, "").kind, Kind::react);
    EXPECT_TRUE(plan(rich(), command, "").is_removed);
    EXPECT_EQ(plan(plain(), command, "").text, "the network has no reactions");
    command.mutable_topic();
    EXPECT_EQ(plan(plain(), command, "topic").kind, Kind::topic);
    EXPECT_EQ(plan(rich(), command, "topic").kind, Kind::refuse);
}

TEST(ChatDegradation, RelationsNamesAndSpans) {
    v1::ChatCommand command;
    command.mutable_send()->mutable_reply_to()->set_client_id("c1");
    command.mutable_send()->mutable_thread()->set_message_id("m9");
    command.mutable_send()->set_shown_name("ann");
    command.mutable_send()->set_kind(v1::Chat::Message::NOTICE);
    const Deed on_rich = plan(rich(), command, "hello");
    EXPECT_EQ(on_rich.text, "hello");
    EXPECT_EQ(on_rich.shown_name, "ann");
    EXPECT_EQ(on_rich.reply_to, "m1");
    EXPECT_EQ(on_rich.thread, "m9");
    EXPECT_TRUE(on_rich.keeps_spans);
    const Deed on_plain = plan(plain(), command, "hello");
    EXPECT_EQ(on_plain.text, "<ann> hello");
    EXPECT_EQ(plan(plain(), command, "hello\n<bob> no\n").text, "<ann> hello\n<ann> <bob> no\n<ann> ");
    EXPECT_EQ(on_plain.said_as, v1::Chat::Message::NOTICE);
    EXPECT_EQ(on_plain.reply_to + on_plain.thread + on_plain.shown_name, "");
    EXPECT_FALSE(on_plain.keeps_spans);
    command.mutable_send()->set_kind(v1::Chat::Message::ACTION);
    EXPECT_EQ(plan(plain(), command, "waves").text, "ann waves");
}

TEST(ChatDegradation, Files) {
    v1::ChatCommand command;
    v1::Chat::File& file = *command.mutable_send()->add_files();
    file.set_name("plan.pdf");
    EXPECT_EQ(plan(plain(), command, "see").kind, Kind::refuse);
    EXPECT_EQ(plan(rich(), command, "").uploads.size(), 1u);
    file.set_url("https://example.org/plan.pdf");
    EXPECT_EQ(plan(plain(), command, "see").text, "see\nplan.pdf: https://example.org/plan.pdf");
    EXPECT_EQ(plan(plain(), command, "").text, "plan.pdf: https://example.org/plan.pdf");
    file.set_needs_auth(true);
    EXPECT_EQ(plan(plain(), command, "see").kind, Kind::refuse);
    EXPECT_EQ(plan(Capabilities{}, command, "see").kind, Kind::refuse);
}

TEST(ChatCapabilities, ArePublished) {
    EXPECT_EQ(to_json(plain()),
              R"({"edit":"none","delete":"none","react":false,"reply":false,"thread":false,"topic":true,"names":false,)"
              R"("formatting":false,"files":"link","text_max":0,"text_unit":"bytes","message_ids":false,)"
              R"("fills_gaps":false,"confirms":false})");
    Capabilities can{.edit = Reach::own, .erase = Reach::any, .reacts = true, .files = Files::upload, .text_max = 4096};
    can.text_unit = TextUnit::utf16_units;
    v1::Chat::Capabilities message, expected;
    set(message, can);
    expected.set_edit(v1::Chat::Capabilities::OWN);
    expected.set_delete_(v1::Chat::Capabilities::ANY);
    expected.set_react(true);
    expected.set_files(v1::Chat::Capabilities::UPLOAD);
    expected.set_text_max(4096);
    expected.set_text_unit(v1::Chat::Capabilities::UTF16_UNITS);
    EXPECT_EQ(message.SerializeAsString(), expected.SerializeAsString());
    set(expected, Capabilities{});
    EXPECT_EQ(expected.SerializeAsString(), "") << "what was known before is gone";
}

}  // namespace
}  // namespace millrace::chat
