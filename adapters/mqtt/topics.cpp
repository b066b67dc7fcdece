#include "adapters/mqtt/topics.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace millrace::mqtt {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::int64_t kAgainMs = 1'000;  // Where the gateway has no place for the scope, or its consumers no time.

// What a consumer's code becomes in 5: such as it is where that is a reason to fail.
Reason reason_of(std::uint32_t verdict, std::uint32_t code) {
    if (verdict == MILLRACE_ACK) return Reason::success;
    return code >= 0x80 && code <= 0xFF ? static_cast<Reason>(code) : Reason::unspecified_error;
}

// PUBACK and PUBREC know no other reasons (§3.4.2.1).
Reason allowed(Reason reason) {
    constexpr std::uint8_t kAllowed[] = {0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
    const auto code = static_cast<std::uint8_t>(reason);
    if (reason == Reason::success || std::ranges::count(kAllowed, code) != 0) return reason;
    return Reason::unspecified_error;
}

}  // namespace

Topics::Topics(AdapterHost host, const Settings& settings, TimerWheel& wheel, Send send)
    : host_(host), settings_(settings), wheel_(wheel), send_(std::move(send)) {}

Topics::~Topics() = default;

void Topics::passed(const Gate::Passed& passed, Version version) {
    const Publish& publish = passed.publish;
    Message& message = messages_.add();
    message.state = Message::State::on_its_way;
    message.number = passed.number;
    message.qos = publish.qos;
    message.payload_size = publish.payload_size;
    message.topic = publish.topic;
    message.fields.clear();
    std::string_view filter;
    for (const auto& subscription : settings_.subscriptions) {
        if (!subscription.topic.match(publish.topic, captures_)) continue;
        filter = subscription.topic.filter();
        break;
    }
    message.hops = normaliser_.append_fields(message.fields, publish, {version, filter});
    on_their_way_.push_back(message.index);
}

bool Topics::delivered(::mqtt::const_message_ptr delivered) {
    if (on_their_way_.empty()) return false;
    Message& message = messages_[on_their_way_.front()];
    const auto& payload = delivered->get_payload_ref();
    if (payload.size() != message.payload_size || delivered->get_topic() != message.topic) return false;
    on_their_way_.pop_front();
    message.is_text = is_text({payload.data(), payload.size()});
    message.delivered = std::move(delivered);
    message.state = Message::State::waiting;
    TopicScope& scope = scope_of(settings_.scoping.key_of(message.topic, settings_.client_id, key_));
    message.scope = &scope;
    message.next = Messages::kNone;
    if (scope.first == Messages::kNone)
        scope.first = message.index;
    else
        messages_[scope.last].next = message.index;
    scope.last = message.index;
    due(scope);
    return true;
}

TopicScope& Topics::scope_of(std::string_view key) {
    auto found = scopes_.find(key);
    if (found == scopes_.end()) {
        if (scopes_.size() >= settings_.scopes_max) make_room();
        auto made = std::make_unique<TopicScope>(*this, key);
        const std::string_view own = made->key;
        found = scopes_.emplace(own, std::move(made)).first;
        wheel_.schedule(*found->second, wheel_.now_ms() + settings_.idle_timeout.count());
    }
    TopicScope& scope = *found->second;
    if (static_cast<TopicScope::ByUse&>(scope).is_linked()) by_use_.erase(by_use_.iterator_to(scope));
    by_use_.push_back(scope);
    scope.used_at_ms = wheel_.now_ms();
    return scope;
}

// The one that was used longest ago goes, of those of which nothing is in the gateway; where there is none, the cap is
// passed by what is in flight.
void Topics::make_room() {
    for (TopicScope& scope : by_use_) {
        if (!scope.is_at_rest()) continue;
        ++counts_.evicted;
        return close(scope, MILLRACE_REASON_POLICY);
    }
}

std::uint64_t Topics::end_link(std::uint64_t next) {
    const std::uint64_t first = on_their_way_.empty() ? next : messages_[on_their_way_.front()].number;
    for (const std::uint32_t index : on_their_way_) messages_.remove(messages_[index]);
    on_their_way_.clear();
    return first;
}

void Topics::begin_link(bool session_present) {
    drop_waiting([this, session_present](const Message& message) {
        counts_.dropped += message.qos == 0;
        return message.qos == 0 || (message.qos == 1 && session_present);
    });
}

bool Topics::is_overfull() const {
    std::uint64_t count = 0, bytes = 0;
    for (const Message& message : messages_.all()) {
        if (message.state == Message::State::free) continue;
        ++count;
        bytes += message.payload_size + message.fields.size() + message.topic.size();
    }
    return count > 2 * settings_.in_flight.messages || bytes > 2 * settings_.in_flight.bytes;
}

void Topics::leave_rest() {
    drop_waiting([](const Message& message) { return message.qos != 0; });
}

template <class Drops> void Topics::drop_waiting(Drops drops) {
    for (auto& [key, scope] : scopes_) {
        std::uint32_t* link = &scope->first;
        scope->last = Messages::kNone;
        while (*link != Messages::kNone) {
            Message& message = messages_[*link];
            if (drops(message)) {
                *link = message.next;
                messages_.remove(message);
                continue;
            }
            scope->last = message.index;
            link = &message.next;
        }
    }
}

void Topics::due(TopicScope& scope) {
    if (std::exchange(scope.is_due, true)) return;
    due_.push_back(&scope);
}

void Topics::run_due() {
    for (std::size_t i = 0; i < due_.size(); ++i) {
        if (!due_[i]) continue;
        TopicScope& scope = *due_[i];
        scope.is_due = false;
        if (!is_quiesced_) offer(scope);
    }
    due_.clear();
}

void Topics::offer(TopicScope& scope) {
    if (scope.first != Messages::kNone && scope.state == TopicScope::State::closed && !open(scope)) return;
    while (scope.state == TopicScope::State::open && !scope.is_paused && scope.first != Messages::kNone) {
        if (!submit(scope)) break;
    }
}

// False where there is no such scope any more: nobody wants it.
bool Topics::open(TopicScope& scope) {
    const bool is_by_topic = settings_.scoping.is_by_topic();
    const std::string& topic = messages_[scope.first].topic;
    attributes_.clear();
    if (is_by_topic) {
        add_attributes(topic);
    } else {
        settings_.scoping.find_shared(topic, captures_);
        for (const auto& [name, value] : captures_) attributes_.push_back({bytes(name), bytes(value)});
    }
    scope.state = TopicScope::State::asking;
    scope.is_paused = false;
    const std::int32_t opened = host_.open(loop_, scope,
                                           {scope.key,
                                            attributes_,
                                            {},
                                            settings_.send_bytes_max,
                                            MILLRACE_REPLY_TO | (is_by_topic ? 0 : MILLRACE_VARIES),
                                            static_cast<std::uint32_t>(settings_.settle_deadline.count())},
                                           &scope.id);
    if (opened == MILLRACE_OPENED) return true;
    scope.state = TopicScope::State::closed;
    if (opened == MILLRACE_UNMATCHED) {
        for (std::uint32_t i = scope.first; i != Messages::kNone; i = messages_[i].next) ++counts_.unmatched;
        settle_line(scope, Reason::success);
        erase(scope);
        return false;
    }
    if (opened == MILLRACE_NO_SLOT) {
        make_room();
        wheel_.schedule(scope, wheel_.now_ms() + kAgainMs);
    }
    return true;
}

// What routes can ask about a topic, but for what is its scope's.
void Topics::add_attributes(std::string_view topic) {
    settings_.scoping.find_shared(topic, shared_);
    attributes_.push_back({bytes("topic"), bytes(topic)});
    for (const auto& subscription : settings_.subscriptions) {
        if (!subscription.topic.match(topic, captures_)) continue;
        for (const auto& [name, value] : captures_) {
            if (std::ranges::count(shared_, name, &TopicTemplate::Capture::name) == 0)
                attributes_.push_back({bytes(name), bytes(value)});
        }
        return;
    }
}

// False where the gateway has not taken all that it was offered.
bool Topics::submit(TopicScope& scope) {
    std::array<millrace_submission, kBatch> submissions;
    std::array<std::uint8_t, kBatch> results{};
    std::uint32_t count = 0;
    attributes_.clear();
    for (std::uint32_t i = scope.first; i != Messages::kNone && count < kBatch; i = messages_[i].next) {
        const Message& message = messages_[i];
        const std::size_t before = attributes_.size();
        if (!settings_.scoping.is_by_topic()) add_attributes(message.topic);
        const auto& payload = message.delivered->get_payload_ref();
        submissions[count++] = {sizeof(millrace_submission),
                                message.is_text ? MILLRACE_TEXT : MILLRACE_DATA,
                                bytes({payload.data(), payload.size()}),
                                bytes(message.fields),
                                Messages::cookie(message),
                                nullptr,
                                static_cast<std::uint32_t>(attributes_.size() - before),
                                message.hops,
                                {},
                                {},
                                0};
    }
    const millrace_attribute* attributes = attributes_.data();
    for (millrace_submission& it : std::span(submissions).first(count))
        it.attributes = std::exchange(attributes, attributes + it.attribute_count);
    const std::uint32_t taken = host_.submit(scope.id, std::span(submissions).first(count), results.data());
    for (std::uint32_t i = 0; i < taken; ++i) {
        Message& message = messages_[scope.first];
        scope.first = message.next;
        if (message.state == Message::State::ended) {
            messages_.remove(message);
        } else if (results[i] != MILLRACE_PENDING) {
            end(message, Reason::success);
        } else {
            message.state = Message::State::submitted;
            ++scope.submitted;
        }
    }
    if (scope.first == Messages::kNone) scope.last = Messages::kNone;
    scope.is_paused = taken < count;
    return taken == count;
}

void Topics::on_answer(TopicScope& scope, std::uint32_t verdict, std::string_view text) {
    if (verdict == MILLRACE_ACK) {
        scope.state = TopicScope::State::open;
        return due(scope);
    }
    scope.state = TopicScope::State::closed;
    if (verdict == MILLRACE_RETRY) return wheel_.schedule(scope, wheel_.now_ms() + kAgainMs);
    host_.log(MILLRACE_LOG_WARN, "`" + scope.key + "` is refused: " + std::string(text));
    settle_line(scope, Reason::unspecified_error);
}

void Topics::on_settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code) {
    Message* message = messages_.find(cookie);
    if (!message) return;
    TopicScope& scope = *message->scope;
    if (message->state == Message::State::waiting) {
        settled_.push_back({message->number, allowed(reason_of(verdict, code))});
        message->state = Message::State::ended;
        return;
    }
    if (message->state != Message::State::submitted) return;
    --scope.submitted;
    if (verdict != MILLRACE_RETRY) return end(*message, allowed(reason_of(verdict, code)));
    message->state = Message::State::waiting;
    std::uint32_t* link = &scope.first;
    while (*link != Messages::kNone && messages_[*link].number < message->number) link = &messages_[*link].next;
    message->next = std::exchange(*link, message->index);
    if (message->next == Messages::kNone) scope.last = message->index;
    due(scope);
}

// By a consumer, or at the end of all. What it had taken and not finished is offered to the next opening.
void Topics::on_closed(TopicScope& scope) {
    scope.state = TopicScope::State::closed;
    scope.id = 0;
    scope.publishing = 0;
    if (is_quiesced_) return;
    std::vector<Message*> again;
    for (Message& message : messages_.all()) {
        if (message.scope == &scope && message.state == Message::State::submitted) again.push_back(&message);
    }
    std::ranges::sort(again, {}, &Message::number);
    for (auto it = again.rbegin(); it != again.rend(); ++it) {
        (*it)->state = Message::State::waiting;
        (*it)->next = scope.first;
        scope.first = (*it)->index;
        if (scope.last == Messages::kNone) scope.last = (*it)->index;
    }
    scope.submitted = 0;
    if (scope.first == Messages::kNone) return erase(scope);
    due(scope);
}

void Topics::on_sent(TopicScope& scope, const millrace::Outgoing& command) {
    ++scope.publishing;
    send_(command, scope.key, scope.id);
}

void Topics::published(const std::string& key, millrace_id id, std::uint64_t size) {
    const auto found = scopes_.find(key);
    if (found == scopes_.end() || found->second->id != id || found->second->state != TopicScope::State::open) return;
    --found->second->publishing;
    host_.written(id, size);
}

void Topics::tell_gap() {
    for (const auto& [key, scope] : scopes_) {
        if (scope->state == TopicScope::State::open) host_.gap(scope->id);
    }
}

void Topics::close_idle() {
    std::vector<TopicScope*> idle;
    for (const auto& [key, scope] : scopes_) {
        if (scope->is_at_rest()) idle.push_back(scope.get());
    }
    for (TopicScope* scope : idle) close(*scope, MILLRACE_REASON_DRAIN);
}

void Topics::on_idle(TopicScope& scope) {
    if (scope.state == TopicScope::State::closed && scope.first != Messages::kNone) {
        wheel_.schedule(scope, wheel_.now_ms() + settings_.idle_timeout.count());
        return due(scope);
    }
    const std::int64_t due_ms = scope.used_at_ms + settings_.idle_timeout.count();
    if (!scope.is_at_rest() || due_ms > wheel_.now_ms())
        return wheel_.schedule(scope, std::max(due_ms, wheel_.now_ms() + kAgainMs));
    close(scope, MILLRACE_REASON_IDLE);
}

void Topics::settle_line(TopicScope& scope, Reason reason) {
    for (std::uint32_t i = std::exchange(scope.first, Messages::kNone); i != Messages::kNone;) {
        Message& message = messages_[i];
        i = message.next;
        end(message, reason);
    }
    scope.last = Messages::kNone;
}

void Topics::end(Message& message, Reason reason) {
    settled_.push_back({message.number, reason});
    messages_.remove(message);
}

void Topics::close(TopicScope& scope, std::uint32_t reason) {
    if (scope.state != TopicScope::State::closed) host_.close(scope.id, reason, {});
    erase(scope);
}

void Topics::erase(TopicScope& scope) {
    if (scope.is_due) std::ranges::replace(due_, &scope, static_cast<TopicScope*>(nullptr));
    scopes_.erase(std::string_view(scope.key));
}

}  // namespace millrace::mqtt
