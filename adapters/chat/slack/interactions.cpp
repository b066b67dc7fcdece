#include "adapters/chat/slack/interactions.hpp"

#include <boost/json.hpp>

namespace millrace::chat::slack {
namespace {

using v1::Chat;

std::string_view first_of(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
        if (!text.empty()) return text;
    }
    return {};
}

// What was chosen.
std::string_view choice_of(const JsonView& action) {
    return first_of({action["value"].text(), action["selected_option"]["value"].text(), action["selected_user"].text(),
                     action["selected_channel"].text(), action["selected_conversation"].text(),
                     action["selected_date"].text(), action["selected_time"].text()});
}

// They are at the top, and in what a function was called with.
void erase_keys_of_workflows(boost::json::object& object) {
    for (const char* key : {"bot_access_token", "interactor", "interactivity_pointer"}) object.erase(key);
    for (auto& [key, value] : object) {
        if (value.is_object()) erase_keys_of_workflows(value.get_object());
    }
}

// Whoever has one of these may act in the place of Slack or of the app.
std::string without_keys(const JsonView& from) {
    boost::json::object copy = from.value()->get_object();
    for (const char* key : {"token", "trigger_id", "response_url", "response_urls"}) copy.erase(key);
    erase_keys_of_workflows(copy);
    std::string text = boost::json::serialize(copy);
    if (text.size() > kDetailsBytesMax) text.clear();
    return text;
}

void set_person(std::string_view id, std::string_view name, Event& event) {
    Chat::Person& author = *event.chat.mutable_author();
    author.set_id(std::string(id));
    author.set_username(std::string(name));
    author.set_kind(Chat::Person::USER);
}

// Something that was asked for where the app cannot see is between it and the person.
void set_place(std::string_view channel, std::string_view person, Event& event) {
    event.channel = channel.empty() ? person : channel;
    event.is_direct = channel.empty() || channel.starts_with('D');
}

void set_key(std::string_view trigger, Event& event) {
    if (!trigger.empty()) event.key = "trigger:" + std::string(trigger);
}

}  // namespace

Reading read_command(const JsonView& from, Event& event) {
    const std::string_view person = from["user_id"].text();
    const std::string_view name = from["command"].text();
    if (person.empty() || name.empty()) return Reading::unreadable;
    set_place(from["channel_id"].text(), person, event);
    set_person(person, from["user_name"].text(), event);
    set_key(from["trigger_id"].text(), event);
    event.chat.mutable_command()->set_name(std::string(name));
    event.text = from["text"].text();
    event.response_url = from["response_url"].text();
    return Reading::taken;
}

Reading read_interaction(const JsonView& from, Event& event) {
    const JsonView user = from["user"];
    const std::string_view person = user["id"].text();
    const std::string_view type = from["type"].text();
    if (person.empty() || type.empty()) return Reading::unreadable;
    if (type == "block_suggestion") return Reading::ignored;  // It wants its answer at once, which nobody here has.
    const JsonView container = from["container"];
    set_place(first_of({from["channel"]["id"].text(), container["channel_id"].text()}), person, event);
    set_person(person, first_of({user["username"].text(), user["name"].text()}), event);
    set_key(from["trigger_id"].text(), event);
    const JsonView actions = from["actions"];
    const JsonView action = actions[0];
    Chat::Interaction& interaction = *event.chat.mutable_interaction();
    interaction.set_message_id(std::string(
        first_of({container["message_ts"].text(), from["message"]["ts"].text(), from["message_ts"].text()})));
    interaction.set_control(std::string(first_of({action["action_id"].text(), action["name"].text(),
                                                  from["callback_id"].text(), from["view"]["callback_id"].text()})));
    interaction.set_kind(std::string(type));
    interaction.set_details(without_keys(from));
    if (actions.size() == 1) event.text = choice_of(action);
    event.thread = first_of({container["thread_ts"].text(), from["message"]["thread_ts"].text()});
    event.response_url = first_of({from["response_url"].text(), from["response_urls"][0]["response_url"].text()});
    return Reading::taken;
}

}  // namespace millrace::chat::slack
