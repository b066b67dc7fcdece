#include "adapters/chat/telegram/normalise.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/chat/common/normal_form.hpp"
#include "millrace/v1/message.pb.h"

namespace millrace::chat::telegram {
namespace {

namespace json = boost::json;
using Lines = std::vector<std::string>;

constexpr Account kMe{"99", "mill_bot"};
const std::string ada = R"("from":{"id":7,"is_bot":false,"first_name":"Ada","last_name":"L","username":"ada"})";
const std::string direct = R"("chat":{"id":7,"type":"private","first_name":"Ada","username":"ada"})";
const std::string group = R"("chat":{"id":-1001,"type":"supergroup","title":"ops"})";

// An update of the Bot API, and what is made of it.
struct Read {
    explicit Read(const std::string& members) : body(R"({"update_id":5,)" + members + "}") {
        const std::optional<Update> update = decode_update(body, owner);
        is_update = update.has_value();
        if (update) said = normalise(*update, kMe);
    }

    std::string body;
    json::value owner;
    bool is_update = false;
    Normalised said;

    const Event& one() const {
        EXPECT_EQ(said.events.size(), 1u) << body;
        static const Event kNone;
        return said.events.empty() ? kNone : said.events[0];
    }
    // Each event in short.
    Lines lines() const {
        Lines lines;
        for (const Event& it : said.events) {
            std::string line = it.place.id() + " " + std::string(event_name(it.body)) + " " + it.body.author().id();
            if (!it.text.empty()) line += " `" + it.text + "`";
            if (it.body.has_membership() && it.body.membership().has_person())
                line += " of " + it.body.membership().person().id();
            if (it.body.has_reaction())
                line += " " + it.body.reaction().emoji() + " " + it.body.reaction().message_id();
            if (it.body.has_change()) line += " to " + it.body.change().migrated_to();
            if (it.is_farewell) line += " farewell";
            lines.push_back(line + " #" + it.key);
        }
        if (!said.press.empty())
            (lines.empty() ? lines.emplace_back() : lines.back() += " ") += "pressed " + said.press;
        if (!said.is_readable) lines.push_back("unreadable");
        if (said.migration) lines.push_back(said.migration->first + " is " + said.migration->second);
        return lines;
    }
};

std::string message(const std::string& more, const std::string& chat = direct) {
    return R"({"message_id":3,"date":1700000000,)" + chat + "," + ada + "," + more + "}";
}

std::string shown(const v1::Chat::Conversation& it) {
    return it.id() + " `" + it.name() + "` " + v1::Chat::Conversation::Kind_Name(it.kind()) + " " + it.parent_id();
}

std::string shown(const v1::Chat::File& it) {
    return it.id() + " `" + it.name() + "` " + it.mime_type() + " " + std::to_string(it.size()) +
           (it.needs_auth() && it.url().empty() ? "" : " for all");
}

TEST(TelegramNormalise, AText) {
    const Read it(R"("message":)" +
                  message(R"("text":"hé 🌊 @mill_bot","entities":[{"type":"mention","offset":6,"length":9}])"));
    const Event& event = it.one();
    EXPECT_EQ(event.text, "hé 🌊 @mill_bot");
    EXPECT_EQ(event.key, "5");
    EXPECT_EQ(shown(event.conversation), "7 `Ada` DIRECT ");
    const v1::Chat& body = event.body;
    EXPECT_EQ(body.author().id() + " " + body.author().username() + " " + body.author().display_name(), "7 ada Ada L");
    EXPECT_EQ(body.author().kind(), v1::Chat::Person::USER);
    EXPECT_EQ(body.message_id() + " " + body.event_key(), "3 5");
    EXPECT_EQ(body.sent_at_us(), 1'700'000'000'000'000u);
    EXPECT_EQ(body.message().kind(), v1::Chat::Message::TEXT);
    ASSERT_EQ(body.message().spans_size(), 1);
    EXPECT_EQ(body.message().spans(0).begin(), 9u);
    EXPECT_EQ(body.message().spans(0).target(), "99");
}

TEST(TelegramNormalise, WhereItIsSaid) {
    const std::pair<std::string, Lines> rows[] = {
        {R"("message":)" + message(R"("text":"x")", group), {"-1001 message 7 `x` #5"}},
        {R"("message":)" + message(R"("text":"x","is_topic_message":true,"message_thread_id":44)", group),
         {"-1001/44 message 7 `x` #5"}},
        {R"("message":)" + message(R"("text":"x","message_thread_id":44)", group), {"-1001 message 7 `x` #5"}},
        {R"("channel_post":{"message_id":3,"date":1,"chat":{"id":-1002,"type":"channel","title":"news"},"text":"x",
            "sender_chat":{"id":-1002,"type":"channel","title":"news"},"author_signature":"Ada"})",
         {"-1002 message -1002 `x` #5"}},
        {R"("channel_post":{"message_id":3,"date":1,"chat":{"id":-1002,"type":"channel"},"text":"x"})",
         {"-1002 message -1002 `x` #5"}},
        {R"("message":)" + message(R"("text":"x","sender_chat":{"id":-1001,"type":"supergroup","title":"ops"})", group),
         {"-1001 message -1001 `x` #5"}},
    };
    for (const auto& [update, expected] : rows) EXPECT_EQ(Read(update).lines(), expected) << update;
    const Read topic(R"("message":)" + message(R"("text":"x","is_topic_message":true,"message_thread_id":44)", group));
    EXPECT_EQ(shown(topic.one().conversation), "-1001/44 `ops` ROOM -1001");
    const Read thread(R"("message":)" + message(R"("text":"x","message_thread_id":44)", group));
    EXPECT_EQ(thread.one().body.message().thread().message_id(), "44");
}

TEST(TelegramNormalise, WhatHappens) {
    const std::pair<std::string, Lines> rows[] = {
        {R"("edited_message":)" + message(R"("text":"y","edit_date":1700000009)"), {"7 edit 7 `y` #5"}},
        {R"("message":)" + message(R"("new_chat_title":"ops 2")", group), {"-1001 topic 7 `ops 2` #5"}},
        {R"("message":)" + message(R"("new_chat_members":[{"id":7},{"id":8,"is_bot":true}])", group),
         {"-1001 join 7 #5", "-1001 join 7 of 8 #5/1"}},
        {R"("message":)" + message(R"("left_chat_member":{"id":7})", group), {"-1001 part 7 #5"}},
        {R"("message":)" + message(R"("left_chat_member":{"id":8})", group), {"-1001 kick 7 of 8 #5"}},
        {R"("message":)" + message(R"("migrate_to_chat_id":-1009)", R"("chat":{"id":-4,"type":"group"})"),
         {"-4 change 7 to -1009 farewell #5", "-4 is -1009"}},
        {R"("message":)" + message(R"("migrate_from_chat_id":-4)", group), {"-4 is -1001"}},
        {R"("message":)" + message(R"("pinned_message":{})", group), {}},
        {R"("message":)" + message(R"("sticker":{"file_id":"S","emoji":"😀"})"), {"7 message 7 `😀` #5"}},
        {R"("message":)" + message(R"("location":{"latitude":1.5,"longitude":-2})"),
         {"7 message 7 `geo:1.500000,-2` #5"}},
        {R"("message":)" + message(R"("contact":{"first_name":"B","phone_number":"+1"})"), {"7 message 7 `B +1` #5"}},
        {R"("message":)" + message(R"("poll":{"question":"why?"})"), {"7 message 7 `why?` #5"}},
        {R"("message":)" + message(R"("dice":{"emoji":"🎲","value":6})"), {"7 message 7 `🎲 6` #5"}},
        {R"("message_reaction":{)" + group + R"(,"message_id":3,"user":{"id":7},"date":1,
            "old_reaction":[{"type":"emoji","emoji":"👍"},{"type":"emoji","emoji":"👎"}],
            "new_reaction":[{"type":"emoji","emoji":"👎"},{"type":"custom_emoji","custom_emoji_id":"53"}]})",
         {"-1001 reaction 7 👍 3 #5", "-1001 reaction 7 53 3 #5/1"}},
        {R"("message_reaction":{)" + group + R"(,"message_id":3,"actor_chat":{"id":-1001},"date":1,
            "old_reaction":[],"new_reaction":[{"type":"emoji","emoji":"👍"}]})",
         {"-1001 reaction -1001 👍 3 #5"}},
        {R"("callback_query":{"id":"77",)" + ada + R"(,"message":{"message_id":3,)" + group + R"(},"data":"yes"})",
         {"-1001 interaction 7 `yes` #5 pressed 77"}},
        {R"("callback_query":{"id":"78",)" + ada + R"(,"message":{"message_id":3,"date":0,)" + direct + R"(},
            "game_short_name":"chess"})",
         {"7 interaction 7 #5 pressed 78"}},
        {R"("callback_query":{"id":"79",)" + ada + R"(,"inline_message_id":"i","data":"yes"})", {"pressed 79"}},
        {R"("my_chat_member":{)" + group + "," + ada +
             R"(,"date":1,"old_chat_member":{"status":"left","user":{"id":99}},
            "new_chat_member":{"status":"member","user":{"id":99}}})",
         {"-1001 join 7 of 99 #5"}},
        {R"("my_chat_member":{)" + group + "," + ada + R"(,"date":1,"old_chat_member":{"status":"administrator",
            "user":{"id":99}},"new_chat_member":{"status":"kicked","user":{"id":99}}})",
         {"-1001 kick 7 of 99 farewell #5"}},
        {R"("chat_member":{)" + group + "," + ada +
             R"(,"date":1,"old_chat_member":{"status":"member","user":{"id":7}},
            "new_chat_member":{"status":"left","user":{"id":7}}})",
         {"-1001 part 7 #5"}},
        {R"("chat_member":{)" + group + "," + ada +
             R"(,"date":1,"old_chat_member":{"status":"member","user":{"id":8}},
            "new_chat_member":{"status":"administrator","user":{"id":8}}})",
         {}},
        {R"("chat_member":{)" + group + "," + ada + R"(,"date":1,"old_chat_member":{"status":"restricted",
            "is_member":false,"user":{"id":8}},
            "new_chat_member":{"status":"restricted","is_member":true,"user":{"id":8}}})",
         {"-1001 join 7 of 8 #5"}},
        {R"("inline_query":{"id":"1"})", {}},
    };
    for (const auto& [update, expected] : rows) EXPECT_EQ(Read(update).lines(), expected) << update;
}

TEST(TelegramNormalise, AnEditNamesItsMessage) {
    const Read it(R"("edited_message":)" + message(R"("text":"y","edit_date":1700000009)"));
    EXPECT_EQ(it.one().body.message_id(), "");
    EXPECT_EQ(it.one().body.edit().message_id(), "3");
    EXPECT_EQ(it.one().body.sent_at_us(), 1'700'000'009'000'000u);
}

TEST(TelegramNormalise, AReplyNamesWhatItAnswers) {
    const Read it(R"("message":)" + message(R"("text":"y","reply_to_message":{"message_id":2})"));
    EXPECT_EQ(it.one().body.message().reply_to().message_id(), "2");
    const Read first(R"("message":)" + message(R"("text":"y","is_topic_message":true,"message_thread_id":44,
        "reply_to_message":{"message_id":44})",
                                               group));
    EXPECT_FALSE(first.one().body.message().has_reply_to()) << "that is the topic";
}

TEST(TelegramNormalise, AButtonIsAnInteraction) {
    const Read it(R"("callback_query":{"id":"77",)" + ada + R"(,"message":{"message_id":3,)" + direct +
                  R"(},"game_short_name":"chess"})");
    EXPECT_EQ(it.one().body.message_id(), "");
    const v1::Chat::Interaction& interaction = it.one().body.interaction();
    EXPECT_EQ(interaction.message_id(), "3");
    EXPECT_EQ(interaction.control(), "chess");
    const json::object details = json::parse(interaction.details()).as_object();
    EXPECT_EQ(details.at("message").at("message_id"), 3);
    EXPECT_FALSE(details.contains("id")) << "whoever has it may answer";
}

TEST(TelegramNormalise, Files) {
    const std::pair<const char*, const char*> rows[] = {
        {R"("document":{"file_id":"D","file_name":"a.pdf","mime_type":"application/pdf","file_size":12})",
         "D `a.pdf` application/pdf 12"},
        {R"("photo":[{"file_id":"s","width":1,"height":9},{"file_id":"L","width":9,"height":9,"file_size":4},
                     {"file_id":"m","width":3,"height":3}])",
         "L `` image/jpeg 4"},
        {R"("animation":{"file_id":"A"},"document":{"file_id":"A"})", "A `` video/mp4 0"},
        {R"("voice":{"file_id":"V","file_size":-1})", "V `` audio/ogg 0"},
        {R"("sticker":{"file_id":"S","is_video":true})", "S `` video/webm 0"},
        {R"("sticker":{"file_id":"S","is_animated":true})", "S `` application/x-tgsticker 0"},
        {R"("video_note":{"file_id":"N"})", "N `` video/mp4 0"},
    };
    for (const auto& [members, expected] : rows) {
        const Read it(R"("message":)" + message(std::string(members) + R"(,"caption":"c")"));
        ASSERT_EQ(it.one().body.message().files_size(), 1) << members;
        EXPECT_EQ(shown(it.one().body.message().files(0)), expected);
        EXPECT_EQ(it.one().text, "c");
    }
}

TEST(TelegramNormalise, ItsOwn) {
    const std::string own = R"("from":{"id":99,"is_bot":true,"first_name":"Mill"})";
    EXPECT_TRUE(
        Read(R"("message":{"message_id":3,"date":1,)" + group + "," + own + R"(,"text":"x"})").one().body.is_mine());
    EXPECT_TRUE(Read(R"("message":)" + message(R"("text":"x","via_bot":{"id":99})")).one().body.is_mine());
    EXPECT_FALSE(Read(R"("message":)" + message(R"("text":"x","via_bot":{"id":98})")).one().body.is_mine());
}

TEST(TelegramNormalise, WrongShapes) {
    const Lines unreadable{"unreadable"};
    const std::string rows[] = {
        R"("message":{})",
        R"("message":{"message_id":3,"chat":7,)" + ada + R"(,"text":"x"})",
        R"("message":{"message_id":3,"chat":{"id":"7","type":"private"},)" + ada + R"(,"text":"x"})",
        R"("message":{"message_id":3,"chat":{"id":0,"type":"private"},)" + ada + R"(,"text":"x"})",
        R"("message":{"message_id":3,"chat":{"id":1.5,"type":"private"},)" + ada + R"(,"text":"x"})",
        R"("message":{"message_id":{},)" + direct + "," + ada + R"(,"text":"x"})",
        R"("message":{)" + direct + "," + ada + R"(,"text":"x"})",
        R"("message":{"message_id":3,)" + direct + R"(,"from":{"id":"x"},"text":"x"})",
        R"("message":{"message_id":3,)" + direct + R"(,"from":{},"text":"x"})",
        R"("message_reaction":{)" + group + R"(,"message_id":3})",
        R"("message_reaction":{"message_id":3,"user":{"id":7}})",
        R"("message_reaction":{)" + group + R"(,"user":{"id":7},"new_reaction":[]})",
        R"("callback_query":{"id":7,)" + ada + "}",
        R"("callback_query":{"id":"7"})",
        R"("my_chat_member":{)" + group + "," + ada + "}",
        R"("chat_member":{"from":7})",
        R"("message":)" + message(R"("left_chat_member":{})", group),
        R"("message":)" + message(R"("migrate_to_chat_id":{})", group),
    };
    for (const std::string& update : rows) EXPECT_EQ(Read(update).lines(), unreadable) << update;
    for (const std::string& update :
         {std::string(R"("message":7)"), std::string(R"("message":null)"), std::string(R"("x":1)")})
        EXPECT_EQ(Read(update).lines(), Lines{}) << update;
    for (const char* more :
         {R"("text":7)", R"("text":null,"photo":7)", R"("photo":[7])", R"("photo":[])", R"("document":[])",
          R"("new_chat_members":[])", R"("new_chat_members":[7,{}])", R"("new_chat_title":7)", R"("entities":7)"})
        EXPECT_EQ(Read(R"("message":)" + message(more)).lines(), Lines{}) << more;
    EXPECT_EQ(Read(R"("message":)" +
                   message(R"("text":"x","reply_to_message":7,"message_thread_id":"y","entities":{},"date":"z")"))
                  .lines(),
              Lines{"7 message 7 `x` #5"});
}

TEST(TelegramNormalise, ALargeText) {
    const std::string text(1'000'000, 'x');
    EXPECT_EQ(Read(R"("message":)" + message(R"("text":")" + text + "\"")).one().text.size(), text.size());
}

TEST(TelegramScope, Fields) {
    v1::Chat::Conversation conversation;
    conversation.set_id("-1001");
    v1::ChannelMessage message;
    ASSERT_TRUE(message.ParseFromString(scope_fields(conversation, "telegram", "mill_bot", {.text_max = 9})));
    EXPECT_EQ(message.chat().conversation().account(), "mill_bot");
    EXPECT_EQ(message.chat().capabilities().text_max(), 9u);
}

}  // namespace
}  // namespace millrace::chat::telegram
