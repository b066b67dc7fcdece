#include "gateway/core/turn.hpp"

#include <algorithm>

#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/names.hpp"

namespace millrace {
namespace {

// Between two looks at the clock: one would cost an async handler more than it does itself.
constexpr std::uint32_t kAsyncChunk = 16;

thread_local Turn* current_turn = nullptr;

bool is_name(millrace_bytes name) { return is_border_name(to_text(name)); }

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
    outbox_.clear();
    refusals_.clear();
    is_cancelled_.store(false, std::memory_order_relaxed);
    told_ = 0;
    running_.store(0, std::memory_order_relaxed);
}

std::uint32_t Turn::add(const Event::Head& head, std::uint64_t seq, std::uint32_t attempt, millrace_bytes event,
                        millrace_bytes payload, Parcel* parcel, std::int64_t position) {
    const std::string& prefix = *instance_->prefix;
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
                       to_bytes(prefix),
                       event,
                       payload};
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

std::int32_t Turn::record(const millrace_command& command) {
    if (command.payload.size + command.body.size > kCommandBytesMax) return MILLRACE_TOO_LARGE;
    switch (command.verb) {
        case MILLRACE_REPLY:
            return instance_->scope.is_channel() ? answer(command) : reply(command);
        case MILLRACE_ANSWER:
            return answer(command);
        case MILLRACE_SEND:
            return send(command);
        case MILLRACE_AFTER:
        case MILLRACE_NEVER:
            return set_timer(command);
        case MILLRACE_JOIN:
        case MILLRACE_LEAVE:
        case MILLRACE_GROUP_SEND:
        case MILLRACE_GROUP_REPLY:
            if (!is_name(command.address)) return MILLRACE_NOT_ALLOWED;
            break;
        case MILLRACE_CLOSE:
            break;
        default:
            return MILLRACE_NOT_ALLOWED;
    }
    outbox_.record(command, causes_[completed_].hops);
    return MILLRACE_TAKEN;
}

// Where it is refused, the handler is to come again when there is room for all that it wants at that port. One that has
// waited already takes more than there is: what it waited for would be somebody else's again until it has the rest.
std::int32_t Turn::reserve(const PortPtr& port, Amount amount, bool is_try, Hold* hold) {
    Amount* taken = &draft_.at_peer;
    if (hold) {
        auto entry = std::ranges::find(draft_.elsewhere, port.get(), &Taken::port);
        if (entry == draft_.elsewhere.end()) entry = draft_.elsewhere.insert(entry, {port.get(), {}});
        taken = &entry->amount;
    }
    Amount own = *taken;
    if (!draft_.elsewhere.empty() && port == instance_->scope.port) own = draft_.all_at(*port);
    std::int32_t answer = MILLRACE_TAKEN;
    Hold granted;
    if (draft_.grant.port() == port && !port->is_closed()) granted = draft_.grant.split(amount);
    if (!granted) answer = port->take(amount, own);
    if (answer == MILLRACE_FULL && !is_try && draft_.has_waited && port->take_beyond(amount)) answer = MILLRACE_TAKEN;
    if (draft_.wanted_at == port) {
        if (!is_try || answer == MILLRACE_TAKEN) draft_.wanted += amount;
    } else if (answer == MILLRACE_FULL && !is_try && !draft_.wanted_at) {
        draft_.wanted_at = port;
        draft_.wanted = own;
        draft_.wanted += amount;
    }
    if (answer != MILLRACE_TAKEN) return answer;
    *taken += amount;
    if (!hold) {
        granted.pass_on();
    } else {
        *hold = granted ? std::move(granted) : Hold(port, amount);
    }
    return MILLRACE_TAKEN;
}

std::int32_t Turn::reply(const millrace_command& command) {
    const Amount amount{0, command.payload.size + command.body.size};
    const auto reserved = reserve(instance_->scope.port, amount, command.flags & MILLRACE_TRY, nullptr);
    if (reserved == MILLRACE_TAKEN) outbox_.record(command);
    return reserved;
}

std::unique_ptr<Parcel> Turn::make_parcel(const millrace_command& command, std::uint64_t correlation) {
    auto parcel = std::make_unique<Parcel>();
    parcel->from = delivery_.port_of(*instance_);
    parcel->payload_kind = command.payload_kind;
    parcel->hops = causes_[completed_].hops + 1;
    parcel->correlation = correlation;
    parcel->fill({}, command.payload, command.body);
    return parcel;
}

std::int32_t Turn::send(const millrace_command& command) {
    if (!is_name(command.address)) return MILLRACE_NOT_ALLOWED;
    PortPtr port;
    const auto found = delivery_.find_port(*instance_, to_text(command.address), port);
    if (found != MILLRACE_TAKEN) return found;
    const bool is_try = command.flags & MILLRACE_TRY;
    const Amount amount = port->amount_of(command.payload.size + command.body.size);
    Slot slot;
    if (command.flags & MILLRACE_ASKS) {
        const PortPtr& own = delivery_.port_of(*instance_);
        if (!own->take_slot()) {
            draft_.is_refused |= !is_try;
            return MILLRACE_FULL;
        }
        slot = Slot(own);
    }
    Hold hold;
    const auto reserved = reserve(port, amount, is_try, &hold);
    if (reserved != MILLRACE_TAKEN) return reserved;
    auto parcel = make_parcel(command, command.correlation);
    parcel->hold = std::move(hold);
    parcel->answer_slot = std::move(slot);
    outbox_.record(MILLRACE_SEND, std::move(parcel));
    return MILLRACE_TAKEN;
}

std::int32_t Turn::answer(const millrace_command& command) {
    Parcel* cause = causes_[completed_].parcel;
    if (!cause || !cause->from) return MILLRACE_UNKNOWN;
    const PortPtr& port = cause->from;
    const Amount amount = port->amount_of(command.payload.size + command.body.size);
    Hold hold;
    const bool has_slot = cause->answer_slot && amount.bytes <= Port::kSlotBytes && !port->is_closed();
    if (has_slot) {
        port->overdraw(amount);
        hold = Hold(port, amount);
    } else {
        const auto reserved = reserve(port, amount, command.flags & MILLRACE_TRY, &hold);
        if (reserved != MILLRACE_TAKEN) return reserved;
    }
    auto parcel = make_parcel(command, cause->correlation);
    parcel->hold = std::move(hold);
    outbox_.record(MILLRACE_ANSWER, std::move(parcel), has_slot ? cause : nullptr);
    return MILLRACE_TAKEN;
}

std::int32_t Turn::set_timer(const millrace_command& command) {
    if (!is_name(command.payload)) return MILLRACE_NOT_ALLOWED;
    const std::string_view name = to_text(command.payload);
    if (command.verb == MILLRACE_AFTER && std::ranges::find(timers_, name) == timers_.end()) {
        if (timers_.size() == MILLRACE_TIMERS_MAX) return MILLRACE_FULL;
        timers_.emplace_back(name);
        ++draft_.timers;
    }
    outbox_.record(command, causes_[completed_].hops);
    return MILLRACE_TAKEN;
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
