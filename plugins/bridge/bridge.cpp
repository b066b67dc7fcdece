#include <algorithm>
#include <boost/json.hpp>
#include <millrace/consumer.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/v1/command.pb.h"

namespace {

using millrace::v1::Chat;
using millrace::v1::ChatCommand;

constexpr std::string_view kUnknown = "somebody";

// What is one room for people, wherever they are: rooms of chat networks, and a room of pages.
struct Room {
    std::string name;
    std::vector<std::string> chats;

    static constexpr auto kKeys =
        millrace::keys(millrace::key("name", &Room::name, {.about = "as pages have it: their attribute `room`"}),
                       millrace::key("chats", &Room::chats, {.about = "addresses of chat rooms, as in may_send"}));

    bool has(std::string_view chat) const { return std::ranges::find(chats, chat) != chats.end(); }
    std::string group() const { return "bridge/" + name; }
};

// On one line, whatever somebody calls themselves.
std::string on_one_line(std::string_view name) {
    std::string line(name);
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return line;
}

// As the network shows it: on IRC that is no name of the person's own.
std::string_view name_of(const Chat::Person& person, bool has_nick) {
    const bool is_user = person.kind() == Chat::Person::USER;
    if (has_nick) return person.username().empty() ? person.id() : person.username();
    for (const std::string* name : {&(is_user ? person.display_name() : person.username()),
                                    &(is_user ? person.username() : person.display_name()), &person.id()}) {
        if (!name->empty()) return *name;
    }
    return kUnknown;
}

// What a message is called in all rooms but the one that it was said in: that, and its id there. (No room has a space.)
std::string known_as(std::string_view room, std::string_view id) {
    return id.empty() ? std::string() : std::string(room) + " " + std::string(id);
}

// For that room: in its own words where the message was said there.
Chat::Reference reference_to(std::string_view known, std::string_view room) {
    Chat::Reference reference;
    const bool is_of_room = known.size() > room.size() && known.starts_with(room) && known[room.size()] == ' ';
    if (is_of_room)
        reference.set_message_id(std::string(known.substr(room.size() + 1)));
    else
        reference.set_client_id(std::string(known));
    return reference;
}

// What it answers. A thread is answered to, except by its first message.
std::string answered(std::string_view room, const Chat& chat) {
    const Chat::Message& message = chat.message();
    const Chat::Reference& other = message.has_reply_to() ? message.reply_to() : message.thread();
    if (!other.client_id().empty()) return other.client_id();
    return other.message_id() == chat.message_id() ? std::string() : known_as(room, other.message_id());
}

bool is_picture(const Chat::File& file) {
    const std::string& type = file.mime_type();
    return type == "image/jpeg" || type == "image/png" || type == "image/webp";
}

bool is_for_all(const Chat::File& file) { return !file.url().empty() && !file.needs_auth(); }

// Where a link is, as far as its text does not say it.
std::string with_links(std::string_view text, const Chat::Message& message) {
    std::string all;
    std::size_t done = 0;
    for (const Chat::Span& span : message.spans()) {
        const std::size_t end = std::size_t{span.begin()} + span.size();
        if (span.kind() != Chat::Span::LINK || end > text.size() || end < done + span.size()) continue;
        all += text.substr(done, end - done);
        done = end;
        const std::string& url = span.target();
        if (!url.empty() && !url.ends_with(text.substr(span.begin(), span.size()))) all += " (" + url + ")";
    }
    return all.append(text.substr(done));
}

// The text, and a line of each file that does not come with it.
std::string text_of(std::string_view text, const Chat::Message& message, const std::string& network) {
    std::string all = with_links(text, message);
    for (const Chat::File& file : message.files()) {
        if (is_picture(file) && is_for_all(file)) continue;
        if (!all.empty()) all += '\n';
        all += file.name().empty() ? "a file" : on_one_line(file.name());
        all += is_for_all(file) ? ": " + file.url() : " (on " + network + " alone)";
    }
    return all;
}

// What has become of a message, on its way to all other rooms.
struct News {
    std::string_view kind{};  // As pages have it.
    std::string from{};       // Which room; empty: a page.
    std::string name{};
    std::string text{};
    std::string id{};        // What the message is called. Empty: it has no id.
    std::string answered{};  // The same of what it answers.
    ChatCommand command{};   // All but its references.
};

// What pages get of it.
std::string frame(const News& news) {
    boost::json::object object{{"kind", news.kind}, {"from", news.from}, {"name", news.name}, {"text", news.text}};
    if (!news.id.empty()) object["id"] = news.id;
    if (!news.answered.empty()) object["answers"] = news.answered;
    return boost::json::serialize(object);
}

// Relays what is said in one room to all others of its kind.
class Bridge : public millrace::InlineConsumer {
  public:
    struct Shared {
        std::vector<Room> rooms;

        static constexpr auto kKeys =
            millrace::keys(millrace::key("rooms", &Shared::rooms, {.required = true, .about = "each is one for all"}));
    };

    explicit Bridge(const Shared& shared) : shared_(shared) {}

    void on_connect(const millrace::Message& event) override {
        if (event.message().has_chat()) return;
        const Room* room = room_of_page(event);
        if (!room) return refuse(404, "there is no such room");
        join(room->group());
    }

    void on_message(const millrace::Message& event) override {
        if (event.message().has_chat()) return from_chat(event, event.message().chat());
        const Room* room = room_of_page(event);
        if (!room || !event.is_text()) return void(close(1003, "text only"));
        News news{.kind = "said", .id = known_as("page", std::to_string(event.message().id()))};
        news.name = on_one_line(event.attribute("name").empty() ? kUnknown : event.attribute("name"));
        news.text = event.text();
        news.command.set_client_id(news.id);
        news.command.mutable_send()->set_shown_name(news.name);
        tell(*room, news);
        group_reply(room->group(), frame(news), {.not_self = true});
    }

  private:
    const Room* room_of_page(const millrace::Message& event) const {
        const auto found = std::ranges::find(shared_.rooms, event.attribute("room"), &Room::name);
        return found == shared_.rooms.end() ? nullptr : &*found;
    }

    void from_chat(const millrace::Message& event, const Chat& chat) {
        if (chat.is_mine() || chat.conversation().kind() == Chat::Conversation::DIRECT) return;
        News news{.from = event.message().adapter() + ":" + std::string(event.attribute("room"))};
        const auto room = std::ranges::find_if(shared_.rooms, [&](const Room& it) { return it.has(news.from); });
        if (room == shared_.rooms.end()) return reject(0, "`" + news.from + "` is in none of `rooms`");
        news.name = on_one_line(name_of(chat.author(), event.message().protocol() == "irc"));
        if (!read(chat, event.text(), news)) return;
        tell(*room, news);
        group_reply(room->group(), frame(news));
    }

    // False: it is nothing that somebody says.
    static bool read(const Chat& chat, std::string_view text, News& news) {
        const std::string& network = chat.conversation().network();
        switch (chat.event_case()) {
            case Chat::kMessage:
                if (chat.message().kind() == Chat::Message::SYSTEM) return false;
                news.kind = "said";
                news.id = known_as(news.from, chat.message_id());
                news.answered = answered(news.from, chat);
                news.text = text_of(text, chat.message(), network);
                say(chat.message(), news);
                return true;
            case Chat::kEdit:
                news.kind = "edited";
                news.id = known_as(news.from, chat.edit().message_id());
                news.text = text_of(text, chat.edit().message(), network);
                news.command.mutable_edit()->set_shown_name(news.name);
                return true;
            case Chat::kDelete:
                news.kind = "deleted";
                news.id = known_as(news.from, chat.delete_().message_id());
                news.command.mutable_delete_();
                return true;
            default:
                return false;
        }
    }

    static void say(const Chat::Message& message, News& news) {
        news.command.set_client_id(news.id);
        ChatCommand::Send& send = *news.command.mutable_send();
        send.set_kind(message.kind());
        send.set_shown_name(news.name);
        for (const Chat::File& file : message.files()) {
            if (is_picture(file) && is_for_all(file)) *send.add_files() = file;
        }
    }

    // All chat rooms but the one that it comes from. One without room holds up what its sender says next, and no other.
    void tell(const Room& room, const News& news) {
        for (const std::string& chat : room.chats) {
            if (chat == news.from) continue;
            millrace::v1::Command body;
            ChatCommand& command = *body.mutable_chat() = news.command;
            if (command.has_edit()) *command.mutable_edit()->mutable_message() = reference_to(news.id, chat);
            if (command.has_delete_()) *command.mutable_delete_()->mutable_message() = reference_to(news.id, chat);
            if (!news.answered.empty()) *command.mutable_send()->mutable_reply_to() = reference_to(news.answered, chat);
            const millrace::Sent sent = send(chat, news.text, {.body = body.SerializeAsString()});
            if (sent != millrace::Sent::taken && sent != millrace::Sent::full)
                return reject(0, "`" + chat + "` is unknown, not in may_send, or has no room for so much");
        }
    }

    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("bridge", "1.0.0", Bridge)
