#pragma once

#include <string>
#include <string_view>

#include "adapters/chat/common/id_map.hpp"
#include "millrace/adapter.hpp"
#include "millrace/v1/chat.pb.h"

// What every chat adapter makes of what happens, for messages and routes.
namespace millrace::chat {

// The match keys, for MILLRACE_ADAPTER. `author` and `event` are the message's, the others the scope's.
#define MILLRACE_CHAT_MATCH_KEYS                                                                  \
    MILLRACE_MATCH_TEXT("network")                                                                \
    "," MILLRACE_MATCH_TEXT("room") "," MILLRACE_MATCH_TEXT("direct") "," MILLRACE_MATCH_VARYING( \
        "author") "," MILLRACE_MATCH_VARYING("event")

// The value of `event`: message, action, notice, edit, delete, reaction, join, part, quit, kick, nick, topic, change,
// command, interaction.
std::string_view event_name(const v1::Chat& chat);

// What a message answers, or is said in the thread of, was sent from here: then the reference has that command's
// `client_id` beside the network's id, so that whoever sent it knows it again.
void name_own(v1::Chat& chat, const IdMap& sent, std::string_view conversation);

// Appends the serialised ChannelMessage field that has it.
void append_body(std::string& out, const v1::Chat& chat);

// The same of where an answer goes that leaves without the scope, as those of durable routes do.
void append_reply_to(std::string& out, std::string_view address);

}  // namespace millrace::chat
