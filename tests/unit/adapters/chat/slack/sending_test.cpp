#include "adapters/chat/slack/sending.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace millrace::chat::slack {
namespace {

using Strings = std::vector<std::string>;

class SlackSending : public testing::Test {
  protected:
    // The calls, each as `chat.postMessage channel=C1 text=hello`, or what is wrong.
    Strings plan(std::string_view payload, const v1::ChatCommand& chat = {}, std::string_view address = "C1",
                 std::uint32_t kind = MILLRACE_TEXT, const std::string& title = {}) {
        v1::Command body;
        if (chat.ByteSizeLong() != 0) *body.mutable_chat() = chat;
        if (!title.empty()) body.set_title(title);
        const std::string bytes = body.SerializeAsString();
        millrace::Outgoing command{};
        command.payload_kind = kind;
        command.payload = payload;
        command.body = bytes;
        sending_ = {};
        std::string why = to_sending(command, address, sending_);
        if (why.empty()) why = plan_calls({capabilities_, ids_, urls_, 0}, sending_);
        if (!why.empty()) return {"! " + why};
        Strings calls;
        for (const Call& call : sending_.calls) calls.push_back(words_of(call));
        return calls;
    }
    static std::string words_of(const Call& call) {
        std::string words(info_of(call.method).name);
        if (words.empty()) words = call.method == Method::upload ? "upload" : "response " + call.url;
        for (const FormField& field : call.fields) words += " " + field.name + "=" + field.value;
        return call.body.empty() ? words : words + " " + call.body;
    }
    static ApiAnswer answer(std::string_view json) {
        return {.fate = Fate::sent, .body = boost::json::parse({json.data(), json.size()})};
    }

    Capabilities capabilities_ = capabilities(true);
    IdMap ids_{100};
    ResponseUrls urls_;
    Sending sending_;
};

TEST(SlackAddress, Forms) {
    const Address room = Address::parse("C1");
    EXPECT_EQ(room.channel + "|" + room.thread + "|" + room.response, "C1||");
    const Address all = Address::parse("C1/5.000001?n-1");
    EXPECT_EQ(all.channel + "|" + all.thread + "|" + all.response, "C1|5.000001|n-1");
    for (const char* text : {"C1", "C1/5.000001", "U1?n-1", "C1/5.000001?n-1"})
        EXPECT_EQ(Address::parse(text).text(), text);
}

TEST_F(SlackSending, ATextIsPosted) {
    EXPECT_EQ(plan("hello <b> & c"),
              (Strings{"chat.postMessage channel=C1 text=hello &lt;b&gt; &amp; c mrkdwn=false"}));
    EXPECT_EQ(plan("x", {}, "C1/5.000001"),
              (Strings{"chat.postMessage channel=C1 text=x mrkdwn=false thread_ts=5.000001"}));
}

TEST_F(SlackSending, WhatIsWrong) {
    EXPECT_EQ(plan(""), (Strings{"! there is nothing to say"}));
    EXPECT_EQ(plan("\xff"), (Strings{"! it is not UTF-8"}));
    for (const std::string& address : {std::string(), std::string("a b"), std::string("/5.0"), std::string(200, 'C')})
        EXPECT_EQ(plan("x", {}, address), (Strings{"! there is nobody whom it is for"})) << address;
    EXPECT_EQ(plan("", {}, "C1", MILLRACE_DATA), (Strings{"! there is nothing in the file"}));
    EXPECT_EQ(plan(std::string(4'000 * 51, 'x')), (Strings{"! it is too long"}));
}

TEST_F(SlackSending, ALongTextIsSeveral) {
    const Strings calls = plan(std::string(3'999, 'a') + " " + std::string(4'000, 'b') + "c");
    ASSERT_EQ(calls.size(), 3u);
    EXPECT_EQ(sending_.texts, (Strings{std::string(3'999, 'a') + " ", std::string(4'000, 'b'), "c"}));
    for (const char* ts : {"1.000001", "1.000002", "1.000003"})
        sending_.take(answer(R"({"ok":true,"ts":")" + std::string(ts) + "\"}"));
    EXPECT_EQ(sending_.ids, (Strings{"1.000001", "1.000002", "1.000003"}));
    EXPECT_EQ(sending_.next, 3u);
}

TEST_F(SlackSending, SpansBecomeMarkup) {
    v1::ChatCommand chat;
    v1::Chat::Span& span = *chat.mutable_send()->add_spans();
    span.set_kind(v1::Chat::Span::BOLD);
    span.set_size(2);
    EXPECT_EQ(plan("hi you", chat), (Strings{"chat.postMessage channel=C1 text=*hi* you"}));
}

TEST_F(SlackSending, ActionsThreadsAndNames) {
    v1::ChatCommand action;
    action.mutable_send()->set_kind(v1::Chat::Message::ACTION);
    EXPECT_EQ(plan("waves", action), (Strings{"chat.meMessage channel=C1 text=waves"}));
    v1::ChatCommand reply;
    reply.mutable_send()->mutable_reply_to()->set_message_id("5.000001");
    EXPECT_EQ(plan("x", reply), (Strings{"chat.postMessage channel=C1 text=x mrkdwn=false thread_ts=5.000001"}));
    reply.mutable_send()->mutable_thread()->set_message_id("4.000001");
    EXPECT_EQ(plan("x", reply), (Strings{"chat.postMessage channel=C1 text=x mrkdwn=false thread_ts=4.000001"}));
    v1::ChatCommand named;
    named.mutable_send()->set_shown_name("Ada");
    named.mutable_send()->set_shown_avatar_url("https://h/a.png");
    EXPECT_EQ(plan("x", named),
              (Strings{"chat.postMessage channel=C1 text=x mrkdwn=false username=Ada icon_url=https://h/a.png"}));
    capabilities_ = capabilities(false);
    EXPECT_EQ(plan("x", named), (Strings{"chat.postMessage channel=C1 text=&lt;Ada&gt; x mrkdwn=false"}));
}

TEST_F(SlackSending, AFileWithAUrlIsALink) {
    v1::ChatCommand chat;
    chat.mutable_send()->add_files()->set_url("https://h/a");
    EXPECT_EQ(plan("see", chat), (Strings{"chat.postMessage channel=C1 text=see\nhttps://h/a mrkdwn=false"}));
    chat.mutable_send()->mutable_files(0)->set_needs_auth(true);
    EXPECT_EQ(plan("see", chat), (Strings{"! the network takes no files, and this one has no URL that all may use"}));
}

TEST_F(SlackSending, EditsDeletionsReactionsTopics) {
    ids_.put({"C1", "mine", {"1.000001", "1.000002"}});
    v1::ChatCommand edit;
    edit.mutable_edit()->mutable_message()->set_client_id("mine");
    EXPECT_EQ(plan("new", edit), (Strings{"chat.update channel=C1 ts=1.000001 text=new parse=none",
                                          "chat.delete channel=C1 ts=1.000002"}));
    EXPECT_EQ(sending_.ids, (Strings{"1.000001", "1.000002"})) << "what has not been deleted is there";
    sending_.take(answer("{}"));
    sending_.take(answer("{}"));
    EXPECT_EQ(sending_.ids, (Strings{"1.000001"}));
    edit.mutable_edit()->mutable_message()->set_client_id("unknown");
    EXPECT_EQ(plan("new", edit), (Strings{"! the message is not known, so it cannot be changed"}));
    edit.mutable_edit()->mutable_message()->set_message_id("7.000001");
    EXPECT_EQ(plan("new", edit), (Strings{"chat.update channel=C1 ts=7.000001 text=new parse=none"}));

    v1::ChatCommand erase;
    erase.mutable_delete_()->mutable_message()->set_client_id("mine");
    EXPECT_EQ(plan("", erase), (Strings{"chat.delete channel=C1 ts=1.000001", "chat.delete channel=C1 ts=1.000002"}));
    v1::ChatCommand react;
    react.mutable_react()->mutable_message()->set_message_id("7.000001");
    react.mutable_react()->set_emoji("👍");
    EXPECT_EQ(plan("", react), (Strings{"reactions.add channel=C1 timestamp=7.000001 name=+1"}));
    react.mutable_react()->set_is_removed(true);
    react.mutable_react()->set_emoji(":our_own:");
    EXPECT_EQ(plan("", react), (Strings{"reactions.remove channel=C1 timestamp=7.000001 name=our_own"}));
    v1::ChatCommand topic;
    topic.mutable_topic();
    EXPECT_EQ(plan("news", topic), (Strings{"conversations.setTopic channel=C1 topic=news"}));
}

TEST_F(SlackSending, AnEditThatIsLongerPostsTheRest) {
    ids_.put({"C1", "mine", {"1.000001"}});
    v1::ChatCommand edit;
    edit.mutable_edit()->mutable_message()->set_client_id("mine");
    const Strings calls = plan(std::string(4'000, 'a') + "b", edit);
    ASSERT_EQ(calls.size(), 2u);
    EXPECT_EQ(calls[1], "chat.postMessage channel=C1 text=b mrkdwn=false");
    sending_.take(answer("{}"));
    sending_.take(answer(R"({"ts":"2.000001"})"));
    EXPECT_EQ(sending_.ids, (Strings{"1.000001", "2.000001"}));
}

TEST_F(SlackSending, BytesAreUploaded) {
    v1::ChatCommand chat;
    chat.mutable_send()->add_files()->set_name("a.bin");
    EXPECT_EQ(plan("12345", chat, "C1/5.000001", MILLRACE_DATA, "A title"),
              (Strings{"files.getUploadURLExternal filename=a.bin length=5", "upload 12345",
                       "files.completeUploadExternal channel_id=C1 title=A title thread_ts=5.000001"}));
    sending_.take(answer(R"({"ok":true,"upload_url":"https://files/up","file_id":"F1"})"));
    EXPECT_EQ(sending_.calls[1].url, "https://files/up");
    EXPECT_EQ(words_of(sending_.calls[2]),
              "files.completeUploadExternal channel_id=C1 "
              R"(files=[{"id":"F1","title":"A title"}] thread_ts=5.000001)");
}

TEST_F(SlackSending, AReplyToACommandLeavesByItsUrl) {
    const std::string name = urls_.keep("https://hooks/1", "s", 0);
    EXPECT_EQ(plan("done & over", {}, "C1?" + name),
              (Strings{R"(response https://hooks/1 {"text":"done &amp; over","response_type":"in_channel",)"
                       R"("replace_original":false,"mrkdwn":false})"}));
    for (int i = 1; i < ResponseUrls::kUses; ++i) plan("x", {}, "C1?" + name);
    EXPECT_EQ(plan("x", {}, "C1?" + name), (Strings{"chat.postMessage channel=C1 text=x mrkdwn=false"}));
    EXPECT_EQ(plan("x", {}, "C1?other-1"), (Strings{"chat.postMessage channel=C1 text=x mrkdwn=false"}));
    EXPECT_EQ(urls_.take(urls_.keep("https://hooks/2", "s", 0), ResponseUrls::kKeptMs + 1), "");
}

}  // namespace
}  // namespace millrace::chat::slack
