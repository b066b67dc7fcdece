#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/chat/common/capabilities.hpp"
#include "adapters/chat/telegram/codec.hpp"
#include "adapters/chat/telegram/entities.hpp"
#include "adapters/chat/telegram/event.hpp"

// Between the Bot API and the normal form: README.md has the mapping.
namespace millrace::chat::telegram {

// A group that has become a supergroup: its old id and the new one.
using Migration = std::pair<std::string, std::string>;

struct Normalised {
    std::vector<Event> events{};  // In their order.
    std::optional<Migration> migration{};
    std::string press{};      // Somebody has pressed a button, and this callback query waits for an answer.
    bool is_readable = true;  // Else it is of a kind that is spoken of here, but not as the Bot API has it.
};

// Several events, as where several people join at once, have keys of their own.
Normalised normalise(const Update& update, const Account& me);

// The serialised ChannelMessage fields of an event. A reply to it may also leave without its scope, by its chat's
// address.
void append_fields(std::string& out, const Event& event);

// The serialised ChannelMessage fields of all events of a conversation.
std::string scope_fields(const v1::Chat::Conversation& conversation, std::string_view network, std::string_view account,
                         const Capabilities& can);

}  // namespace millrace::chat::telegram
