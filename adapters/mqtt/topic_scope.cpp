#include "adapters/mqtt/topic_scope.hpp"

#include "adapters/mqtt/topics.hpp"

namespace millrace::mqtt {

void TopicScope::settled(const Answer& answer) { topics_.on_answer(*this, answer.verdict(), answer.text()); }

void TopicScope::send(const millrace::Outgoing& command) { topics_.on_sent(*this, command); }

void TopicScope::settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view) {
    topics_.on_settled(cookie, verdict, code);
}

void TopicScope::close(std::uint32_t, std::uint32_t, std::string_view) { topics_.on_closed(*this); }

void TopicScope::resume() {
    is_paused = false;
    topics_.due(*this);
}

void TopicScope::on_timer() { topics_.on_idle(*this); }

}  // namespace millrace::mqtt
