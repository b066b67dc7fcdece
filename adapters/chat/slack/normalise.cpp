#include "adapters/chat/slack/normalise.hpp"

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/slack/emoji.hpp"
#include "adapters/chat/slack/interactions.hpp"
#include "adapters/chat/slack/mrkdwn.hpp"
#include "adapters/chat/slack/timestamp.hpp"
#include "adapters/common/json.hpp"

namespace millrace::chat::slack {
namespace {

using v1::Chat;

// Who has said it, by what stands beside its text.
void set_author(const JsonView& from, const Self& self, Event& event) {
    Chat::Person& author = *event.chat.mutable_author();
    const std::string_view user = from["user"].text();
    const std::string_view bot = from["bot_id"].text();
    author.set_id(std::string(!user.empty() ? user : !bot.empty() ? bot : "slack"));
    author.set_kind(!bot.empty() ? Chat::Person::BOT : user.empty() ? Chat::Person::SYSTEM : Chat::Person::USER);
    author.set_username(std::string(from["username"].text()));
    for (const std::string_view name : {from["user_profile"]["display_name"].text(),
                                        from["user_profile"]["real_name"].text(), from["bot_profile"]["name"].text()}) {
        if (author.display_name().empty()) author.set_display_name(std::string(name));
    }
    const bool is_me = (!user.empty() && user == self.user_id) || (!bot.empty() && bot == self.bot_id);
    event.chat.set_is_mine(is_me);
}

void set_place(const JsonView& event, std::string_view channel, Event& out) {
    const std::string_view type = event["channel_type"].text();
    out.channel = channel;
    out.is_direct = type == "im" || channel.starts_with('D');
    out.is_group = type == "mpim";
}

void add_file(const JsonView& from, Chat::Message& message) {
    Chat::File& file = *message.add_files();
    file.set_id(std::string(from["id"].text()));
    file.set_name(std::string(from["name"].text()));
    file.set_mime_type(std::string(from["mimetype"].text()));
    const std::int64_t size = from["size"].integer().value_or(0);
    file.set_size(size > 0 ? static_cast<std::uint64_t>(size) : 0);
    file.set_url(std::string(from["url_private"].text()));
    const JsonView external = from["is_external"];
    file.set_needs_auth(!file.url().empty() && external.scalar() != "true");
}

Chat::Message::Kind kind_of(std::string_view subtype) {
    constexpr std::string_view kSaid[] = {"", "file_share", "thread_broadcast", "bot_message"};
    for (const std::string_view each : kSaid) {
        if (subtype == each) return Chat::Message::TEXT;
    }
    return subtype == "me_message" ? Chat::Message::ACTION : Chat::Message::SYSTEM;
}

// Of messages whose parts have no text of their own beside them.
std::string text_of(const JsonView& from) {
    std::string text(from["text"].text());
    const JsonView attachments = from["attachments"];
    for (std::size_t i = 0; text.empty() && i < attachments.size(); ++i) {
        const JsonView each = attachments[i];
        text = each["text"].text().empty() ? each["fallback"].text() : each["text"].text();
    }
    return text;
}

void set_message(const JsonView& from, Chat::Message& message, Event& event) {
    message.set_kind(kind_of(from["subtype"].text()));
    const JsonView files = from["files"];
    for (std::size_t i = 0; i < files.size(); ++i) add_file(files[i], message);
    const std::string_view thread = from["thread_ts"].text();
    if (!thread.empty()) message.mutable_thread()->set_message_id(std::string(thread));
    if (thread != from["ts"].text()) event.thread = thread;
    event.text = text_of(from);
    event.has_markup = true;
}

Reading read_change(const JsonView& from, const Self& self, Event& event) {
    const JsonView now = from["message"];
    const JsonView before = from["previous_message"];
    const std::string_view ts = now["ts"].text();
    if (ts.empty()) return Reading::unreadable;
    set_author(now, self, event);
    if (now["subtype"].text() == "tombstone") {
        event.chat.mutable_delete_()->set_message_id(std::string(ts));
        return Reading::taken;
    }
    const std::string_view edited = now["edited"]["ts"].text();
    if (edited.empty() || edited == before["edited"]["ts"].text()) return Reading::ignored;
    Chat::Edit& edit = *event.chat.mutable_edit();
    edit.set_message_id(std::string(ts));
    edit.set_edit_id(std::string(edited));
    set_message(now, *edit.mutable_message(), event);
    return Reading::taken;
}

Reading read_deletion(const JsonView& from, const Self& self, Event& event) {
    const std::string_view ts = from["deleted_ts"].text();
    if (ts.empty()) return Reading::unreadable;
    set_author(from["previous_message"], self, event);
    event.chat.mutable_delete_()->set_message_id(std::string(ts));
    return Reading::taken;
}

// What the network says of the room, as a message of its own.
bool read_room_change(const JsonView& from, std::string_view subtype, Event& event) {
    const bool is_join = subtype == "channel_join" || subtype == "group_join";
    const bool is_leave = subtype == "channel_leave" || subtype == "group_leave";
    if (is_join || is_leave) {
        event.chat.mutable_membership()->set_change(is_join ? Chat::Membership::JOINED : Chat::Membership::LEFT);
        event.is_departure = is_leave && event.chat.is_mine();
    } else if (subtype == "channel_topic" || subtype == "group_topic") {
        event.chat.mutable_topic();
        event.text = from["topic"].text();
        event.has_markup = true;
    } else if (subtype == "channel_name" || subtype == "group_name") {
        event.chat.mutable_change()->set_name(std::string(from["name"].text()));
    } else {
        return false;
    }
    return true;
}

Reading read_message(const JsonView& from, const Self& self, Event& event) {
    const std::string_view channel = from["channel"].text();
    if (channel.empty()) return Reading::unreadable;
    set_place(from, channel, event);
    const std::string_view ts = from["ts"].text();
    event.chat.set_sent_at_us(microseconds_of(ts));
    const std::string_view subtype = from["subtype"].text();
    if (subtype == "message_changed") return read_change(from, self, event);
    if (subtype == "message_deleted") return read_deletion(from, self, event);
    if (subtype == "message_replied") return Reading::ignored;
    if (ts.empty()) return Reading::unreadable;
    set_author(from, self, event);
    event.chat.set_message_id(std::string(ts));
    event.key = event.channel + ":" + std::string(ts);
    if (!read_room_change(from, subtype, event)) set_message(from, *event.chat.mutable_message(), event);
    return Reading::taken;
}

Reading read_reaction(const JsonView& from, bool is_removed, const Self& self, Event& event) {
    const JsonView item = from["item"];
    if (item["type"].text() != "message") return Reading::ignored;
    const std::string_view channel = item["channel"].text();
    const std::string_view ts = item["ts"].text();
    const std::string_view name = from["reaction"].text();
    if (channel.empty() || ts.empty() || name.empty()) return Reading::unreadable;
    set_place(from, channel, event);
    set_author(from, self, event);
    event.chat.set_sent_at_us(microseconds_of(from["event_ts"].text()));
    Chat::Reaction& reaction = *event.chat.mutable_reaction();
    reaction.set_message_id(std::string(ts));
    reaction.set_emoji(std::string(emoji_of(name)));
    reaction.set_is_removed(is_removed);
    return Reading::taken;
}

Reading read_member(const JsonView& from, bool has_left, const Self& self, Event& event) {
    const std::string_view channel = from["channel"].text();
    if (channel.empty() || from["user"].text().empty()) return Reading::unreadable;
    set_place(from, channel, event);
    set_author(from, self, event);
    event.chat.set_sent_at_us(microseconds_of(from["event_ts"].text()));
    event.chat.mutable_membership()->set_change(has_left ? Chat::Membership::LEFT : Chat::Membership::JOINED);
    event.is_departure = has_left && event.chat.is_mine();
    return Reading::taken;
}

// The room itself: another name, or it is closed to the gateway.
Reading read_room(const JsonView& from, bool is_renamed, const Self& self, Event& event) {
    const JsonView channel = from["channel"];
    const std::string_view id = channel.is_text() ? channel.text() : channel["id"].text();
    if (id.empty()) return Reading::unreadable;
    set_place(from, id, event);
    set_author(from, self, event);
    event.chat.set_sent_at_us(microseconds_of(from["event_ts"].text()));
    event.chat.mutable_change()->set_name(std::string(is_renamed ? channel["name"].text() : ""));
    event.is_departure = !is_renamed;
    return Reading::taken;
}

Reading read_event(const JsonView& envelope, const Self& self, Event& event) {
    const JsonView from = envelope["event"];
    const std::string_view type = from["type"].text();
    if (type.empty()) return Reading::unreadable;
    if (type == "message" || type == "app_mention") return read_message(from, self, event);
    if (type == "reaction_added" || type == "reaction_removed")
        return read_reaction(from, type == "reaction_removed", self, event);
    if (type == "member_joined_channel" || type == "member_left_channel")
        return read_member(from, type == "member_left_channel", self, event);
    constexpr std::string_view kClosed[] = {"channel_left",  "group_left",      "channel_deleted",
                                            "group_deleted", "channel_archive", "group_archive"};
    for (const std::string_view each : kClosed) {
        if (type == each) return read_room(from, false, self, event);
    }
    if (type == "channel_rename" || type == "group_rename") return read_room(from, true, self, event);
    return Reading::ignored;
}

}  // namespace

Reading normalise(const Delivery& delivery, const Self& self, std::string_view fallback_key, Event& event) {
    event = Event();
    const JsonView body(delivery.body);
    Reading reading = Reading::ignored;
    if (delivery.kind == Delivery::Kind::event) {
        reading = read_event(body, self, event);
        if (event.key.empty()) event.key = body["event_id"].text();
    } else if (delivery.kind == Delivery::Kind::command) {
        reading = read_command(body, event);
    } else if (delivery.kind == Delivery::Kind::interaction) {
        reading = read_interaction(body, event);
    }
    if (reading != Reading::taken) return reading;
    if (event.key.empty()) event.key = fallback_key;
    event.chat.set_event_key(event.key);
    return Reading::taken;
}

void render(Event& event, const Names& names) {
    Chat::Person& author = *event.chat.mutable_author();
    if (author.display_name().empty()) author.set_display_name(std::string(names.person(author.id())));
    if (!event.has_markup) return;
    std::string text;
    Spans spans;
    read_mrkdwn(event.text, names, text, spans);
    event.has_markup = false;
    if (event.chat.has_message() || event.chat.has_edit()) {
        Chat::Message& message =
            event.chat.has_edit() ? *event.chat.mutable_edit()->mutable_message() : *event.chat.mutable_message();
        message.mutable_spans()->Swap(&spans);
        if (text != event.text) message.set_native_text(event.text);
    }
    event.text = std::move(text);
}

void append_fields(std::string& out, const Event& event, std::string_view reply_to) {
    append_body(out, event.chat);
    append_reply_to(out, reply_to);
}

std::string scope_fields(std::string_view network, std::string_view account, const Self& self, const Event& first,
                         std::string_view name, const Capabilities& can) {
    Chat chat;
    set(*chat.mutable_capabilities(), can);
    Chat::Conversation& conversation = *chat.mutable_conversation();
    conversation.set_network(std::string(network));
    conversation.set_account(std::string(account));
    conversation.set_workspace(self.team_id);
    conversation.set_id(first.channel);
    conversation.set_name(std::string(name));
    conversation.set_kind(first.is_direct  ? Chat::Conversation::DIRECT
                          : first.is_group ? Chat::Conversation::GROUP
                                           : Chat::Conversation::ROOM);
    std::string fields;
    append_body(fields, chat);
    return fields;
}

}  // namespace millrace::chat::slack
