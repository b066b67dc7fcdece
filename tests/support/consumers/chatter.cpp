#include <cctype>
#include <millrace/consumer.hpp>
#include <string>
#include <string_view>

#include "millrace/v1/command.pb.h"

namespace {

using millrace::v1::Chat;
using millrace::v1::ChatCommand;

// Says in a chat what a message tells it to, with all that such networks have: `VERB ADDRESS WORD TEXT`, and replies
// the receipt, as JSON; where the address is `.` it replies there, and asks for no receipt. WORD is the sender's name
// for what it says, or for what it is about; where it begins with a digit it is the network's.
//
//     post slack:C1 one some text      edit slack:C1 one another text      erase slack:C1 one
//     react slack:C1 one tada          unreact slack:C1 1.000001 tada      topic slack:C1 - a topic
//     act slack:C1 one waves           bold . one some text                as slack:C1 Ada some text
//     answer slack:C1 1.000001 a text  bytes slack:C1 a.txt what is in it
//     picture . one https://a.example/x.png below it
//     link . https://a.example/x.png image/png below it                    file . BQAC application/pdf below it
struct Chatter : millrace::Consumer {
    void on_message(const millrace::Message& event) override {
        std::string_view rest = event.text();
        const std::string verb = word(rest);
        const std::string address = word(rest);
        const std::string name = word(rest);
        millrace::v1::Command body;
        fill(verb, name, rest, *body.mutable_chat());
        const std::string bytes = body.SerializeAsString();
        if (address == ".") return void(reply(rest, {.body = bytes}));
        const millrace::SendOptions options{.reported = true, .body = bytes};
        if (verb == "bytes")
            send_data(address, rest, options);
        else
            send(address, rest, options);
    }
    void on_receipt(const millrace::Message& event) override { reply(event.json()); }

  private:
    static std::string word(std::string_view& rest) {
        const std::size_t size = std::min(rest.find(' '), rest.size());
        const std::string first(rest.substr(0, size));
        rest.remove_prefix(std::min(size + 1, rest.size()));
        return first;
    }

    static void refer(const std::string& name, Chat::Reference& to) {
        if (std::isdigit(static_cast<unsigned char>(name.front())))
            to.set_message_id(name);
        else
            to.set_client_id(name);
    }

    static void fill(const std::string& verb, const std::string& name, std::string_view& text, ChatCommand& command) {
        if (verb == "edit")
            refer(name, *command.mutable_edit()->mutable_message());
        else if (verb == "erase")
            refer(name, *command.mutable_delete_()->mutable_message());
        else if (verb == "topic")
            command.mutable_topic();
        else if (verb == "react" || verb == "unreact")
            fill_reaction(name, text, verb == "unreact", *command.mutable_react());
        else
            fill_text(verb, name, text, command);
    }

    static void fill_reaction(const std::string& name, std::string_view emoji, bool is_removed,
                              ChatCommand::React& react) {
        refer(name, *react.mutable_message());
        react.set_emoji(std::string(emoji));
        react.set_is_removed(is_removed);
    }

    static void fill_text(const std::string& verb, const std::string& name, std::string_view& text,
                          ChatCommand& command) {
        ChatCommand::Send& send = *command.mutable_send();
        if (verb == "as") return send.set_shown_name(name);
        if (verb == "answer") return refer(name, *send.mutable_reply_to());
        if (verb == "bytes") return send.add_files()->set_name(name);
        if (verb == "link" || verb == "file") return fill_file(name, word(text), verb == "link", *send.add_files());
        command.set_client_id(name);
        if (verb == "picture") return fill_file(word(text), "image/png", true, *send.add_files());
        if (verb == "act") send.set_kind(Chat::Message::ACTION);
        if (verb != "bold") return;
        Chat::Span& span = *send.add_spans();
        span.set_kind(Chat::Span::BOLD);
        span.set_size(static_cast<std::uint32_t>(text.size()));
    }

    static void fill_file(const std::string& name, const std::string& type, bool is_url, Chat::File& file) {
        (is_url ? *file.mutable_url() : *file.mutable_id()) = name;
        file.set_needs_auth(!is_url);
        file.set_mime_type(type);
    }
};

}  // namespace

MILLRACE_CONSUMER("chatter", "1.0.0", Chatter)
