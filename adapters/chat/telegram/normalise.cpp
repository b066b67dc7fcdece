#include "adapters/chat/telegram/normalise.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/telegram/files.hpp"
#include "adapters/chat/telegram/people.hpp"

namespace millrace::chat::telegram {
namespace {

constexpr std::uint64_t kMicroseconds = 1'000'000;
constexpr std::size_t kItemsMax = 200;  // Of a list in an update: people that join, reactions.
constexpr std::size_t kDetailsBytesMax = 64 * 1024;

std::uint64_t time_of(JsonView date) {
    const std::int64_t seconds = date.integer().value_or(0);
    return seconds > 0 && seconds < INT64_C(1) << 40 ? static_cast<std::uint64_t>(seconds) * kMicroseconds : 0;
}

bool is_true(JsonView flag) { return flag.scalar() == "true"; }

// Whoever has its id may answer it.
std::string details_of(JsonView query) {
    boost::json::object copy = query.value()->get_object();
    copy.erase("id");
    std::string text = boost::json::serialize(copy);
    if (text.size() > kDetailsBytesMax) text.clear();
    return text;
}

// What stands for a message that is neither a text nor a file. Empty: nothing does.
std::string text_in_place_of(JsonView message) {
    if (const JsonView place = message["location"]; place.is_object()) {
        const auto number = [](JsonView it) {
            return it.value() && it.value()->is_double() ? std::to_string(it.value()->get_double()) : it.scalar();
        };
        return "geo:" + number(place["latitude"]) + "," + number(place["longitude"]);
    }
    if (const JsonView contact = message["contact"]; contact.is_object())
        return std::string(contact["first_name"].text()) + " " + std::string(contact["phone_number"].text());
    if (const JsonView poll = message["poll"]; poll.is_object()) return std::string(poll["question"].text());
    if (const JsonView dice = message["dice"]; dice.is_object())
        return std::string(dice["emoji"].text()) + " " + dice["value"].scalar();
    return std::string(message["sticker"]["emoji"].text());
}

class Reader {
  public:
    Reader(const Update& update, const Account& me, Normalised& into) : update_(update), me_(me), into_(into) {}

    bool message(JsonView message, bool is_edit) {
        if (!begin(message)) return false;
        if (const JsonView date = message["edit_date"]; is_edit && date.value())
            event_.body.set_sent_at_us(time_of(date));
        if (is_edit) return text(message, true);
        if (const JsonView joined = message["new_chat_members"]; joined.is_array()) return members(joined);
        if (const JsonView left = message["left_chat_member"]; left.is_object()) return member_left(left);
        if (const JsonView title = message["new_chat_title"]; title.is_text()) return topic(title);
        if (const JsonView to = message["migrate_to_chat_id"]; to.value()) return migrated(to);
        if (const JsonView from = message["migrate_from_chat_id"]; from.value()) {
            into_.migration = {from.scalar(), event_.place.chat};
            return true;
        }
        return text(message, false);
    }

    bool reaction(JsonView reaction) {
        if (!read_chat(reaction["chat"], 0, event_)) return false;
        const bool is_user = reaction["user"].is_object();
        v1::Chat::Person& author = *event_.body.mutable_author();
        if (!(is_user ? read_user(reaction["user"], author) : read_speaking_chat(reaction["actor_chat"], author)))
            return false;
        const std::string message_id = reaction["message_id"].scalar();
        if (message_id.empty()) return false;
        event_.body.set_sent_at_us(time_of(reaction["date"]));
        const std::vector<std::string> before = emojis(reaction["old_reaction"]);
        const std::vector<std::string> now = emojis(reaction["new_reaction"]);
        const auto add = [&](const std::vector<std::string>& of, const std::vector<std::string>& other, bool removed) {
            for (const std::string& emoji : of) {
                if (std::ranges::count(other, emoji)) continue;
                v1::Chat::Reaction& it = *event_.body.mutable_reaction();
                it.set_message_id(message_id);
                it.set_emoji(emoji);
                it.set_is_removed(removed);
                add_event();
            }
        };
        add(before, now, true);
        add(now, before, false);
        return true;
    }

    bool callback(JsonView query) {
        const JsonView message = query["message"];
        const std::string_view id = query["id"].text();
        if (id.empty() || !read_user(query["from"], *event_.body.mutable_author())) return false;
        into_.press = id;
        if (!message.is_object()) return true;  // Of a message in no chat of the account's.
        if (!read_chat(message["chat"], topic_of(message), event_)) return false;
        v1::Chat::Interaction& it = *event_.body.mutable_interaction();
        it.set_message_id(message["message_id"].scalar());
        it.set_control(std::string(query["game_short_name"].text()));
        it.set_details(details_of(query));
        event_.text = query["data"].text();
        add_event();
        return true;
    }

    // Of the account itself, or of another.
    bool membership(JsonView change) {
        if (!read_chat(change["chat"], 0, event_)) return false;
        v1::Chat::Person& author = *event_.body.mutable_author();
        v1::Chat::Person person;
        const JsonView now = change["new_chat_member"];
        if (!read_user(change["from"], author) || !read_user(now["user"], person)) return false;
        const bool was = is_there(change["old_chat_member"]);
        const bool is = is_there(now);
        event_.body.set_sent_at_us(time_of(change["date"]));
        if (was == is) return true;  // Other rights.
        event_.is_farewell = !is && person.id() == me_.id;
        const bool is_own_doing = person.id() == author.id();
        add_member(person, is             ? v1::Chat::Membership::JOINED
                           : is_own_doing ? v1::Chat::Membership::LEFT
                                          : v1::Chat::Membership::REMOVED);
        return true;
    }

  private:
    static std::int64_t topic_of(JsonView message) {
        if (!is_true(message["is_topic_message"])) return 0;
        return std::max<std::int64_t>(message["message_thread_id"].integer().value_or(0), 0);
    }

    static bool is_there(JsonView member) {
        const std::string_view status = member["status"].text();
        if (status == "restricted") return is_true(member["is_member"]);
        return status == "creator" || status == "administrator" || status == "member";
    }

    static std::vector<std::string> emojis(JsonView reactions) {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < std::min(reactions.size(), kItemsMax); ++i) {
            const JsonView it = reactions[i];
            std::string emoji(it["type"].text() == "custom_emoji" ? it["custom_emoji_id"].text() : it["emoji"].text());
            if (!emoji.empty()) all.push_back(std::move(emoji));
        }
        return all;
    }

    bool begin(JsonView message) {
        if (!read_chat(message["chat"], topic_of(message), event_)) return false;
        v1::Chat& body = event_.body;
        const bool is_user = message["from"].is_object() && !message["sender_chat"].is_object();
        const JsonView speaker = message["sender_chat"].is_object() ? message["sender_chat"] : message["chat"];
        v1::Chat::Person& author = *body.mutable_author();
        if (!(is_user ? read_user(message["from"], author) : read_speaking_chat(speaker, author))) return false;
        if (const std::string_view name = message["author_signature"].text(); !name.empty())
            author.set_display_name(std::string(name));
        body.set_is_mine(author.id() == me_.id || message["via_bot"]["id"].scalar() == me_.id);
        body.set_message_id(message["message_id"].scalar());
        body.set_sent_at_us(time_of(message["date"]));
        return !body.message_id().empty();
    }

    bool text(JsonView message, bool is_edit) {
        const bool has_text = message["text"].is_text();
        event_.text = message[has_text ? "text" : "caption"].text();
        v1::Chat::Message& said =
            is_edit ? *event_.body.mutable_edit()->mutable_message() : *event_.body.mutable_message();
        read_entities(message[has_text ? "entities" : "caption_entities"], event_.text, me_, *said.mutable_spans());
        read_files(message, said);
        if (event_.text.empty()) event_.text = text_in_place_of(message);
        if (event_.text.empty() && said.files().empty()) return true;  // One of the network's own.
        said.set_kind(v1::Chat::Message::TEXT);
        if (const std::string id = message["reply_to_message"]["message_id"].scalar();
            !id.empty() && id != std::to_string(event_.place.topic))
            said.mutable_reply_to()->set_message_id(id);
        if (const std::string thread = message["message_thread_id"].scalar();
            !thread.empty() && event_.place.topic == 0)
            said.mutable_thread()->set_message_id(thread);
        if (is_edit) {
            event_.body.mutable_edit()->set_message_id(event_.body.message_id());
            event_.body.clear_message_id();
        }
        add_event();
        return true;
    }

    bool members(JsonView joined) {
        for (std::size_t i = 0; i < std::min(joined.size(), kItemsMax); ++i) {
            v1::Chat::Person person;
            if (read_user(joined[i], person)) add_member(person, v1::Chat::Membership::JOINED);
        }
        return true;
    }

    bool member_left(JsonView left) {
        v1::Chat::Person person;
        if (!read_user(left, person)) return false;
        const bool is_own_doing = person.id() == event_.body.author().id();
        add_member(person, is_own_doing ? v1::Chat::Membership::LEFT : v1::Chat::Membership::REMOVED);
        return true;
    }

    void add_member(const v1::Chat::Person& person, v1::Chat::Membership::Change change) {
        v1::Chat::Membership& it = *event_.body.mutable_membership();
        it.set_change(change);
        if (person.id() != event_.body.author().id()) *it.mutable_person() = person;
        add_event();
    }

    bool topic(JsonView title) {
        event_.body.mutable_topic();
        event_.text = title.text();
        add_event();
        return true;
    }

    bool migrated(JsonView to) {
        const std::string id = to.scalar();
        if (id.empty()) return false;
        into_.migration = {event_.place.chat, id};
        event_.body.mutable_change()->set_migrated_to(id);
        event_.is_farewell = true;
        add_event();
        return true;
    }

    void add_event() {
        const std::size_t before = into_.events.size();
        event_.key = std::to_string(update_.id);
        if (before != 0) event_.key += "/" + std::to_string(before);
        event_.body.set_event_key(event_.key);
        into_.events.push_back(event_);
        event_.body.clear_event();
        event_.text.clear();
    }

    const Update& update_;
    const Account& me_;
    Normalised& into_;
    Event event_;
};

bool read(const Update& update, Reader& reader) {
    switch (update.kind) {
        case Update::Kind::message:
        case Update::Kind::channel_post:
            return reader.message(update.content, false);
        case Update::Kind::edited_message:
        case Update::Kind::edited_channel_post:
            return reader.message(update.content, true);
        case Update::Kind::message_reaction:
            return reader.reaction(update.content);
        case Update::Kind::callback_query:
            return reader.callback(update.content);
        case Update::Kind::my_chat_member:
        case Update::Kind::chat_member:
            return reader.membership(update.content);
        case Update::Kind::other:
            break;
    }
    return true;
}

}  // namespace

Normalised normalise(const Update& update, const Account& me) {
    Normalised result;
    Reader reader(update, me, result);
    if (read(update, reader)) return result;
    return {.is_readable = false};
}

void append_fields(std::string& out, const Event& event) {
    append_body(out, event.body);
    append_reply_to(out, event.place.id());
}

std::string scope_fields(const v1::Chat::Conversation& conversation, std::string_view network, std::string_view account,
                         const Capabilities& can) {
    v1::Chat chat;
    *chat.mutable_conversation() = conversation;
    chat.mutable_conversation()->set_network(std::string(network));
    chat.mutable_conversation()->set_account(std::string(account));
    set(*chat.mutable_capabilities(), can);
    std::string fields;
    append_body(fields, chat);
    return fields;
}

}  // namespace millrace::chat::telegram
