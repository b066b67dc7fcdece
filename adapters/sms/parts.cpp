#include "adapters/sms/parts.hpp"

#include <algorithm>

#include "adapters/sms/normalise.hpp"
#include "millrace/abi.h"

namespace millrace::sms {
namespace {

std::string key_of(const Event& event) {
    const v1::Sms::Part& part = event.body.inbound().part();
    return scope_of(event.service(), event.remote()) + "/" + std::to_string(part.total()) + "/" + part.reference();
}

}  // namespace

void Parts::take(Arrival arrival, std::int64_t now_ms, std::vector<Arrival>& whole) {
    if (remembered_->contains(arrival.event.body.event_key())) {
        if (arrival.answering->settle(MILLRACE_ACK)) arrival.answering->answer();
        return;
    }
    const v1::Sms::Part part = arrival.event.body.inbound().part();
    const std::string key = key_of(arrival.event);
    if (const auto waiting = messages_.find(key); waiting != messages_.end() && has_another(waiting->second, arrival)) {
        whole.push_back(join(waiting->second, false));
        messages_.erase(waiting);
    }
    if (!messages_.contains(key) && messages_.size() == kMessagesMax) give_up_first(whole);
    Message& message = messages_.try_emplace(key, Message{now_ms + deadline_ms_, {}, {}}).first->second;
    const auto [place, is_new] = message.parts.try_emplace(part.number(), arrival);
    if (!is_new) message.again.push_back(std::move(arrival.answering));
    if (message.parts.size() < part.total()) return;
    remember(message, now_ms);
    whole.push_back(join(message, true));
    messages_.erase(key);
}

// Its sender has used up his references, and begins again.
bool Parts::has_another(const Message& message, const Arrival& arrival) {
    const auto found = message.parts.find(arrival.event.body.inbound().part().number());
    return found != message.parts.end() && found->second.event.body.event_key() != arrival.event.body.event_key();
}

void Parts::give_up(std::int64_t now_ms, std::vector<Arrival>& whole) {
    for (auto it = messages_.begin(); it != messages_.end();) {
        if (it->second.due_ms > now_ms) {
            ++it;
            continue;
        }
        whole.push_back(join(it->second, false));
        it = messages_.erase(it);
    }
}

void Parts::give_up_first(std::vector<Arrival>& whole) {
    const auto first = std::ranges::min_element(messages_, {}, [](const auto& it) { return it.second.due_ms; });
    whole.push_back(join(first->second, false));
    messages_.erase(first);
}

// The first part that is there stands for all: its key, its answering, its place in the raw fields.
Arrival Parts::join(Message& message, bool is_complete) const {
    Arrival joined = std::move(message.parts.begin()->second);
    std::uint32_t segments = 0;
    for (auto& [number, part] : message.parts) {
        const bool is_first = number == message.parts.begin()->first;
        segments += (is_first ? joined : part).event.body.inbound().segments();
        if (is_first) continue;
        joined.event.text += part.event.text;
        if (joined.event.data && part.event.data) *joined.event.data += *part.event.data;
        joined.answering->follow(std::move(part.answering));
    }
    for (auto& answering : message.again) joined.answering->follow(std::move(answering));
    v1::Sms::Inbound& inbound = *joined.event.body.mutable_inbound();
    inbound.set_segments(segments);
    inbound.set_complete(is_complete);
    if (is_complete) inbound.clear_part();
    complete_text(joined.event, words_);
    return joined;
}

void Parts::remember(const Message& message, std::int64_t now_ms) {
    std::vector<std::string> keys;
    for (const auto& [number, part] : message.parts) keys.push_back(part.event.body.event_key());
    while (!by_age_.empty() && (by_age_.front().first + kRememberedMs <= now_ms || by_age_.size() > kRememberedMax)) {
        remembered_->erase(by_age_.front().second);
        by_age_.pop_front();
    }
    for (const std::string& key : keys) {
        remembered_->insert(key);
        by_age_.emplace_back(now_ms, key);
    }
    // Where the message is to come again, its parts are.
    message.parts.begin()->second.answering->when_put_off([remembered = remembered_, keys] {
        for (const std::string& key : keys) remembered->erase(key);
    });
}

}  // namespace millrace::sms
