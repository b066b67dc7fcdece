#pragma once

#include "adapters/chat/telegram/event.hpp"
#include "adapters/common/json.hpp"

// Users and chats of the Bot API, as persons and conversations.
namespace millrace::chat::telegram {

// Of a User. False: it has no id.
bool read_user(JsonView user, v1::Chat::Person& person);

// Of a Chat that speaks: a channel, or a group whose admin is anonymous.
bool read_speaking_chat(JsonView chat, v1::Chat::Person& person);

// Of a Chat and the topic in it, 0 for none. False: it has no id.
bool read_chat(JsonView chat, std::int64_t topic, Event& event);

}  // namespace millrace::chat::telegram
