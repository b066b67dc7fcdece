#include "adapters/chat/telegram/conversation.hpp"

#include "adapters/chat/telegram/conversations.hpp"

namespace millrace::chat::telegram {

void Conversation::settled(const Answer& answer) { all_.on_answer(*this, answer); }

void Conversation::send(const Outgoing& command) { all_.on_sent(*this, command); }

void Conversation::settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t, std::string_view) {
    all_.on_settled(*this, cookie, verdict);
}

void Conversation::close(std::uint32_t, std::uint32_t, std::string_view) { all_.on_closed(*this); }

void Conversation::resume() { all_.on_room(*this); }

void Conversation::on_timer() { all_.on_time(*this); }

}  // namespace millrace::chat::telegram
