#include "adapters/chat/common/normal_form.hpp"

#include <gtest/gtest.h>

namespace millrace::chat {
namespace {

class ChatNormalForm : public testing::Test {
  protected:
    ChatNormalForm() { sent_.put({"#a", "ours", {"m1", "m2"}}); }

    // What a message in the room that answers the other, in the thread of a third, has as their `client_id`.
    std::string named(const std::string& answered, const std::string& thread, std::string_view room = "#a") {
        v1::Chat chat;
        chat.mutable_message()->mutable_reply_to()->set_message_id(answered);
        chat.mutable_message()->mutable_thread()->set_message_id(thread);
        name_own(chat, sent_, room);
        const v1::Chat::Message& message = chat.message();
        EXPECT_EQ(message.reply_to().message_id(), answered);
        EXPECT_EQ(message.thread().message_id(), thread);
        return message.reply_to().client_id() + "," + message.thread().client_id();
    }

    IdMap sent_{10};
};

TEST_F(ChatNormalForm, NamesWhatWasSentFromHere) {
    EXPECT_EQ(named("m1", "m9"), "ours,");
    EXPECT_EQ(named("m9", "m2"), ",ours");
    EXPECT_EQ(named("m9", ""), ",");
    EXPECT_EQ(named("m1", "m2", "#b"), ",");
}

TEST_F(ChatNormalForm, NamesNothingThatIsNotThere) {
    v1::Chat chat;
    name_own(chat, sent_, "#a");
    EXPECT_FALSE(chat.has_message());
    chat.mutable_message();
    name_own(chat, sent_, "#a");
    EXPECT_FALSE(chat.message().has_reply_to());
    EXPECT_FALSE(chat.message().has_thread());
}

}  // namespace
}  // namespace millrace::chat
