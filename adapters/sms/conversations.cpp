#include "adapters/sms/conversations.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/common/utf8.hpp"
#include "adapters/sms/normalise.hpp"

namespace millrace::sms {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::int64_t kAgainMs = 1'000;
constexpr std::int64_t kReplyWaitMs = 1'000;        // For the end of the webhook that a reply may leave with.
constexpr std::int64_t kStoppedMs = 5'000;          // Until a conversation ends that the other side wants no more of.
constexpr std::size_t kLineMax = 1'000;             // That wait for the gateway in one conversation,
constexpr std::size_t kNoticesMax = 1'000;          // and to be told there.
constexpr std::uint64_t kSendBytesMax = 64 * 1024;  // That wait for one conversation.

}  // namespace

Conversations::Conversations(AdapterHost host, const Settings& settings, TimerWheel& wheel, OptOuts& opt_outs,
                             MediaFetcher& fetcher, Send send, Done done, IsOnItsWay is_on_its_way)
    : host_(host), settings_(settings), wheel_(wheel), opt_outs_(opt_outs), fetcher_(fetcher), send_(std::move(send)),
      done_(std::move(done)), is_on_its_way_(std::move(is_on_its_way)) {}

Conversations::~Conversations() = default;

void Conversations::clear() {
    due_.clear();
    all_.clear();
}

// What it says of messages to come is on the disk before anybody hears of it.
void Conversations::take(Arrival arrival) {
    const v1::Sms& body = arrival.event.body;
    const std::string scope = scope_of(arrival.event.service(), arrival.event.remote());
    if (body.has_consent() && !opt_outs_.note(scope, body.consent(), body.event_key()))
        return settle(*arrival.answering, MILLRACE_RETRY);
    Conversation& it = find_or_make(scope);
    if (it.line.size() == kLineMax) return settle(*arrival.answering, MILLRACE_RETRY);
    if (opt_outs_.has_stopped(scope)) wheel_.schedule(it, wheel_.now_ms() + kStoppedMs);
    it.line.push_back(std::move(arrival));
    due(it);
}

void Conversations::tell(std::string_view scope, Notice notice) {
    Conversation& it = find_or_make(scope);
    if (it.notices.size() == kNoticesMax) return static_cast<void>(++counts_.untold);
    it.notices.push_back(std::move(notice));
    due(it);
}

bool Conversations::is_open(std::string_view scope) const {
    const auto found = all_.find(scope);
    return found != all_.end() && found->second->state == Conversation::State::open;
}

Conversation& Conversations::find_or_make(std::string_view key) {
    auto found = all_.find(key);
    if (found == all_.end()) {
        if (all_.size() >= settings_.scopes_max) make_room();
        auto made = std::make_unique<Conversation>(*this, std::string(key));
        const std::string_view own = made->key;
        found = all_.emplace(own, std::move(made)).first;
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
    if (it.state == Conversation::State::open) tell(it);
    if (is_quiesced_) {
        tell_nobody(it);
        return end_line(it, MILLRACE_RETRY);
    }
    if (it.state == Conversation::State::closed && it.wants_in()) open(it);
    if (it.state == Conversation::State::open) tell(it);
    if (it.state == Conversation::State::open) fetch(it);
    while (it.state == Conversation::State::open && !it.line.empty() && it.line.front().is_ready() && !it.is_full)
        submit(it);
}

// Of all that wait, at a time; each goes on in its turn.
void Conversations::fetch(Conversation& it) {
    for (auto arrival = it.line.rbegin(); arrival != it.line.rend() && !arrival->has_begun; ++arrival) {
        arrival->has_begun = true;
        arrival->media = fetcher_.begin(arrival->event.body.inbound(), it.key, wheel_.now_ms());
    }
}

void Conversations::on_fetched(std::string_view key) {
    if (const auto found = all_.find(key); found != all_.end()) due(*found->second);
}

void Conversations::tell(Conversation& it) {
    for (const Notice& notice : std::exchange(it.notices, {}))
        host_.report(loop_, {.outcome = notice.outcome,
                             .code = notice.code,
                             .text = notice.text,
                             .fields = notice.fields,
                             .asker = notice.asker,
                             .scope = it.id});
}

void Conversations::tell_nobody(Conversation& it) { counts_.untold += std::exchange(it.notices, {}).size(); }

void Conversations::open(Conversation& it) {
    std::int32_t opened = try_to_open(it);
    if (opened == MILLRACE_NO_SLOT) {
        make_room();
        opened = try_to_open(it);
    }
    if (opened == MILLRACE_OPENED) return;
    it.state = Conversation::State::closed;
    tell_nobody(it);
    const bool is_for_nobody = opened == MILLRACE_UNMATCHED || opened == MILLRACE_DROPPED;
    if (is_for_nobody) counts_.unmatched += it.line.size();
    if (opened == MILLRACE_UNMATCHED) bury(it);
    end_line(it, is_for_nobody ? MILLRACE_ACK : MILLRACE_RETRY);
}

// The gateway takes no key with control characters: that is a reason to be here.
void Conversations::bury(const Conversation& it) {
    const std::string key = as_name(it.key);
    for (const Arrival& arrival : it.line) {
        std::string fields;
        append_fields(fields, arrival.event, it.key);
        host_.bury(loop_, {.key = key,
                           .payload_kind = arrival.event.data ? MILLRACE_DATA : MILLRACE_TEXT,
                           .payload = arrival.event.data ? *arrival.event.data : arrival.event.text,
                           .fields = fields,
                           .reason = "unmatched",
                           .text = "no route takes it"});
    }
}

std::int32_t Conversations::try_to_open(Conversation& it) {
    const auto [service, remote] = parties_of(it.key);
    const std::array<millrace_attribute, 3> attributes = {
        millrace_attribute{bytes(std::string_view("to")), bytes(service)},
        millrace_attribute{bytes(std::string_view("from")), bytes(remote)},
        millrace_attribute{bytes(std::string_view("provider")), bytes(settings_.provider->name)}};
    it.state = Conversation::State::asking;
    it.is_full = false;
    return host_.open(loop_, it, {it.key, attributes, {}, kSendBytesMax, MILLRACE_REPLY_TO | MILLRACE_TELLS_DROPPED},
                      &it.id);
}

void Conversations::submit(Conversation& it) {
    std::array<millrace_submission, kBatch> submissions{};
    std::array<std::string, kBatch> fields;
    std::array<std::uint8_t, kBatch> results{};
    const auto ready = std::ranges::find_if_not(it.line, &Arrival::is_ready) - it.line.begin();
    const std::size_t count = std::min(static_cast<std::size_t>(ready), kBatch);
    const std::uint64_t first_cookie = last_cookie_ + 1;
    for (std::size_t i = 0; i < count; ++i) {
        Arrival& arrival = it.line[i];
        if (arrival.media) arrival.media->tell(*arrival.event.body.mutable_inbound());
        append_fields(fields[i], arrival.event, it.key);
        millrace_submission& submission = submissions[i];
        submission.struct_size = sizeof submission;
        submission.payload_kind = arrival.event.data ? MILLRACE_DATA : MILLRACE_TEXT;
        submission.payload = bytes(arrival.event.data ? *arrival.event.data : arrival.event.text);
        submission.fields = bytes(fields[i]);
        submission.external_id = bytes(arrival.event.body.event_key());
        if (arrival.media) {
            submission.body = bytes(arrival.media->bytes());
            submission.sealed = arrival.media->sealed();
        }
        submission.cookie = ++last_cookie_;
        it.submitted.push_back({submission.cookie, arrival.answering});
    }
    const std::uint32_t taken = host_.submit(it.id, std::span(submissions).first(count), results.data());
    it.line.erase(it.line.begin(), it.line.begin() + taken);
    for (std::size_t i = taken; i < count; ++i) it.submitted.pop_back();
    for (std::uint32_t i = 0; i < taken; ++i) {
        counts_.unmatched += results[i] == MILLRACE_NOWHERE;
        if (results[i] != MILLRACE_PENDING) on_settled(it, first_cookie + i, MILLRACE_ACK);
    }
    it.is_full = taken < count;
    if (!it.is_full) return;
    it.full_due_ms = wheel_.now_ms() + settings_.limits().answer_ms / 2;
    wheel_.schedule(it, it.full_due_ms);
}

void Conversations::on_room(Conversation& it) {
    it.is_full = false;
    due(it);
}

void Conversations::on_answer(Conversation& it, std::uint32_t verdict, std::string_view text) {
    if (verdict == MILLRACE_ACK) {
        it.state = Conversation::State::open;
        return due(it);
    }
    it.state = Conversation::State::closed;
    tell_nobody(it);
    if (verdict == MILLRACE_REJECT) host_.log(MILLRACE_LOG_WARN, "`" + it.key + "` is refused: " + std::string(text));
    end_line(it, verdict);
}

void Conversations::on_settled(Conversation& it, std::uint64_t cookie, std::uint32_t verdict) {
    const auto found = std::ranges::find(it.submitted, cookie, &Conversation::Submitted::cookie);
    if (found == it.submitted.end()) return;
    const std::shared_ptr<Answering> answering = std::move(found->answering);
    it.submitted.erase(found);
    settle(*answering, verdict);
}

void Conversations::end_line(Conversation& it, std::uint32_t verdict) {
    for (const Arrival& arrival : std::exchange(it.line, {})) settle(*arrival.answering, verdict);
}

// Replies that do not leave in the response leave by REST.
void Conversations::settle(Answering& answering, std::uint32_t verdict) {
    counts_.refused += verdict == MILLRACE_RETRY;
    if (!answering.settle(verdict)) return;
    const bool has_replied = answering.answer();
    for (Sending& reply : answering.replies()) {
        if (has_replied)
            done_(reply, {.fate = Fate::sent, .text = "in the response to the webhook"});
        else
            send_otherwise(std::move(reply));
    }
}

void Conversations::on_sent(Conversation& it, const Outgoing& command) {
    ++it.sending;
    it.used_at_ms = wheel_.now_ms();
    Sending sending;
    sending.scope_key = it.key;
    sending.scope = it.id;
    const std::string_view wrong = to_sending(command, settings_.send, sending);
    if (!wrong.empty()) return done_(sending, {.fate = Fate::rejected, .text = std::string(wrong)});
    const std::shared_ptr<Answering> answering = it.submitted.empty() ? nullptr : it.submitted.front().answering;
    const bool is_response =
        answering && sending.path != v1::SmsSend::REST && answering->takes(sending) && !is_on_its_way_(sending.message);
    if (!is_response) {
        if (answering && sending.path != v1::SmsSend::WEBHOOK_RESPONSE) release(*answering);
        return send_otherwise(std::move(sending));
    }
    if (!opt_outs_.take(it.key)) return done_(sending, unwanted());
    sending.is_permitted = opt_outs_.has_stopped(it.key);
    if (answering->replies().empty()) with_replies_.emplace_back(wheel_.now_ms() + kReplyWaitMs, answering);
    answering->add(std::move(sending));
}

void Conversations::release_replies() {
    for (; !with_replies_.empty() && with_replies_.front().first <= wheel_.now_ms(); with_replies_.pop_front()) {
        if (const auto answering = with_replies_.front().second.lock()) release(*answering);
    }
}

void Conversations::release(Answering& answering) {
    if (answering.replies().empty()) return;
    for (Sending& reply : answering.release()) send_otherwise(std::move(reply));
}

// There is no response that it could leave in.
void Conversations::send_otherwise(Sending sending) {
    if (sending.path != v1::SmsSend::WEBHOOK_RESPONSE) return send_(std::move(sending));
    done_(sending, {.fate = Fate::rejected, .text = "there is no response to a webhook that it could leave in"});
}

void Conversations::sent(const Sending& sending) {
    const auto found = all_.find(sending.scope_key);
    if (found == all_.end() || found->second->id != sending.scope) return;
    if (found->second->state != Conversation::State::open) return;
    --found->second->sending;
    host_.written(sending.scope, sending.size);
}

// By a consumer, or at the end of all. Who has sent what was not finished brings it again.
void Conversations::on_closed(Conversation& it) {
    it.state = Conversation::State::closed;
    it.id = 0;
    it.sending = 0;
    for (const Conversation::Submitted& submitted : std::exchange(it.submitted, {}))
        settle(*submitted.answering, MILLRACE_RETRY);
    if (!it.wants_in()) return erase(it);
    due(it);
}

void Conversations::on_idle(Conversation& it) {
    if (it.is_full && it.full_due_ms <= wheel_.now_ms()) end_line(it, MILLRACE_RETRY);
    const bool has_stopped = opt_outs_.has_stopped(it.key);
    const std::int64_t due_ms = it.used_at_ms + (has_stopped ? kStoppedMs : settings_.scope_timeout.count());
    if (!it.is_at_rest() || due_ms > wheel_.now_ms()) {
        const std::int64_t next_ms = std::max(due_ms, wheel_.now_ms() + kAgainMs);
        return wheel_.schedule(it, it.is_full && !it.line.empty() ? std::min(next_ms, it.full_due_ms) : next_ms);
    }
    close(it, has_stopped ? MILLRACE_REASON_POLICY : MILLRACE_REASON_IDLE);
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
    erase(it);
}

void Conversations::erase(Conversation& it) {
    if (it.is_due) std::ranges::replace(due_, &it, static_cast<Conversation*>(nullptr));
    all_.erase(std::string_view(it.key));
}

}  // namespace millrace::sms
