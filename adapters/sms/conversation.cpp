#include "adapters/sms/conversation.hpp"

#include "adapters/sms/conversations.hpp"

namespace millrace::sms {

void Conversation::settled(const millrace::Answer& answer) {
    conversations_.on_answer(*this, answer.verdict(), answer.text());
}

void Conversation::send(const Outgoing& command) { conversations_.on_sent(*this, command); }

void Conversation::settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t, std::string_view) {
    conversations_.on_settled(*this, cookie, verdict);
}

void Conversation::close(std::uint32_t, std::uint32_t, std::string_view) { conversations_.on_closed(*this); }

void Conversation::resume() { conversations_.on_room(*this); }

void Conversation::on_timer() { conversations_.on_idle(*this); }

}  // namespace millrace::sms
