#include "adapters/chat/irc/normalise.hpp"

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/irc/entities.hpp"

namespace millrace::chat::irc {
namespace {

v1::Chat::Span::Kind kind_of(Span::Kind kind) {
    switch (kind) {
        case Span::Kind::bold:
            return v1::Chat::Span::BOLD;
        case Span::Kind::italic:
            return v1::Chat::Span::ITALIC;
        case Span::Kind::underline:
            return v1::Chat::Span::UNDERLINE;
        case Span::Kind::strike:
            return v1::Chat::Span::STRIKE;
        case Span::Kind::code:
            return v1::Chat::Span::CODE;
        case Span::Kind::link:
            return v1::Chat::Span::LINK;
        case Span::Kind::mention:
            return v1::Chat::Span::MENTION;
    }
    return v1::Chat::Span::KIND_UNSPECIFIED;
}

v1::Chat::Membership::Change change_of(Event::Kind kind) {
    switch (kind) {
        case Event::Kind::joined:
            return v1::Chat::Membership::JOINED;
        case Event::Kind::left:
            return v1::Chat::Membership::LEFT;
        case Event::Kind::quit:
            return v1::Chat::Membership::QUIT;
        case Event::Kind::removed:
            return v1::Chat::Membership::REMOVED;
        default:
            return v1::Chat::Membership::RENAMED;
    }
}

}  // namespace

void Normaliser::set(std::string& field, std::string_view bytes) { field = as_text(bytes, fallback_, converted_); }

void Normaliser::set_person(v1::Chat::Person& person, const Person& from, bool is_bot) {
    set(*person.mutable_id(), from.id);
    if (from.nick != from.id) set(*person.mutable_username(), from.nick);
    if (!from.real_name.empty()) set(*person.mutable_display_name(), from.real_name);
    if (!from.account.empty()) set(*person.mutable_account(), from.account);
    if (!from.host.empty()) {
        std::string& address = *person.mutable_address();
        set(address, from.user);
        address += '@';
        address += as_text(from.host, fallback_, converted_);
    }
    if (!from.roles.empty()) set(*person.mutable_roles(), from.roles);
    person.set_kind(is_bot ? v1::Chat::Person::BOT : v1::Chat::Person::USER);
}

void Normaliser::set_event(const Event& event, std::string_view native, std::string_view text, const Person& me) {
    if (event.kind == Event::Kind::topic) {
        chat_.mutable_topic();
        return;
    }
    if (event.kind != Event::Kind::message) {
        v1::Chat::Membership& membership = *chat_.mutable_membership();
        membership.set_change(change_of(event.kind));
        if (!event.person.nick.empty()) set_person(*membership.mutable_person(), event.person, false);
        membership.set_is_netsplit(event.is_netsplit);
        return;
    }
    v1::Chat::Message& message = *chat_.mutable_message();
    message.set_kind(event.said == Said::action   ? v1::Chat::Message::ACTION
                     : event.said == Said::notice ? v1::Chat::Message::NOTICE
                                                  : v1::Chat::Message::TEXT);
    if (text.size() != native.size()) *message.mutable_native_text() = native;
    for (const Span& it : spans_) {
        v1::Chat::Span& span = *message.add_spans();
        span.set_kind(kind_of(it.kind));
        span.set_begin(it.begin);
        span.set_size(it.size);
        if (it.kind == Span::Kind::mention) set(*span.mutable_target(), me.id);
    }
    if (!event.reply_to.empty()) set(*message.mutable_reply_to()->mutable_message_id(), event.reply_to);
}

std::string Normaliser::scope_fields(std::string_view network, std::string_view account, std::string_view room,
                                     std::string_view room_name, bool is_direct, const Capabilities* can) {
    v1::Chat chat;
    v1::Chat::Conversation& conversation = *chat.mutable_conversation();
    set(*conversation.mutable_network(), network);
    set(*conversation.mutable_account(), account);
    set(*conversation.mutable_id(), room);
    if (room_name != room) set(*conversation.mutable_name(), room_name);
    conversation.set_kind(is_direct ? v1::Chat::Conversation::DIRECT : v1::Chat::Conversation::ROOM);
    if (can) chat::set(*chat.mutable_capabilities(), *can);
    std::string fields;
    append_body(fields, chat);
    return fields;
}

Normalised Normaliser::changed(std::string_view network, const Capabilities& can) {
    chat_.Clear();
    v1::Chat::Person& author = *chat_.mutable_author();
    set(*author.mutable_id(), network);
    author.set_kind(v1::Chat::Person::SYSTEM);
    chat::set(*chat_.mutable_change()->mutable_capabilities(), can);
    fields_.clear();
    append_body(fields_, chat_);
    return {{}, fields_, event_name(chat_), author.id(), 0};
}

// Clear() would free what the next message needs again.
void Normaliser::reset() {
    if (!chat_.has_message()) return chat_.Clear();
    chat_.mutable_author()->Clear();
    chat_.clear_message_id();
    chat_.clear_event_key();
    chat_.mutable_message()->clear_spans();
    chat_.mutable_message()->clear_native_text();
    chat_.mutable_message()->clear_reply_to();
}

Normalised Normaliser::take(const Event& event, const Person& me) {
    const std::string_view native = as_text(event.text, fallback_, text_);
    const std::string_view text = unformatted(native, plain_, spans_);
    if (event.kind == Event::Kind::message) add_entities(text, me.nick, spans_);
    reset();
    set_person(*chat_.mutable_author(), event.author, event.is_bot);
    if (!event.message_id.empty()) {
        set(*chat_.mutable_message_id(), event.message_id);
        *chat_.mutable_event_key() = chat_.message_id();
    }
    chat_.set_sent_at_us(static_cast<std::uint64_t>(event.sent_at_us));
    chat_.set_is_mine(event.is_mine);
    chat_.set_is_replayed(event.is_replayed);
    set_event(event, native, text, me);
    if (!event.reply_to.empty()) name_own(chat_, sent_, event.room);
    fields_.clear();
    append_body(fields_, chat_);
    append_reply_to(fields_, event.room);
    const bool is_said = event.kind == Event::Kind::message;
    external_id_.clear();
    if (is_said && !event.message_id.empty()) {
        set(external_id_, event.room);
        (external_id_ += ' ') += chat_.message_id();
    }
    const std::string& author = chat_.author().username();
    return {text,
            fields_,
            event_name(chat_),
            author.empty() ? chat_.author().id() : author,
            event.hops,
            external_id_,
            is_said ? event.sent_at_us : 0};
}

}  // namespace millrace::chat::irc
