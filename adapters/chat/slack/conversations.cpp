#include "adapters/chat/slack/conversations.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/chat/common/normal_form.hpp"
#include "adapters/chat/slack/mrkdwn.hpp"
#include "adapters/chat/slack/normalise.hpp"
#include "adapters/common/utf8.hpp"

namespace millrace::chat::slack {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kLineMax = 1'000;  // That wait for the gateway in one conversation.
constexpr std::size_t kMentionsMax = 8;  // Whose names are waited for.
constexpr std::int64_t kAgainMs = 1'000;
constexpr std::int64_t kFullMs = 1'300;  // Of the 3 s that Slack waits.
constexpr std::int64_t kNamesMs = 800;
constexpr std::uint64_t kSendBytesMax = 1 << 20;  // Of replies that wait for one conversation.

}  // namespace

Conversations::Conversations(AdapterHost host, const Settings& settings, const Self& self, TimerWheel& wheel,
                             Directory& directory, Send send, ReplyTo reply_to, IsHeld is_held)
    : host_(host), settings_(settings), self_(self), wheel_(wheel), directory_(directory), send_(std::move(send)),
      reply_to_(std::move(reply_to)), is_held_(std::move(is_held)) {}

Conversations::~Conversations() = default;

void Conversations::clear() {
    due_.clear();
    all_.clear();
}

void Conversations::take(Arrival arrival) {
    if (arrival.event.is_departure) return depart(arrival);
    Conversation& it = find_or_make(arrival.event.channel);
    if (it.line.size() >= kLineMax) return settle(arrival.settle, MILLRACE_RETRY);
    arrival.names_due_ms = wheel_.now_ms() + kNamesMs;
    it.is_departed = false;
    it.line.push_back(std::move(arrival));
    due(it);
}

void Conversations::insert(const std::string& key, std::vector<Arrival> missed, bool has_gap) {
    if (const auto found = all_.find(key); found != all_.end()) due(*found->second);
    if (missed.empty() && !has_gap) return;
    Conversation& it = find_or_make(key);
    it.has_gap = it.has_gap || has_gap;
    for (Arrival& each : missed) {
        each.names_due_ms = wheel_.now_ms() + kNamesMs;
        const auto is_it = [&each](const Arrival& other) { return other.event.key == each.event.key; };
        const auto twin = std::ranges::find_if(it.line, is_it);
        if (twin == it.line.end()) continue;
        each.settle = [one = std::move(each.settle), other = std::move(twin->settle)](std::uint32_t verdict) {
            one(verdict);
            other(verdict);
        };
        it.line.erase(twin);
    }
    it.line.insert(it.line.begin(), std::move_iterator(missed.begin()), std::move_iterator(missed.end()));
    due(it);
}

// What was said before it comes first; the scope's end tells the rest.
void Conversations::depart(const Arrival& arrival) {
    if (const auto found = all_.find(arrival.event.channel); found != all_.end()) {
        found->second->is_departed = true;
        due(*found->second);
    }
    settle(arrival.settle, MILLRACE_ACK);
}

Conversation& Conversations::find_or_make(const std::string& key) {
    auto found = all_.find(key);
    if (found == all_.end()) {
        if (all_.size() >= settings_.conversations_max) make_room();
        auto made = std::make_unique<Conversation>(*this, key);
        const std::string_view own = made->key;
        found = all_.emplace(own, std::move(made)).first;
        wheel_.schedule(*found->second, wheel_.now_ms() + settings_.idle_timeout.count());
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
        if (!it.is_at_rest()) continue;
        ++counts_.evicted;
        return close(it, MILLRACE_REASON_POLICY);
    }
}

void Conversations::due(Conversation& it) {
    if (!std::exchange(it.is_due, true)) due_.push_back(&it);
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
    if (is_quiesced_) return end_line(it, MILLRACE_RETRY);
    if (hold(it)) return;
    if (it.state == State::open && std::exchange(it.has_gap, false)) host_.gap(it.id);
    const bool has_some = it.line.empty() ? it.has_gap : has_names(it, it.line.front());
    if (it.state == State::closed && has_some) open(it);
    while (it.state == State::open && !it.is_full) {
        const std::size_t count = render_ready(it);
        if (count == 0) break;
        submit(it, count);
    }
    if (it.is_departed && it.line.empty() && it.state != State::asking) close(it, MILLRACE_REASON_PEER);
}

bool Conversations::hold(Conversation& it) {
    const bool was_held = std::exchange(it.is_held, is_held_(it.key));
    if (it.is_held && !was_held) give_time(it);
    return it.is_held;
}

// After that Slack is to bring again what waits.
void Conversations::give_time(Conversation& it) {
    it.full_due_ms = wheel_.now_ms() + kFullMs;
    wheel_.schedule(it, it.full_due_ms);
}

// Its own, those of whom it mentions, and before the first one the room's.
bool Conversations::has_names(const Conversation& it, const Arrival& arrival) {
    const std::int64_t now_ms = wheel_.now_ms();
    const Event& event = arrival.event;
    const v1::Chat::Person& author = event.chat.author();
    const bool is_person = author.kind() == v1::Chat::Person::USER && author.display_name().empty();
    bool has_all = !is_person || directory_.has_person(author.id(), now_ms);
    if (event.has_markup) {
        for (const std::string& id : mentioned(event.text, kMentionsMax))
            has_all = directory_.has_person(id, now_ms) && has_all;
    }
    if (it.state == Conversation::State::closed && !event.is_direct)
        has_all = directory_.has_room(it.key, now_ms) && has_all;
    if (has_all || now_ms >= arrival.names_due_ms) return true;
    without_names_.push_back(it.key);
    return false;
}

void Conversations::look_at_names() {
    for (const std::string& key : std::exchange(without_names_, {})) {
        if (const auto found = all_.find(key); found != all_.end()) due(*found->second);
    }
}

void Conversations::open(Conversation& it) {
    std::int32_t opened = try_to_open(it);
    if (opened == MILLRACE_NO_SLOT) {
        make_room();
        opened = try_to_open(it);
    }
    if (opened == MILLRACE_OPENED) return;
    it.state = Conversation::State::closed;
    const bool is_for_nobody = opened == MILLRACE_UNMATCHED || opened == MILLRACE_DROPPED;
    it.has_gap = false;
    if (is_for_nobody) counts_.unmatched += it.line.size();
    if (opened == MILLRACE_UNMATCHED) bury(it);
    end_line(it, is_for_nobody ? MILLRACE_ACK : MILLRACE_RETRY);
}

// The gateway takes no key with control characters: that is a reason to be here.
void Conversations::bury(Conversation& it) {
    const std::string key = as_name(it.key);
    for (Arrival& arrival : it.line) {
        Event& event = arrival.event;
        render(event, directory_);
        v1::Chat::Conversation& room = *event.chat.mutable_conversation();
        room.set_network(settings_.network);
        room.set_id(key);
        std::string fields;
        append_body(fields, event.chat);
        host_.bury(loop_, {.key = key,
                           .payload_kind = MILLRACE_TEXT,
                           .payload = event.text,
                           .fields = fields,
                           .reason = "unmatched",
                           .text = "no route takes it"});
    }
}

std::int32_t Conversations::try_to_open(Conversation& it) {
    Event first;
    first.channel = it.key;
    first.is_direct = it.key.starts_with('D');
    if (!it.line.empty()) first = it.line.front().event;
    const std::array<millrace_attribute, 3> attributes{{
        {bytes("network"), bytes(settings_.network)},
        {bytes("room"), bytes(it.key)},
        {bytes("direct"), bytes(first.is_direct ? "true" : "false")},
    }};
    const std::string fields =
        scope_fields(settings_.network, self_.user_id, self_, first, directory_.room(it.key), can_);
    it.state = Conversation::State::asking;
    it.is_full = false;
    return host_.open(loop_, it,
                      {it.key, attributes, fields, kSendBytesMax, MILLRACE_REPLY_TO | MILLRACE_TELLS_DROPPED}, &it.id);
}

// -> How many of its first events are as the gateway gets them.
std::size_t Conversations::render_ready(Conversation& it) {
    std::size_t count = 0;
    for (; count < std::min(it.line.size(), kBatch); ++count) {
        Arrival& arrival = it.line[count];
        if (arrival.is_rendered) continue;
        if (!has_names(it, arrival)) break;
        render(arrival.event, directory_);
        arrival.reply_to = reply_to_(arrival.event);
        arrival.is_rendered = true;
    }
    return count;
}

void Conversations::submit(Conversation& it, std::size_t count) {
    std::array<millrace_submission, kBatch> submissions{};
    std::array<std::array<millrace_attribute, 2>, kBatch> attributes;
    std::array<std::string, kBatch> fields;
    std::array<std::uint8_t, kBatch> results{};
    const std::uint64_t first_cookie = last_cookie_ + 1;
    for (std::size_t i = 0; i < count; ++i) {
        Arrival& arrival = it.line[i];
        const Event& event = arrival.event;
        append_fields(fields[i], event, arrival.reply_to);
        attributes[i] = {
            {{bytes("author"), bytes(event.chat.author().id())}, {bytes("event"), bytes(event_name(event.chat))}}};
        millrace_submission& submission = submissions[i];
        submission.struct_size = sizeof submission;
        submission.payload_kind = MILLRACE_TEXT;
        submission.payload = bytes(event.text);
        submission.fields = bytes(fields[i]);
        submission.attributes = attributes[i].data();
        submission.attribute_count = 2;
        submission.hops = event.hops;
        submission.external_id = bytes(event.key);
        submission.cookie = ++last_cookie_;
        it.submitted.push_back({submission.cookie, std::move(arrival.settle)});
    }
    const std::uint32_t taken = host_.submit(it.id, std::span(submissions).first(count), results.data());
    for (std::size_t i = count; i > taken; --i) {
        it.line[i - 1].settle = std::move(it.submitted.back().settle);
        it.submitted.pop_back();
    }
    it.line.erase(it.line.begin(), it.line.begin() + taken);
    for (std::uint32_t i = 0; i < taken; ++i) {
        counts_.unmatched += results[i] == MILLRACE_NOWHERE;
        if (results[i] != MILLRACE_PENDING) on_settled(it, first_cookie + i, MILLRACE_ACK);
    }
    it.is_full = taken < count;
    if (it.is_full) give_time(it);
}

void Conversations::on_room(Conversation& it) {
    it.is_full = false;
    due(it);
}

void Conversations::on_answer(Conversation& it, const Answer& answer) {
    if (answer.verdict() == MILLRACE_ACK) {
        it.state = Conversation::State::open;
        for (std::uint32_t i = 0; i < answer.reply_count(); ++i) on_sent(it, answer.reply(i));
        return due(it);
    }
    it.state = Conversation::State::closed;
    it.has_gap = false;
    if (answer.verdict() == MILLRACE_REJECT)
        host_.log(MILLRACE_LOG_WARN, "`" + it.key + "` is refused: " + std::string(answer.text()));
    end_line(it, answer.verdict());
}

void Conversations::on_settled(Conversation& it, std::uint64_t cookie, std::uint32_t verdict) {
    const auto found = std::ranges::find(it.submitted, cookie, &Conversation::Submitted::cookie);
    if (found == it.submitted.end()) return;
    const Arrival::Settle settle_it = std::move(found->settle);
    it.submitted.erase(found);
    settle(settle_it, verdict);
}

void Conversations::settle(const Arrival::Settle& settle, std::uint32_t verdict) {
    counts_.put_off += verdict == MILLRACE_RETRY;
    settle(verdict);
}

void Conversations::end_line(Conversation& it, std::uint32_t verdict) {
    for (const Arrival& arrival : std::exchange(it.line, {})) settle(arrival.settle, verdict);
}

void Conversations::on_sent(Conversation& it, const millrace::Outgoing& command) {
    ++it.sending;
    it.used_at_ms = wheel_.now_ms();
    send_(command, command.address.empty() ? std::string_view(it.key) : command.address, it);
}

void Conversations::sent(std::string_view key, millrace_id scope, std::uint64_t size) {
    const auto found = all_.find(key);
    if (found == all_.end() || found->second->id != scope) return;
    if (found->second->state != Conversation::State::open) return;
    --found->second->sending;
    host_.written(scope, size);
}

void Conversations::gap(const std::function<bool(std::string_view key)>& is_in) {
    for (const auto& [key, it] : all_) {
        if (it->state == Conversation::State::closed || !is_in(key)) continue;
        it->has_gap = true;
        due(*it);
    }
}

// By a consumer, or at the end of all.
void Conversations::on_closed(Conversation& it) {
    it.state = Conversation::State::closed;
    it.id = 0;
    it.sending = 0;
    give_back(it);
    if (it.line.empty()) return erase(it);
    due(it);
}

// What has not ended Slack is to bring again.
void Conversations::give_back(Conversation& it) {
    for (const Conversation::Submitted& submitted : std::exchange(it.submitted, {}))
        settle(submitted.settle, MILLRACE_RETRY);
}

void Conversations::on_time(Conversation& it) {
    const bool is_late = (it.is_full || it.is_held) && it.full_due_ms <= wheel_.now_ms();
    if (is_late) {
        it.is_held = false;
        end_line(it, MILLRACE_RETRY);
    }
    const bool waits = (it.is_full || it.is_held) && !it.line.empty();
    const std::int64_t due_ms = it.used_at_ms + settings_.idle_timeout.count();
    if (!it.is_at_rest() || due_ms > wheel_.now_ms()) {
        const std::int64_t next_ms = std::max(due_ms, wheel_.now_ms() + kAgainMs);
        return wheel_.schedule(it, waits ? std::min(next_ms, it.full_due_ms) : next_ms);
    }
    close(it, MILLRACE_REASON_IDLE);
}

void Conversations::close_idle() {
    std::vector<Conversation*> idle;
    for (const auto& [key, it] : all_) {
        if (it->is_at_rest()) idle.push_back(it.get());
    }
    for (Conversation* it : idle) close(*it, MILLRACE_REASON_DRAIN);
}

void Conversations::close(Conversation& it, std::uint32_t reason) {
    if (it.state != Conversation::State::closed) host_.close(it.id, reason, {});
    give_back(it);
    erase(it);
}

void Conversations::erase(Conversation& it) {
    if (it.is_due) std::ranges::replace(due_, &it, static_cast<Conversation*>(nullptr));
    all_.erase(std::string_view(it.key));
}

}  // namespace millrace::chat::slack
