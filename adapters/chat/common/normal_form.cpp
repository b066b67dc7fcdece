#include "adapters/chat/common/normal_form.hpp"

#include <cstddef>

#include "millrace/v1/message.pb.h"

namespace millrace::chat {
namespace {

// Of the wire format of protobuf.
constexpr unsigned kBytes = 2;

void append_varint(std::string& out, std::size_t number) {
    for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
    out += static_cast<char>(number);
}

std::string_view membership_name(v1::Chat::Membership::Change change) {
    switch (change) {
        case v1::Chat::Membership::JOINED:
            return "join";
        case v1::Chat::Membership::LEFT:
            return "part";
        case v1::Chat::Membership::QUIT:
            return "quit";
        case v1::Chat::Membership::REMOVED:
            return "kick";
        case v1::Chat::Membership::RENAMED:
            return "nick";
        default:
            return "";
    }
}

void name_own(v1::Chat::Reference& reference, const IdMap& sent, std::string_view conversation) {
    if (const IdMap::Entry* entry = sent.find_message(conversation, reference.message_id()))
        reference.set_client_id(entry->client_id);
}

}  // namespace

std::string_view event_name(const v1::Chat& chat) {
    switch (chat.event_case()) {
        case v1::Chat::kMessage:
            return chat.message().kind() == v1::Chat::Message::ACTION   ? "action"
                   : chat.message().kind() == v1::Chat::Message::NOTICE ? "notice"
                                                                        : "message";
        case v1::Chat::kEdit:
            return "edit";
        case v1::Chat::kDelete:
            return "delete";
        case v1::Chat::kReaction:
            return "reaction";
        case v1::Chat::kMembership:
            return membership_name(chat.membership().change());
        case v1::Chat::kTopic:
            return "topic";
        case v1::Chat::kChange:
            return "change";
        case v1::Chat::kCommand:
            return "command";
        case v1::Chat::kInteraction:
            return "interaction";
        case v1::Chat::EVENT_NOT_SET:
            break;
    }
    return "";
}

void name_own(v1::Chat& chat, const IdMap& sent, std::string_view conversation) {
    if (!chat.has_message()) return;
    v1::Chat::Message& message = *chat.mutable_message();
    if (message.has_reply_to()) name_own(*message.mutable_reply_to(), sent, conversation);
    if (message.has_thread()) name_own(*message.mutable_thread(), sent, conversation);
}

void append_body(std::string& out, const v1::Chat& chat) {
    append_varint(out, unsigned{v1::ChannelMessage::kChatFieldNumber} << 3 | kBytes);
    append_varint(out, chat.ByteSizeLong());
    chat.AppendToString(&out);
}

void append_reply_to(std::string& out, std::string_view address) {
    append_varint(out, unsigned{v1::ChannelMessage::kReplyToFieldNumber} << 3 | kBytes);
    append_varint(out, address.size());
    out += address;
}

}  // namespace millrace::chat
