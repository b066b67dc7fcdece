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

std::string_view name_of(const Chat::Person& person) {
    if (!person.display_name().empty() && person.kind() != Chat::Person::USER) return person.display_name();
    if (!person.username().empty()) return person.username();
    return person.id().empty() ? kUnknown : std::string_view(person.id());
}

// What pages get of what somebody has said, or not any more.
std::string frame(std::string_view kind, std::string_view chat, std::string_view name, std::string_view text,
                  std::string_view id) {
    boost::json::object object{{"kind", kind}, {"from", chat}, {"name", name}, {"text", text}};
    if (!id.empty()) object["id"] = id;
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
        const std::string name = on_one_line(event.attribute("name").empty() ? kUnknown : event.attribute("name"));
        ChatCommand command;
        command.mutable_send()->set_shown_name(name);
        tell(*room, {}, event.text(), command);
        group_reply(room->group(), frame("said", "", name, event.text(), {}), {.not_self = true});
    }

  private:
    const Room* room_of_page(const millrace::Message& event) const {
        const auto found = std::ranges::find(shared_.rooms, event.attribute("room"), &Room::name);
        return found == shared_.rooms.end() ? nullptr : &*found;
    }

    void from_chat(const millrace::Message& event, const Chat& chat) {
        if (chat.is_mine() || chat.conversation().kind() == Chat::Conversation::DIRECT) return;
        const std::string from = event.message().adapter() + ":" + std::string(event.attribute("room"));
        const auto room = std::ranges::find_if(shared_.rooms, [&](const Room& it) { return it.has(from); });
        if (room == shared_.rooms.end()) return reject(0, "`" + from + "` is in none of `rooms`");
        const std::string name = on_one_line(name_of(chat.author()));
        // By which the other networks know it again.
        const auto known_as = [&from](const std::string& id) { return id.empty() ? std::string() : from + "/" + id; };
        ChatCommand command;
        std::string_view kind;
        std::string id = known_as(chat.message_id());
        switch (chat.event_case()) {
            case Chat::kMessage:
                kind = "said";
                command.set_client_id(id);
                say(chat.message(), *command.mutable_send());
                command.mutable_send()->set_shown_name(name);
                if (const std::string& other = chat.message().reply_to().message_id(); !other.empty())
                    command.mutable_send()->mutable_reply_to()->set_client_id(known_as(other));
                break;
            case Chat::kEdit:
                kind = "edited";
                id = known_as(chat.edit().message_id());
                command.mutable_edit()->mutable_message()->set_client_id(id);
                command.mutable_edit()->set_shown_name(name);
                break;
            case Chat::kDelete:
                kind = "deleted";
                id = known_as(chat.delete_().message_id());
                command.mutable_delete_()->mutable_message()->set_client_id(id);
                break;
            default:
                return;
        }
        tell(*room, from, event.text(), command);
        group_reply(room->group(), frame(kind, from, name, event.text(), id));
    }

    static void say(const Chat::Message& message, ChatCommand::Send& send) {
        send.set_kind(message.kind());
        for (const Chat::File& file : message.files()) *send.add_files() = file;
    }

    // All chat rooms but the one that it comes from. One without room holds up what its sender says next, and no other.
    void tell(const Room& room, std::string_view but, std::string_view text, const ChatCommand& command) {
        millrace::v1::Command body;
        *body.mutable_chat() = command;
        const std::string bytes = body.SerializeAsString();
        for (const std::string& chat : room.chats) {
            if (chat == but) continue;
            const millrace::Sent sent = send(chat, text, {.body = bytes});
            if (sent != millrace::Sent::taken && sent != millrace::Sent::full)
                return reject(0, "`" + chat + "` is unknown, not in may_send, or has no room for so much");
        }
    }

    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("bridge", "1.0.0", Bridge)
