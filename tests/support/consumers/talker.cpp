#include <millrace/consumer.hpp>
#include <string>
#include <string_view>

#include "millrace/v1/command.pb.h"

namespace {

using millrace::v1::Chat;
using millrace::v1::ChatCommand;

// Says in a chat what it is told there, with all that such networks have:
//
//     say ID TEXT           the message is called ID from now on
//     bold ID TEXT          all of it is
//     answer MESSAGE TEXT   to the network's message of that id
//     edit ID TEXT, delete ID, react MESSAGE EMOJI, unreact MESSAGE EMOJI, title TEXT
//     file URL TYPE TEXT, again FILE TYPE TEXT   one of the web; one that the network has
struct Talker : millrace::Consumer {
    void on_message(const millrace::Message& event) override {
        std::string_view rest = event.text();
        const std::string verb = word(rest);
        millrace::v1::Command body;
        fill(verb, rest, *body.mutable_chat());
        const std::string bytes = body.SerializeAsString();
        reply(rest, {.body = bytes});
    }

  private:
    static std::string word(std::string_view& rest) {
        const std::size_t size = std::min(rest.find(' '), rest.size());
        const std::string first(rest.substr(0, size));
        rest.remove_prefix(std::min(size + 1, rest.size()));
        return first;
    }

    static void fill(const std::string& verb, std::string_view& rest, ChatCommand& command) {
        if (verb == "say" || verb == "bold") {
            command.set_client_id(word(rest));
            ChatCommand::Send& send = *command.mutable_send();
            if (verb == "say") return;
            Chat::Span& span = *send.add_spans();
            span.set_kind(Chat::Span::BOLD);
            span.set_size(static_cast<std::uint32_t>(rest.size()));
        } else if (verb == "answer") {
            command.mutable_send()->mutable_reply_to()->set_message_id(word(rest));
        } else if (verb == "edit") {
            command.mutable_edit()->mutable_message()->set_client_id(word(rest));
        } else if (verb == "delete") {
            command.mutable_delete_()->mutable_message()->set_client_id(word(rest));
        } else if (verb == "react" || verb == "unreact") {
            command.mutable_react()->mutable_message()->set_message_id(word(rest));
            command.mutable_react()->set_emoji(word(rest));
            command.mutable_react()->set_is_removed(verb == "unreact");
        } else if (verb == "title") {
            command.mutable_topic();
        } else if (verb == "file" || verb == "again") {
            Chat::File& file = *command.mutable_send()->add_files();
            (verb == "file" ? *file.mutable_url() : *file.mutable_id()) = word(rest);
            file.set_needs_auth(verb == "again");
            file.set_mime_type(word(rest));
        }
    }
};

}  // namespace

MILLRACE_CONSUMER("talker", "1.0.0", Talker)
