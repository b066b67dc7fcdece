#include "adapters/chat/telegram/people.hpp"

namespace millrace::chat::telegram {
namespace {

// A number that is none of those which nobody has.
std::string id_of(JsonView of) {
    const boost::json::value* const id = of["id"].value();
    return id && id->is_number() && of["id"].integer().value_or(0) != 0 ? of["id"].scalar() : "";
}

std::string name_of(JsonView of) {
    if (const std::string_view title = of["title"].text(); !title.empty()) return std::string(title);
    std::string name(of["first_name"].text());
    const std::string_view last = of["last_name"].text();
    if (!name.empty() && !last.empty()) name += ' ';
    return name += last;
}

void read_names(JsonView of, v1::Chat::Person& person) {
    person.set_username(std::string(of["username"].text()));
    person.set_display_name(name_of(of));
}

}  // namespace

bool read_user(JsonView user, v1::Chat::Person& person) {
    person.set_id(id_of(user));
    if (person.id().empty()) return false;
    read_names(user, person);
    person.set_kind(user["is_bot"].scalar() == "true" ? v1::Chat::Person::BOT : v1::Chat::Person::USER);
    return true;
}

bool read_speaking_chat(JsonView chat, v1::Chat::Person& person) {
    person.set_id(id_of(chat));
    if (person.id().empty()) return false;
    read_names(chat, person);
    person.set_kind(v1::Chat::Person::USER);
    return true;
}

bool read_chat(JsonView chat, std::int64_t topic, Event& event) {
    event.place = {id_of(chat), topic};
    if (event.place.chat.empty()) return false;
    const std::string_view type = chat["type"].text();
    v1::Chat::Conversation& it = event.conversation;
    it.set_id(event.place.id());
    it.set_name(name_of(chat));
    it.set_kind(type == "private" ? v1::Chat::Conversation::DIRECT : v1::Chat::Conversation::ROOM);
    if (topic != 0) it.set_parent_id(event.place.chat);
    return true;
}

}  // namespace millrace::chat::telegram
