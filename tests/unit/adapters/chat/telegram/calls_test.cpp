#include "adapters/chat/telegram/calls.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/chat/common/capabilities.hpp"

namespace millrace::chat::telegram {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(const Deed& deed, const Spans& spans = {}, const Place& place = {"5"}) {
    const Calls calls = calls_of(deed, spans, place);
    if (!calls.refusal.empty()) return {"refused: " + calls.refusal};
    Lines lines;
    for (const Call& call : calls.calls)
        lines.push_back(call.method + (call.is_repeatable ? "* " : " ") + call.parameters);
    return lines;
}

Deed say(std::string text) {
    Deed deed;
    deed.kind = Deed::Kind::say;
    deed.text = std::move(text);
    deed.keeps_spans = true;
    return deed;
}

v1::Chat::File file(const char* id, const char* url, const char* type, bool needs_auth = false) {
    v1::Chat::File file;
    file.set_id(id);
    file.set_url(url);
    file.set_mime_type(type);
    file.set_needs_auth(needs_auth);
    return file;
}

TEST(TelegramCalls, Say) {
    EXPECT_EQ(lines_of(say("hello")), Lines{R"(sendMessage {"text":"hello","chat_id":5})"});
    EXPECT_EQ(lines_of(say("x"), {}, {"-1001", 7}),
              Lines{R"(sendMessage {"message_thread_id":7,"text":"x","chat_id":-1001})"});
    EXPECT_EQ(lines_of(say("x"), {}, {"@news"}), Lines{R"(sendMessage {"text":"x","chat_id":"@news"})"});
    Deed deed = say("x");
    deed.reply_to = "12";
    EXPECT_EQ(lines_of(deed), Lines{R"(sendMessage {"reply_parameters":{"message_id":12,)"
                                    R"("allow_sending_without_reply":true},"text":"x","chat_id":5})"});
    deed.reply_to = "of IRC";
    EXPECT_EQ(lines_of(deed), Lines{R"(sendMessage {"text":"x","chat_id":5})"});
    deed = say("🌊 waves");
    deed.said_as = v1::Chat::Message::ACTION;
    EXPECT_EQ(lines_of(deed), Lines{R"(sendMessage {"text":"🌊 waves","entities":[{"type":"italic","offset":0,)"
                                    R"("length":8}],"chat_id":5})"});
}

TEST(TelegramCalls, NothingToSay) {
    for (const char* text : {"", " ", "\n\t "})
        EXPECT_EQ(lines_of(say(text)), Lines{"refused: there is nothing to say"});
}

TEST(TelegramCalls, ALongTextIsSeveralMessages) {
    Deed deed = say(std::string(4096, 'a') + std::string(4096, 'b') + "c");
    deed.reply_to = "3";
    const Lines lines = lines_of(deed);
    ASSERT_EQ(lines.size(), 3u);
    EXPECT_NE(lines[0].find("reply_parameters"), std::string::npos);
    EXPECT_EQ(lines[1].find("reply_parameters"), std::string::npos) << "the first answers";
    EXPECT_EQ(lines[2], R"(sendMessage {"text":"c","chat_id":5})");
    std::string waves;
    for (int i = 0; i < 4096; ++i) waves += "🌊";
    EXPECT_EQ(lines_of(say(waves)).size(), 2u);
    EXPECT_EQ(lines_of(say(std::string(4096 * 100, 'a'))).size(), 100u);
    EXPECT_EQ(lines_of(say(std::string(4096 * 100 + 1, 'a'))), Lines{"refused: it is longer than 100 messages"});
}

TEST(TelegramCalls, Files) {
    Deed deed = say("look");
    deed.uploads = {file("", "https://a.example/x.png", "image/png")};
    EXPECT_EQ(lines_of(deed), Lines{R"(sendPhoto {"photo":"https://a.example/x.png","caption":"look","chat_id":5})"});
    deed.uploads.push_back(file("BQAC", "", "application/pdf"));
    EXPECT_EQ(lines_of(deed)[1], R"(sendDocument {"document":"BQAC","chat_id":5})");
    deed = say(std::string(1025, 'a'));
    deed.uploads = {file("BQAC", "", "")};
    const Lines lines = lines_of(deed);
    ASSERT_EQ(lines.size(), 2u) << "a caption is shorter";
    EXPECT_EQ(lines[1], R"(sendDocument {"document":"BQAC","chat_id":5})");
    for (const auto& wrong : {file("", "", ""), file("", "https://a.example/", "", true),
                              file("", "file:///etc/passwd", ""), file("", "ftp://a.example/", "")}) {
        deed.uploads = {wrong};
        EXPECT_EQ(lines_of(deed), Lines{"refused: a file has neither an id of Telegram nor a URL that all may use"});
    }
}

TEST(TelegramCalls, AFileThatIsNotWantedIsItsUrl) {
    const auto instead = [](const Deed& deed, const Spans& spans = {}, const Place& place = {"5"}) {
        return calls_of(deed, spans, place).calls.front().instead;
    };
    Deed deed = say("look");
    deed.reply_to = "3";
    deed.uploads = {file("", "https://a.example/x.html", "text/html")};
    deed.uploads.front().set_name("x.html");
    Spans spans;
    spans.Add()->set_kind(v1::Chat::Span::BOLD);
    spans[0].set_size(4);
    EXPECT_EQ(instead(deed, spans, {"-1001", 7}),
              R"({"message_thread_id":7,"reply_parameters":{"message_id":3,"allow_sending_without_reply":true},)"
              R"("text":"look\nx.html: https://a.example/x.html","entities":[{"type":"bold","offset":0,"length":4}],)"
              R"("chat_id":-1001})");
    deed = say("");
    deed.uploads = {file("", "https://a.example/x.html", "text/html")};
    EXPECT_EQ(instead(deed), R"({"text":"https://a.example/x.html","chat_id":5})");
    deed.uploads = {file("", ("https://a.example/" + std::string(4096, 'x')).c_str(), "")};
    EXPECT_EQ(instead(deed), "") << "that is no message";
    deed.uploads = {file("BQAC", "", "")};
    EXPECT_EQ(instead(deed), "");
}

TEST(TelegramCalls, Edit) {
    Deed deed = say("new");
    deed.kind = Deed::Kind::edit;
    deed.message_ids = {"7"};
    EXPECT_EQ(lines_of(deed), Lines{R"(editMessageText* {"message_id":7,"text":"new","chat_id":5})"});
    deed.message_ids = {"7", "8", "9"};
    EXPECT_EQ(lines_of(deed), (Lines{R"(editMessageText* {"message_id":7,"text":"new","chat_id":5})",
                                     R"(deleteMessage* {"message_id":8,"chat_id":5})",
                                     R"(deleteMessage* {"message_id":9,"chat_id":5})"}));
    deed.message_ids = {"7"};
    deed.text = std::string(4096, 'a') + "b";
    const Lines lines = lines_of(deed);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(lines[1], R"(sendMessage {"text":"b","chat_id":5})");
    deed.message_ids = {"x"};
    EXPECT_EQ(lines_of(deed), Lines{"refused: the message is none of Telegram's"});
}

TEST(TelegramCalls, EraseReactAndTitle) {
    Deed deed;
    deed.kind = Deed::Kind::erase;
    deed.message_ids = {"7", "8"};
    EXPECT_EQ(lines_of(deed), (Lines{R"(deleteMessage* {"message_id":7,"chat_id":5})",
                                     R"(deleteMessage* {"message_id":8,"chat_id":5})"}));
    deed.kind = Deed::Kind::react;
    deed.emoji = "👍";
    EXPECT_EQ(lines_of(deed), Lines{R"(setMessageReaction* {"message_id":7,"reaction":[{"type":"emoji",)"
                                    R"("emoji":"👍"}],"chat_id":5})"});
    deed.emoji = "5368324170671202286";
    EXPECT_EQ(lines_of(deed), Lines{R"(setMessageReaction* {"message_id":7,"reaction":[{"type":"custom_emoji",)"
                                    R"("custom_emoji_id":"5368324170671202286"}],"chat_id":5})"});
    deed.is_removed = true;
    EXPECT_EQ(lines_of(deed), Lines{R"(setMessageReaction* {"message_id":7,"reaction":[],"chat_id":5})"});
    deed.message_ids = {"0"};
    EXPECT_EQ(lines_of(deed), Lines{"refused: the message is none of Telegram's"});
    deed.kind = Deed::Kind::topic;
    deed.text = "ops";
    EXPECT_EQ(lines_of(deed), Lines{R"(setChatTitle* {"title":"ops","chat_id":5})"});
    deed.text = std::string(129, 'a');
    EXPECT_EQ(lines_of(deed), Lines{"refused: a title has 1 to 128 characters"});
    deed.kind = Deed::Kind::refuse;
    deed.text = "no";
    EXPECT_EQ(lines_of(deed), Lines{"refused: no"});
}

TEST(TelegramPlace, Parses) {
    const std::pair<const char*, const char*> rows[] = {
        {"5", "5"},
        {"-1001234567890", "-1001234567890"},
        {"-1001/7", "-1001/7"},
        {"@news_1", "@news_1"},
        {"@news/7", "@news/7"},
        {"", "-"},
        {"0", "-"},
        {"05", "-"},
        {"+5", "-"},
        {"5 ", "-"},
        {"5/", "-"},
        {"5/0", "-"},
        {"5/-1", "-"},
        {"5/1/2", "-"},
        {"@", "-"},
        {"@a b", "-"},
        {"news", "-"},
        {"99999999999999999999", "-"},
        {"@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "-"},
    };
    for (const auto& [text, expected] : rows) {
        const auto place = Place::parse(text);
        EXPECT_EQ(place ? place->id() : "-", expected) << text;
    }
}

}  // namespace
}  // namespace millrace::chat::telegram
