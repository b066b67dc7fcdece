#include "adapters/chat/slack/normalise.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/chat/common/normal_form.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::chat::slack {
namespace {

using v1::Chat;
using Kind = Delivery::Kind;

const Self self{"U0", "B0", "T1", "Team", "millrace"};

class Nobody final : public Names {
  public:
    std::string_view person(std::string_view id) const override { return id == "U1" ? "Ada" : ""; }
    std::string_view room(std::string_view) const override { return ""; }
};

struct Read {
    Reading reading;
    Event event;

    Read(Kind kind, std::string_view json) {
        Delivery delivery{kind, boost::json::parse({json.data(), json.size()})};
        reading = normalise(delivery, self, "fallback", event);
    }
    static Read of(std::string_view event) {
        return Read(Kind::event, R"({"type":"event_callback","event_id":"Ev1","event":)" + std::string(event) + "}");
    }
    const Chat& chat() const { return event.chat; }
    std::string name() const { return std::string(event_name(event.chat)); }
};

TEST(SlackNormalise, AMessage) {
    Read it = Read::of(R"({"type":"message","channel":"C1","user":"U1","text":"hi <@U1>","ts":"1355517523.000005",
                           "channel_type":"channel"})");
    ASSERT_EQ(it.reading, Reading::taken);
    EXPECT_EQ(it.event.channel, "C1");
    EXPECT_FALSE(it.event.is_direct);
    EXPECT_EQ(it.event.key, "C1:1355517523.000005");
    EXPECT_EQ(it.event.thread, "");
    EXPECT_EQ(it.name(), "message");
    EXPECT_EQ(it.chat().author().id(), "U1");
    EXPECT_EQ(it.chat().author().kind(), Chat::Person::USER);
    EXPECT_EQ(it.chat().message_id(), "1355517523.000005");
    EXPECT_EQ(it.chat().event_key(), it.event.key);
    EXPECT_EQ(it.chat().sent_at_us(), 1'355'517'523'000'005u);
    EXPECT_FALSE(it.chat().is_mine());

    render(it.event, Nobody());
    EXPECT_EQ(it.event.text, "hi @Ada");
    EXPECT_EQ(it.chat().author().display_name(), "Ada");
    EXPECT_EQ(it.chat().message().native_text(), "hi <@U1>");
    ASSERT_EQ(it.chat().message().spans_size(), 1);
    EXPECT_EQ(it.chat().message().spans(0).target(), "U1");

    std::string fields = scope_fields("net", "U0", self, it.event, "ops", Capabilities{.reacts = true});
    append_fields(fields, it.event, "C1");
    v1::ChannelMessage message;
    ASSERT_TRUE(message.ParseFromString(fields));
    EXPECT_EQ(message.reply_to(), "C1");
    EXPECT_EQ(message.chat().conversation().id(), "C1");
    EXPECT_EQ(message.chat().conversation().name(), "ops");
    EXPECT_EQ(message.chat().conversation().workspace(), "T1");
    EXPECT_EQ(message.chat().conversation().kind(), Chat::Conversation::ROOM);
    EXPECT_EQ(message.chat().message_id(), "1355517523.000005");
    EXPECT_TRUE(message.chat().capabilities().react());
    EXPECT_FALSE(message.chat().capabilities().thread());
}

TEST(SlackNormalise, WhatIsSaid) {
    struct Row {
        const char* more;
        const char* name;
        Chat::Message::Kind kind;
    };
    const Row rows[] = {
        {R"("subtype":"me_message")", "action", Chat::Message::ACTION},
        {R"("subtype":"thread_broadcast","thread_ts":"1.000001")", "message", Chat::Message::TEXT},
        {R"("subtype":"channel_purpose")", "message", Chat::Message::SYSTEM},
        {R"("subtype":"bot_message","bot_id":"B7","username":"ci")", "message", Chat::Message::TEXT},
    };
    for (const Row& row : rows) {
        const Read it = Read::of(R"({"type":"message","channel":"C1","user":"U1","text":"x","ts":"2.000001",)" +
                                 std::string(row.more) + "}");
        ASSERT_EQ(it.reading, Reading::taken) << row.more;
        EXPECT_EQ(it.name(), row.name) << row.more;
        EXPECT_EQ(it.chat().message().kind(), row.kind) << row.more;
    }
}

TEST(SlackNormalise, BotsAndTheGatewayItself) {
    const Read bot = Read::of(
        R"({"type":"message","channel":"C1","subtype":"bot_message","bot_id":"B7","username":"ci",
            "text":"x","ts":"2.000001"})");
    EXPECT_EQ(bot.chat().author().id(), "B7");
    EXPECT_EQ(bot.chat().author().username(), "ci");
    EXPECT_EQ(bot.chat().author().kind(), Chat::Person::BOT);
    EXPECT_FALSE(bot.chat().is_mine());
    for (const char* who : {R"("user":"U0")", R"("bot_id":"B0")", R"("user":"U0","bot_id":"B0")"}) {
        const Read it =
            Read::of(R"({"type":"message","channel":"C1","text":"x","ts":"2.000001",)" + std::string(who) + "}");
        EXPECT_TRUE(it.chat().is_mine()) << who;
    }
}

TEST(SlackNormalise, Threads) {
    const Read reply =
        Read::of(R"({"type":"message","channel":"C1","user":"U1","text":"x","ts":"2.000001","thread_ts":"1.000001"})");
    EXPECT_EQ(reply.event.thread, "1.000001");
    EXPECT_EQ(reply.chat().message().thread().message_id(), "1.000001");
    const Read parent =
        Read::of(R"({"type":"message","channel":"C1","user":"U1","text":"x","ts":"1.000001","thread_ts":"1.000001"})");
    EXPECT_EQ(parent.event.thread, "");
    EXPECT_EQ(parent.chat().message().thread().message_id(), "1.000001");
}

TEST(SlackNormalise, Files) {
    const Read it =
        Read::of(R"({"type":"message","subtype":"file_share","channel":"D1","user":"U1","text":"","ts":"1.000001",
        "files":[{"id":"F1","name":"a.png","mimetype":"image/png","size":12,"url_private":"https://files.slack.com/F1"},
                 {"id":"F2","is_external":true,"url_private":"https://h.example/x"},7,{"size":-1}]})");
    ASSERT_EQ(it.chat().message().files_size(), 4);
    const Chat::File& file = it.chat().message().files(0);
    EXPECT_EQ(file.id(), "F1");
    EXPECT_EQ(file.name(), "a.png");
    EXPECT_EQ(file.mime_type(), "image/png");
    EXPECT_EQ(file.size(), 12u);
    EXPECT_TRUE(file.needs_auth());
    EXPECT_FALSE(it.chat().message().files(1).needs_auth());
    EXPECT_EQ(it.chat().message().files(3).size(), 0u);
    EXPECT_TRUE(it.event.is_direct);
}

TEST(SlackNormalise, AnEdit) {
    Read it = Read::of(R"({"type":"message","subtype":"message_changed","channel":"C1","ts":"9.000001","message":
        {"type":"message","user":"U1","text":"new","ts":"1.000001","edited":{"user":"U1","ts":"9.000000"}},
        "previous_message":{"user":"U1","text":"old","ts":"1.000001"}})");
    ASSERT_EQ(it.reading, Reading::taken);
    EXPECT_EQ(it.name(), "edit");
    EXPECT_EQ(it.chat().edit().message_id(), "1.000001");
    EXPECT_EQ(it.chat().edit().edit_id(), "9.000000");
    EXPECT_EQ(it.chat().message_id(), "");
    EXPECT_EQ(it.event.key, "Ev1");
    render(it.event, Nobody());
    EXPECT_EQ(it.event.text, "new");
}

TEST(SlackNormalise, ChangesThatNobodyHasMadeAreIgnored) {
    const char* const changes[] = {
        // A link was unfurled; a reply was counted; what was edited before is replayed.
        R"({"user":"U1","text":"http://x","ts":"1.000001","attachments":[{}]})",
        R"({"user":"U1","text":"x","ts":"1.000001","reply_count":1})",
        R"({"user":"U1","text":"x","ts":"1.000001","edited":{"ts":"3.000000"}})",
    };
    for (const char* change : changes) {
        const Read it = Read::of(R"({"type":"message","subtype":"message_changed","channel":"C1","message":)" +
                                 std::string(change) + R"(,"previous_message":{"edited":{"ts":"3.000000"}}})");
        EXPECT_EQ(it.reading, Reading::ignored) << change;
    }
}

TEST(SlackNormalise, Deletions) {
    const Read it = Read::of(R"({"type":"message","subtype":"message_deleted","channel":"C1","deleted_ts":"1.000001",
        "ts":"9.000001","previous_message":{"user":"U1","text":"x","ts":"1.000001"}})");
    ASSERT_EQ(it.reading, Reading::taken);
    EXPECT_EQ(it.name(), "delete");
    EXPECT_EQ(it.chat().delete_().message_id(), "1.000001");
    EXPECT_EQ(it.chat().author().id(), "U1");
    const Read tombstone = Read::of(R"({"type":"message","subtype":"message_changed","channel":"C1","message":
        {"subtype":"tombstone","text":"This message was deleted.","ts":"1.000001"}})");
    EXPECT_EQ(tombstone.name(), "delete");
    EXPECT_EQ(tombstone.chat().delete_().message_id(), "1.000001");
}

TEST(SlackNormalise, Reactions) {
    const Read it =
        Read::of(R"({"type":"reaction_removed","user":"U1","reaction":"thumbsup::skin-tone-2","event_ts":"5.000001",
        "item":{"type":"message","channel":"C1","ts":"1.000001"}})");
    ASSERT_EQ(it.reading, Reading::taken);
    EXPECT_EQ(it.name(), "reaction");
    EXPECT_EQ(it.chat().reaction().emoji(), "👍");
    EXPECT_TRUE(it.chat().reaction().is_removed());
    EXPECT_EQ(it.chat().reaction().message_id(), "1.000001");
    EXPECT_EQ(Read::of(R"({"type":"reaction_added","user":"U1","reaction":"our_own","item":
        {"type":"message","channel":"C1","ts":"1.000001"}})")
                  .chat()
                  .reaction()
                  .emoji(),
              "our_own");
    EXPECT_EQ(
        Read::of(R"({"type":"reaction_added","user":"U1","reaction":"x","item":{"type":"file","file":"F1"}})").reading,
        Reading::ignored);
}

TEST(SlackNormalise, WhoComesAndGoes) {
    struct Row {
        const char* event;
        const char* name;
        bool is_departure;
    };
    const Row rows[] = {
        {R"({"type":"message","subtype":"channel_join","channel":"C1","user":"U1","text":"x","ts":"1.000001"})", "join",
         false},
        {R"({"type":"message","subtype":"group_leave","channel":"C1","user":"U1","text":"x","ts":"1.000001"})", "part",
         false},
        {R"({"type":"message","subtype":"channel_leave","channel":"C1","user":"U0","text":"x","ts":"1.000001"})",
         "part", true},
        {R"({"type":"member_joined_channel","channel":"C1","user":"U0","event_ts":"1.000001"})", "join", false},
        {R"({"type":"member_left_channel","channel":"C1","user":"U1"})", "part", false},
        {R"({"type":"member_left_channel","channel":"C1","user":"U0"})", "part", true},
        {R"({"type":"channel_archive","channel":"C1","user":"U1"})", "change", true},
        {R"({"type":"channel_left","channel":"C1"})", "change", true},
        {R"({"type":"channel_rename","channel":{"id":"C1","name":"new"}})", "change", false},
    };
    for (const Row& row : rows) {
        const Read it = Read::of(row.event);
        ASSERT_EQ(it.reading, Reading::taken) << row.event;
        EXPECT_EQ(it.event.channel, "C1") << row.event;
        EXPECT_EQ(it.name(), row.name) << row.event;
        EXPECT_EQ(it.event.is_departure, row.is_departure) << row.event;
    }
}

TEST(SlackNormalise, TopicsAndNames) {
    Read topic = Read::of(
        R"({"type":"message","subtype":"channel_topic","channel":"C1","user":"U1","text":"set",
            "topic":"a &amp; b","ts":"1.000001"})");
    EXPECT_EQ(topic.name(), "topic");
    render(topic.event, Nobody());
    EXPECT_EQ(topic.event.text, "a & b");
    const Read name = Read::of(
        R"({"type":"message","subtype":"channel_name","channel":"C1","user":"U1","name":"new",
            "old_name":"old","text":"x","ts":"1.000001"})");
    EXPECT_EQ(name.chat().change().name(), "new");
}

TEST(SlackNormalise, ASlashCommand) {
    const Read it(Kind::command, R"({"command":"/deploy","text":"now &amp; here","channel_id":"C1","user_id":"U1",
        "user_name":"ada","trigger_id":"1.2.x","response_url":"https://hooks.slack.com/commands/secret","token":"t"})");
    ASSERT_EQ(it.reading, Reading::taken);
    EXPECT_EQ(it.name(), "command");
    EXPECT_EQ(it.chat().command().name(), "/deploy");
    EXPECT_EQ(it.event.text, "now &amp; here");
    EXPECT_EQ(it.event.response_url, "https://hooks.slack.com/commands/secret");
    EXPECT_EQ(it.event.key, "trigger:1.2.x");
    EXPECT_EQ(it.chat().author().username(), "ada");
    EXPECT_EQ(it.chat().SerializeAsString().find("secret"), std::string::npos);
}

TEST(SlackNormalise, AnInteraction) {
    const Read it(Kind::interaction, R"({"type":"block_actions","user":{"id":"U1","username":"ada"},"trigger_id":"7.8",
        "token":"s3cret","response_url":"https://hooks/s3cret","channel":{"id":"C1","name":"ops"},
        "container":{"type":"message","message_ts":"1.000001","channel_id":"C1"},
        "actions":[{"action_id":"approve","block_id":"b","value":"42","type":"button"}]})");
    ASSERT_EQ(it.reading, Reading::taken);
    EXPECT_EQ(it.name(), "interaction");
    EXPECT_EQ(it.event.channel, "C1");
    EXPECT_EQ(it.event.text, "42");
    EXPECT_EQ(it.chat().interaction().control(), "approve");
    EXPECT_EQ(it.chat().interaction().message_id(), "1.000001");
    EXPECT_EQ(it.chat().interaction().kind(), "block_actions");
    EXPECT_NE(it.chat().interaction().details().find("\"block_id\":\"b\""), std::string::npos);
    EXPECT_EQ(it.chat().interaction().details().find("s3cret"), std::string::npos);

    const Read step(Kind::interaction, R"({"type":"block_actions","user":{"id":"U1"},"bot_access_token":"s3cret",
        "interactivity":{"interactor":{"id":"U1","secret":"s3cret"},"interactivity_pointer":"s3cret"},
        "function_data":{"execution_id":"Fx1","inputs":{"by":{"interactor":{"id":"U1","secret":"s3cret"}}}},
        "actions":[{"action_id":"approve","value":"42"}]})");
    ASSERT_EQ(step.reading, Reading::taken);
    EXPECT_EQ(step.chat().interaction().details().find("s3cret"), std::string::npos);
    EXPECT_NE(step.chat().interaction().details().find(R"("execution_id":"Fx1")"), std::string::npos);

    const Read view(Kind::interaction,
                    R"({"type":"view_submission","user":{"id":"U1"},"view":{"callback_id":"form"}})");
    ASSERT_EQ(view.reading, Reading::taken);
    EXPECT_EQ(view.event.channel, "U1");
    EXPECT_TRUE(view.event.is_direct);
    EXPECT_EQ(view.chat().interaction().control(), "form");
    EXPECT_EQ(view.event.key, "fallback");
}

TEST(SlackNormalise, WhatIsNotSpokenOfHere) {
    for (const char* event : {R"({"type":"team_join","user":{"id":"U1"}})", R"({"type":"app_home_opened","user":"U1"})",
                              R"({"type":"message","subtype":"message_replied","channel":"C1"})"})
        EXPECT_EQ(Read::of(event).reading, Reading::ignored) << event;
    EXPECT_EQ(Read(Kind::interaction, R"({"type":"block_suggestion","user":{"id":"U1"}})").reading, Reading::ignored);
    EXPECT_EQ(Read(Kind::other, "{}").reading, Reading::ignored);
}

TEST(SlackNormalise, WrongShapesAreUnreadable) {
    const char* const events[] = {
        "null",
        "7",
        "[]",
        "\"message\"",
        "{}",
        R"({"type":7})",
        R"({"type":"message"})",
        R"({"type":"message","channel":["C1"],"ts":"1.000001"})",
        R"({"type":"message","channel":"C1"})",
        R"({"type":"message","channel":"C1","ts":1.5})",
        R"({"type":"message","subtype":"message_changed","channel":"C1","message":"x"})",
        R"({"type":"message","subtype":"message_changed","channel":"C1","message":[[]]})",
        R"({"type":"message","subtype":"message_deleted","channel":"C1","deleted_ts":{}})",
        R"({"type":"reaction_added","user":"U1","reaction":"x","item":{"type":"message"}})",
        R"({"type":"reaction_added","user":"U1","reaction":[],"item":{"type":"message","channel":"C1","ts":"1.0"}})",
        R"({"type":"member_joined_channel","channel":"C1"})",
        R"({"type":"channel_rename","channel":7})",
    };
    for (const char* event : events) EXPECT_EQ(Read::of(event).reading, Reading::unreadable) << event;
    for (const char* body : {"{}", "[]", R"({"command":"/x"})", R"({"command":7,"user_id":"U1"})"})
        EXPECT_EQ(Read(Kind::command, body).reading, Reading::unreadable) << body;
    for (const char* body : {"null", R"({"type":"block_actions"})", R"({"type":"x","user":"U1"})"})
        EXPECT_EQ(Read(Kind::interaction, body).reading, Reading::unreadable) << body;
}

}  // namespace
}  // namespace millrace::chat::slack
