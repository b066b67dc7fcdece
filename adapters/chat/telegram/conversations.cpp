#include "adapters/chat/telegram/conversations.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/telegram/normalise.hpp"

namespace millrace::chat::telegram {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kAttributes = 2;
constexpr std::int64_t kAgainMs = 1'000;
constexpr std::size_t kLineMax = 1'000;  // That wait for the gateway in one conversation.

}  // namespace

Conversations::Conversations(AdapterHost host, const Settings& settings, TimerWheel& wheel, LoopGuard& guard, Send send,
                             Ended ended)
    : host_(host), settings_(settings), wheel_(wheel), guard_(guard), send_(std::move(send)), ended_(std::move(ended)) {
}

Conversations::~Conversations() = default;

void Conversations::clear() {
    due_.clear();
    all_.clear();
    by_scope_.clear();
}

void Conversations::take(Arrival arrival) {
    const Event& event = arrival.event;
    if (event.body.is_mine() && !settings_.takes_own) return end(arrival, MILLRACE_ACK);
    const bool is_last_word = event.is_farewell && event.body.has_membership();
    if (is_last_word && !all_.contains(event.place.id())) return end(arrival, MILLRACE_ACK);
    Conversation& it = find_or_make(event);
    it.is_over = event.is_farewell;
    if (it.is_over) {
        it.over_at_ms = wheel_.now_ms() + settings_.settle_deadline.count();
        wheel_.schedule(it, it.over_at_ms);
    }
    if (is_last_word) {
        if (it.farewell) end(*it.farewell, MILLRACE_ACK);
        it.farewell = std::move(arrival);
        return due(it);
    }
    if (it.farewell) {  // It was not the last word.
        it.line.push_back(std::move(*it.farewell));
        it.farewell.reset();
    }
    if (it.line.size() == kLineMax && settings_.webhook) return end(arrival, MILLRACE_RETRY);
    it.line.push_back(std::move(arrival));
    due(it);
}

Conversation& Conversations::find_or_make(const Event& event) {
    auto found = all_.find(event.place.id());
    if (found == all_.end()) {
        if (all_.size() >= settings_.scopes_max) make_room();
        auto made = std::make_unique<Conversation>(*this, event);
        const std::string_view key = made->key;
        found = all_.emplace(key, std::move(made)).first;
        wheel_.schedule(*found->second, wheel_.now_ms() + settings_.scope_timeout.count());
    }
    Conversation& it = *found->second;
    if (static_cast<Conversation::ByUse&>(it).is_linked()) by_use_.erase(by_use_.iterator_to(it));
    by_use_.push_back(it);
    it.used_at_ms = wheel_.now_ms();
    return it;
}

// The one that was used longest ago goes, of those that are at rest; where there is none, the cap is passed by what is
// in the gateway.
void Conversations::make_room() {
    for (Conversation& it : by_use_) {
        if (!it.is_at_rest() || it.sending != 0) continue;
        ++counts_.evicted;
        return close(it, MILLRACE_REASON_POLICY);
    }
}

void Conversations::due(Conversation& it) {
    if (!std::exchange(it.is_due, true)) due_.push_back(&it);
}

void Conversations::due_later(Conversation& it) {
    it.again_at_ms = wheel_.now_ms() + kAgainMs;
    wheel_.schedule(it, it.again_at_ms);
}

void Conversations::run_due() {
    for (std::size_t i = 0; i < due_.size(); ++i) {
        if (!due_[i]) continue;
        Conversation& it = *due_[i];
        it.is_due = false;
        offer(it);
    }
    due_.clear();
}

void Conversations::offer(Conversation& it) {
    using State = Conversation::State;
    if (is_quiesced_ || it.again_at_ms > wheel_.now_ms()) return;
    for (; !it.again.empty(); it.again.pop_back()) it.line.push_front(std::move(it.again.back()));
    if (it.state == State::closed && !it.line.empty()) open(it);
    while (it.state == State::open && !it.line.empty() && !it.is_full && it.again_at_ms <= wheel_.now_ms()) submit(it);
    const bool is_late = it.line.empty() && it.state == State::open && it.over_at_ms <= wheel_.now_ms();
    if (it.is_over && (it.is_at_rest() || is_late)) close(it, MILLRACE_REASON_PEER);
}

void Conversations::open(Conversation& it) {
    std::int32_t opened = try_to_open(it);
    if (opened == MILLRACE_NO_SLOT) {
        make_room();
        opened = try_to_open(it);
    }
    if (opened == MILLRACE_OPENED) return;
    it.state = Conversation::State::closed;
    if (opened != MILLRACE_UNMATCHED && opened != MILLRACE_DROPPED) return put_off(it);
    counts_.unmatched += it.line.size();
    if (opened == MILLRACE_UNMATCHED) bury(it);
    end_line(it);
}

void Conversations::bury(const Conversation& it) {
    for (const Arrival& arrival : it.line) {
        v1::Chat body = arrival.event.body;
        *body.mutable_conversation() = arrival.event.conversation;
        body.mutable_conversation()->set_network(settings_.network);
        std::string fields;
        append_body(fields, body);
        host_.bury(loop_, {.key = it.key,
                           .payload_kind = MILLRACE_TEXT,
                           .payload = arrival.event.text,
                           .fields = fields,
                           .reason = "unmatched",
                           .text = "no route takes it"});
    }
}

std::int32_t Conversations::try_to_open(Conversation& it) {
    const v1::Chat::Conversation& said = it.line.front().event.conversation;
    const bool is_direct = said.kind() == v1::Chat::Conversation::DIRECT;
    const std::array<millrace_attribute, 3> attributes{{
        {bytes("network"), bytes(settings_.network)},
        {bytes("room"), bytes(it.key)},
        {bytes("direct"), bytes(is_direct ? "true" : "false")},
    }};
    const std::string fields = scope_fields(said, settings_.network, account_, kCapabilities);
    const auto deadline_ms = settings_.webhook ? 0 : static_cast<std::uint32_t>(settings_.settle_deadline.count());
    it.state = Conversation::State::asking;
    it.is_full = false;
    return host_.open(loop_, it,
                      {it.key, attributes, fields, settings_.queue_bytes, MILLRACE_TELLS_DROPPED, deadline_ms}, &it.id);
}

void Conversations::submit(Conversation& it) {
    std::array<millrace_submission, kBatch> submissions{};
    std::array<std::array<millrace_attribute, kAttributes>, kBatch> attributes;
    std::array<std::string, kBatch> fields;
    std::array<std::uint8_t, kBatch> results{};
    const std::size_t count = std::min(it.line.size(), kBatch);
    const std::uint64_t first_cookie = last_cookie_ + 1;
    for (std::size_t i = 0; i < count; ++i) {
        const Event& event = it.line[i].event;
        append_fields(fields[i], event);
        attributes[i] = {
            {{bytes("author"), bytes(event.body.author().id())}, {bytes("event"), bytes(event_name(event.body))}}};
        millrace_submission& submission = submissions[i];
        submission.struct_size = sizeof submission;
        submission.payload_kind = MILLRACE_TEXT;
        submission.payload = bytes(event.text);
        submission.fields = bytes(fields[i]);
        submission.attributes = attributes[i].data();
        submission.attribute_count = kAttributes;
        submission.external_id = bytes(event.key);
        if (event.body.author().kind() != v1::Chat::Person::USER)
            submission.hops = guard_.hops_of(it.key, event.text, wheel_.now_ms());
        submission.cookie = ++last_cookie_;
        it.submitted.push_back({submission.cookie, it.line[i]});
    }
    const std::uint32_t taken = host_.submit(it.id, std::span(submissions).first(count), results.data());
    for (std::size_t i = taken; i < count; ++i) it.submitted.pop_back();
    it.line.erase(it.line.begin(), it.line.begin() + taken);
    for (std::uint32_t i = 0; i < taken; ++i) {
        counts_.unmatched += results[i] == MILLRACE_NOWHERE;
        if (results[i] != MILLRACE_PENDING) on_settled(it, first_cookie + i, MILLRACE_ACK);
    }
    it.is_full = taken < count;
}

void Conversations::on_room(Conversation& it) {
    it.is_full = false;
    due(it);
}

void Conversations::on_answer(Conversation& it, const Answer& answer) {
    if (answer.verdict() == MILLRACE_ACK) {
        it.state = Conversation::State::open;
        by_scope_[it.id] = &it;
        for (std::uint32_t i = 0; i < answer.reply_count(); ++i) on_sent(it, answer.reply(i));
        return due(it);
    }
    it.state = Conversation::State::closed;
    if (answer.verdict() == MILLRACE_RETRY) return put_off(it);
    host_.log(MILLRACE_LOG_WARN, "`" + it.key + "` is refused: " + std::string(answer.text()));
    counts_.refused += it.line.size();
    end_line(it);
}

void Conversations::on_settled(Conversation& it, std::uint64_t cookie, std::uint32_t verdict) {
    const auto found = std::ranges::find(it.submitted, cookie, &Conversation::Submitted::cookie);
    if (found == it.submitted.end()) return;
    Arrival arrival = std::move(found->arrival);
    it.submitted.erase(found);
    if (verdict == MILLRACE_RETRY && !settings_.webhook) {
        ++counts_.put_off;
        it.again.push_back(std::move(arrival));
        return due_later(it);
    }
    end(arrival, verdict);
    if (it.is_over) due(it);
}

void Conversations::end(const Arrival& arrival, std::uint32_t verdict) {
    if (verdict == MILLRACE_RETRY) ++counts_.put_off;
    arrival.update->end(verdict);
}

void Conversations::end_line(Conversation& it) {
    for (const Arrival& arrival : std::exchange(it.line, {})) end(arrival, MILLRACE_ACK);
}

// What waits is offered again, or comes again.
void Conversations::put_off(Conversation& it) {
    if (!settings_.webhook) return due_later(it);
    for (const Arrival& arrival : std::exchange(it.line, {})) end(arrival, MILLRACE_RETRY);
}

void Conversations::on_sent(Conversation& it, const Outgoing& command) {
    ++it.sending;
    it.used_at_ms = wheel_.now_ms();
    send_(command, it);
}

void Conversations::sent(millrace_id scope, std::uint64_t size) {
    const auto found = by_scope_.find(scope);
    if (found == by_scope_.end()) return;
    --found->second->sending;
    host_.written(scope, size);
}

// By a consumer, or at the end of all. What was not finished has not ended.
void Conversations::on_closed(Conversation& it) {
    it.state = Conversation::State::closed;
    it.sending = 0;
    by_scope_.erase(it.id);
    ended_(std::exchange(it.id, 0));
    auto submitted = std::exchange(it.submitted, {});
    for (auto last = submitted.rbegin(); last != submitted.rend(); ++last) {
        if (settings_.webhook)
            end(last->arrival, MILLRACE_RETRY);
        else
            it.line.push_front(std::move(last->arrival));
    }
    if (it.line.empty() && it.again.empty()) return erase(it);
    due(it);
}

void Conversations::on_time(Conversation& it) {
    const std::int64_t now_ms = wheel_.now_ms();
    const std::int64_t due_ms = it.used_at_ms + settings_.scope_timeout.count();
    if (it.is_at_rest() && it.sending == 0 && due_ms <= now_ms) return close(it, MILLRACE_REASON_IDLE);
    due(it);
    std::int64_t next_ms = std::max(due_ms, now_ms + kAgainMs);
    if (it.again_at_ms > now_ms) next_ms = std::min(next_ms, it.again_at_ms);
    if (it.is_over) next_ms = std::min(next_ms, std::max(it.over_at_ms, now_ms + kAgainMs));
    wheel_.schedule(it, next_ms);
}

void Conversations::close_idle() {
    std::vector<Conversation*> idle;
    for (const auto& [key, it] : all_) {
        if (it->is_at_rest() && it->sending == 0) idle.push_back(it.get());
    }
    for (Conversation* it : idle) close(*it, MILLRACE_REASON_DRAIN);
}

// What consumers have of it by now they have before the end, but not again.
void Conversations::close(Conversation& it, std::uint32_t reason) {
    std::string fields;
    if (it.farewell) append_body(fields, it.farewell->event.body);
    if (it.state != Conversation::State::closed) {
        host_.close(it.id, reason, fields);
        by_scope_.erase(it.id);
        ended_(it.id);
    }
    for (const Conversation::Submitted& submitted : std::exchange(it.submitted, {}))
        end(submitted.arrival, MILLRACE_ACK);
    erase(it);
}

void Conversations::erase(Conversation& it) {
    if (it.farewell) end(*it.farewell, MILLRACE_ACK);
    if (it.is_due) std::ranges::replace(due_, &it, static_cast<Conversation*>(nullptr));
    all_.erase(std::string_view(it.key));
}

}  // namespace millrace::chat::telegram
