#include "gateway/core/turn.hpp"

#include <algorithm>

#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/delivery.hpp"

namespace millrace {
namespace {

// Between two looks at the clock: one would cost an async handler more than it does itself.
constexpr std::uint32_t kAsyncChunk = 16;

thread_local Turn* current_turn = nullptr;

}  // namespace

Turn::Note::Note(Delivery& delivery, const Instance& instance, std::int64_t position) {
    if (position == 0 || !(slot_ = delivery.notes())) return;
    slot_->begin(instance.lane->id, position, instance.consumer->config().plugin, instance.consumer->edition().hash);
}

Turn* Turn::current() { return current_turn; }

Turn::Current::Current(Turn& turn) {
    current_turn = &turn;
    if (!turn.instance_->consumer->is_sync()) turn.delivery_.loop().begin_hold(*turn.instance_->consumer);
}

Turn::Current::~Current() {
    if (!current_turn->instance_->consumer->is_sync()) current_turn->delivery_.loop().end_hold();
    current_turn = nullptr;
}

void Turn::begin(Instance& instance, millrace_id first_token) {
    instance_ = &instance;
    table_ = &instance.consumer->table();
    kind_ = MILLRACE_MESSAGE;
    count_ = 0;
    completed_ = 0;
    suspended_ = false;
    stopped_ = false;
    clear_draft();
    draft_.token = first_token;
    draft_.grant = std::exchange(instance.grant, {});
    draft_.has_waited = static_cast<bool>(draft_.grant);
    committed_ = 0;
    wanted_at_.reset();
    timers_.clear();
    for (const auto& [name, timer] : instance.timers) timers_.push_back(name);
    state_.reset();
    began_us_.store(0, std::memory_order_relaxed);
    expired_token_.store(0, std::memory_order_relaxed);
    is_durable_ = instance.lane && instance.lane->id != 0;
    outbox_.clear();
    refusals_.clear();
    is_cancelled_.store(false, std::memory_order_relaxed);
    told_ = 0;
    running_.store(0, std::memory_order_relaxed);
}

std::uint32_t Turn::add(const Event::Head& head, std::uint64_t seq, std::uint32_t attempt, millrace_bytes event,
                        millrace_bytes payload, millrace_bytes body, Parcel* parcel, std::int64_t position) {
    kind_ = head.kind;
    causes_[count_] = {parcel, head.hops, position};
    events_[count_] = {sizeof(millrace_event),
                       head.kind,
                       head.payload_kind,
                       head.reason,
                       attempt,
                       0,
                       advance(draft_.token, count_),
                       head.order,
                       seq,
                       instance_->prefix,
                       event,
                       payload,
                       body};
    return ++count_;
}

void Turn::run() {
    Current guard(*this);
    if (!open()) return;
    const bool is_sync = table_->mode == MILLRACE_SYNC;
    const bool is_noted = causes_[0].position != 0;
    const std::uint32_t chunk = is_sync || is_noted ? 1 : kAsyncChunk;
    const Clock& clock = delivery_.loop().clock();
    auto now_us = is_sync || count_ > chunk ? clock.steady_us() : 0;
    const auto end_us = now_us + kTurnDuration_us;
    while (completed_ < count_ && !stopped_ && !suspended_) {
        if (is_sync && !may_begin(now_us)) break;
        const std::uint32_t before = completed_;
        const Note note(delivery_, *instance_, causes_[before].position);
        const std::uint32_t taken = table_->deliver(instance_->handle, &events_[before],
                                                    std::min(chunk, count_ - before), sizeof(millrace_event));
        suspended_ = !stopped_ && (completed_ == before || taken > completed_ - before);
        if (completed_ == count_) break;
        now_us = clock.steady_us();
        if (now_us >= end_us) break;
    }
    close_where_due();
}

bool Turn::open() {
    if (instance_->handle) return true;
    const std::string& left = state_ ? *state_ : instance_->state_bytes;
    if (table_->open(instance_->consumer->self(), to_bytes(left), &instance_->handle) == MILLRACE_OK) return true;
    instance_->handle = nullptr;
    constexpr std::string_view kText = "the consumer could not make an instance";
    complete({sizeof(millrace_outcome), MILLRACE_RETRY, 0, 0, to_bytes(kText)});
    return false;
}

// Each side writes before it reads: so the worker sees that it is cancelled, or cancel() sees what it has begun.
bool Turn::may_begin(std::int64_t now_us) {
    began_us_.store(now_us);
    running_.store(draft_.token);
    return kind_ != MILLRACE_MESSAGE || !is_cancelled_.load();
}

void Turn::cancel() {
    std::lock_guard lock(closing_);
    is_cancelled_.store(true);
    tell();
}

// Tells the handler that runs to end, once.
void Turn::tell() {
    const millrace_id token = running_.load();
    if (token != 0 && std::exchange(told_, token) != token) table_->cancel(instance_->handle, token);
}

void Turn::close_where_due() {
    if (suspended_ || completed_ == 0 || !instance_->handle) return;
    const bool is_last = kind_ == MILLRACE_DISCONNECT || (kind_ == MILLRACE_CONNECT && !refusals_.empty());
    if (!is_last && !stopped_) return;
    {
        std::lock_guard lock(closing_);
        running_.store(0);
        began_us_.store(0);
    }
    table_->close(instance_->handle);
    instance_->handle = nullptr;
}

Draft Turn::suspend() {
    draft_.outbox.take(outbox_, committed_);
    return std::move(draft_);
}

millrace_status Turn::complete(const millrace_outcome& outcome) {
    if (instance_->ops != 0) return MILLRACE_ERROR;
    const bool is_late = draft_.is_overdue || expired_token_.load() == draft_.token;
    const bool is_reject = outcome.verdict == MILLRACE_REJECT && !is_late;
    if (outcome.verdict == MILLRACE_ACK && !draft_.wanted_at && !draft_.is_refused && !is_late) {
        committed_ = outbox_.size();
        if (draft_.state) state_ = std::move(draft_.state);
    } else {
        if (draft_.at_peer.bytes != 0) instance_->scope.port->give(draft_.at_peer);
        outbox_.cut(committed_);
        timers_.resize(timers_.size() - std::min<std::size_t>(draft_.timers, timers_.size()));
        stopped_ = !is_reject;
        if (stopped_ && draft_.wanted_at) {
            wanted_at_ = std::move(draft_.wanted_at);
            wanted_ = draft_.wanted;
        }
        refusals_.push_back({completed_, is_reject ? MILLRACE_REJECT : MILLRACE_RETRY, outcome.code,
                             std::string(is_late ? kOverdueText : to_text(outcome.text))});
    }
    ++completed_;
    draft_.token = stopped_ || completed_ >= count_ ? 0 : advance(draft_.token, 1);
    clear_draft();
    return stopped_ ? MILLRACE_STOP : MILLRACE_OK;
}

void Turn::clear_draft() {
    draft_.at_peer = {};
    draft_.elsewhere.clear();
    draft_.on_disk_bytes = 0;
    if (draft_.grant) draft_.grant = {};
    if (draft_.wanted_at) draft_.wanted_at.reset();
    draft_.timers = 0;
    draft_.is_refused = false;
    draft_.is_overdue = false;
    draft_.has_waited = false;
    draft_.state.reset();
}

millrace_status Turn::start_op(std::uint32_t kind, std::uint64_t arg, millrace_id& op) {
    return instance_->consumer->is_sync() ? MILLRACE_ERROR : delivery_.start_op(*this, kind, arg, op);
}

millrace_status Turn::set_state(millrace_bytes state) {
    if (state.size > MILLRACE_STATE_MAX) return MILLRACE_ERROR;
    draft_.state.emplace(to_text(state));
    return MILLRACE_OK;
}

bool Turn::shows(millrace_id token) const {
    return std::any_of(events_.begin(), events_.begin() + count_, [token](const auto& e) { return e.token == token; });
}

bool Turn::expire(std::int64_t since_us) {
    std::lock_guard lock(closing_);
    const auto began_us = began_us_.load();
    const millrace_id token = running_.load();
    if (began_us == 0 || began_us > since_us || token == 0) return false;
    expired_token_.store(token);
    tell();
    return true;
}

void Turn::work() {
    run();
    began_us_.store(0);
    static_cast<void>(delivery_.loop().post(this));  // Which nobody leaves while a scope is there.
}

void Turn::arrive() { delivery_.take_back(*this); }

}  // namespace millrace
