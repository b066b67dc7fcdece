#include "adapters/chat/irc/conversation.hpp"

#include "adapters/chat/irc/conversations.hpp"

namespace millrace::chat::irc {

void Conversation::settled(const Answer& answer) { all_.on_answer(*this, answer); }

void Conversation::settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t, std::string_view) {
    all_.on_settled(*this, cookie, verdict);
}

void Conversation::send(const millrace::Outgoing& command) { all_.on_sent(*this, command); }

void Conversation::close(std::uint32_t, std::uint32_t, std::string_view) { all_.on_closed(*this); }

void Conversation::resume() {
    is_paused = false;
    all_.due(*this);
}

}  // namespace millrace::chat::irc
