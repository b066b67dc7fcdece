#include <millrace/consumer.hpp>
#include <string>
#include <string_view>

#include "millrace/v1/command.pb.h"

namespace {

using millrace::v1::ChatCommand;

// Says what a message tells it to, in a chat: `VERB ADDRESS WORD TEXT`, with what became of it in the log of the
// consumer `journal`, if that gets its receipts. WORD is the sender's name for what it sends, or for what it is about.
//
//     post slack:C1 one some text      edit slack:C1 one another text      erase slack:C1 one
//     react slack:C1 one tada          unreact slack:C1 one tada           topic slack:C1 - a topic
//     act slack:C1 one waves           file slack:C1 a.txt what is in it   as slack:C1 Ada some text
//     answer slack:C1 1.000001 a text in its thread
struct Chatter : millrace::Consumer {
    void on_message(const millrace::Message& event) override {
        std::string_view rest = event.text();
        const std::string_view verb = word(rest);
        const std::string address(word(rest));
        const std::string name(word(rest));
        ChatCommand command;
        fill(verb, name, rest, command);
        millrace::v1::Command body;
        *body.mutable_chat() = command;
        const std::string bytes = body.SerializeAsString();
        const millrace::SendOptions options{.reported = true, .body = bytes};
        if (verb == "file")
            send_data(address, rest, options);
        else
            send(address, rest, options);
    }
    void on_receipt(const millrace::Message& event) override { reply(event.json()); }

  private:
    static std::string_view word(std::string_view& rest) {
        const auto size = std::min(rest.find(' '), rest.size());
        const std::string_view first = rest.substr(0, size);
        rest.remove_prefix(std::min(size + 1, rest.size()));
        return first;
    }

    static void fill(std::string_view verb, const std::string& name, std::string_view text, ChatCommand& command) {
        if (verb == "post") {
            command.set_client_id(name);
            command.mutable_send();
        } else if (verb == "act") {
            command.set_client_id(name);
            command.mutable_send()->set_kind(millrace::v1::Chat::Message::ACTION);
        } else if (verb == "as") {
            command.mutable_send()->set_shown_name(name);
        } else if (verb == "answer") {
            command.mutable_send()->mutable_reply_to()->set_message_id(name);
        } else if (verb == "file") {
            command.mutable_send()->add_files()->set_name(name);
        } else if (verb == "edit") {
            command.mutable_edit()->mutable_message()->set_client_id(name);
        } else if (verb == "erase") {
            command.mutable_delete_()->mutable_message()->set_client_id(name);
        } else if (verb == "topic") {
            command.mutable_topic();
        } else {
            ChatCommand::React& react = *command.mutable_react();
            react.mutable_message()->set_client_id(name);
            react.set_emoji(std::string(text));
            react.set_is_removed(verb == "unreact");
        }
    }
};

}  // namespace

MILLRACE_CONSUMER("chatter", "1.0.0", Chatter)
