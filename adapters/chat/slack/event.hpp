#pragma once

#include <cstdint>
#include <string>

#include "millrace/v1/chat.pb.h"

namespace millrace::chat::slack {

// Who the gateway is in the workspace, as `auth.test` says.
struct Self {
    std::string user_id;
    std::string bot_id;
    std::string team_id;
    std::string team;  // For people.
    std::string user;
};

// Something that happened, on its way to the gateway.
struct Event {
    std::string channel;  // The conversation: a room, a direct message; a person where Slack names none.
    bool is_direct = false;
    bool is_group = false;
    bool is_departure = false;  // The gateway is in the room no more: no message, but the scope's end.

    v1::Chat chat;     // But for what the names of persons, and mrkdwn, become of: render() adds that.
    std::string text;  // The payload; before render() as Slack has it.
    bool has_markup = false;
    std::string key;     // By which it is known when it comes again.
    std::string thread;  // Where its bare reply goes in the room. Empty: to the room itself.
    std::uint32_t hops = 0;

    // A reply may be posted there for half an hour, wherever it was said. A secret. Empty: there is none.
    std::string response_url;
};

}  // namespace millrace::chat::slack
