#pragma once

#include <cstdint>
#include <string>

#include "adapters/chat/telegram/place.hpp"
#include "millrace/v1/chat.pb.h"

namespace millrace::chat::telegram {

// Something that has happened in a conversation, in the normal form.
struct Event {
    Place place{};
    v1::Chat::Conversation conversation{};  // All of it but the network and the account.
    v1::Chat body{};                        // All but the conversation.
    std::string text{};                     // The payload. Valid UTF-8.
    std::string key{};                      // Of this event alone: it is the same when it comes again.
    bool is_farewell = false;               // The account is in this chat no more: its scope ends, and where that is
                                            // by its membership, the DISCONNECT says so.
};

}  // namespace millrace::chat::telegram
