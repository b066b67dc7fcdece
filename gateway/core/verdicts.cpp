#include <algorithm>
#include <cmath>

#include "gateway/base/log.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/dispatcher.hpp"

// What becomes of deliveries whose handlers have ended: they are counted and settled, tried again, or buried.
namespace millrace {
namespace {

constexpr std::string_view kStopText = "the gateway stops";

std::int64_t backed_off_us(const RetryConfig& retry, std::uint32_t attempt, double dice) {
    const double wait_ms = retry.initial_ms * std::pow(retry.multiplier, attempt - 1);
    return static_cast<std::int64_t>(std::min<double>(retry.max_ms, wait_ms) * (1 + retry.jitter * dice) * 1000);
}

}  // namespace

void Delivery::conclude(const Turn& turn, bool is_in_mailbox) {
    const Instance& instance = turn.instance();
    Ledger& ledger = this->ledger(instance);
    ledger.acked.add(turn.completed() - turn.refusals().size());
    const bool is_settled = turn.kind() == MILLRACE_MESSAGE && instance.scope.is_acked();
    auto refusal = turn.refusals().begin();
    for (std::uint32_t i = 0; is_settled && i < turn.ended(); ++i) {
        const bool is_ack = refusal == turn.refusals().end() || refusal->index != i;
        const Verdict verdict = is_ack ? Verdict{} : Verdict{refusal->verdict, refusal->code, refusal->text};
        if (!is_ack) ++refusal;
        if (is_in_mailbox) {
            dispatcher_.settle(instance.mailbox[i].event, verdict);
        } else {
            dispatcher_.settle(instance.scope, borrowed_[i].cookie, verdict);
        }
    }
    for (const Turn::Refusal& each : turn.refusals()) conclude(turn, each, ledger);
}

void Delivery::conclude(const Turn& turn, const Turn::Refusal& refusal, Ledger& ledger) {
    const Instance& instance = turn.instance();
    const bool is_reject = refusal.verdict == MILLRACE_REJECT;
    if (turn.kind() == MILLRACE_CONNECT) {
        (is_reject ? ledger.acked : ledger.dropped).add();
    } else if (is_reject || turn.kind() == MILLRACE_DISCONNECT) {
        ledger.dead.add();
        const bool is_shown = turn.count() != 0;
        dispatcher_.bury(instance, is_shown ? turn.event(refusal.index) : first_event(turn.instance()), refusal.code,
                         refusal.text);
    } else {
        ledger.retried.add();
        if (refusal.text == Turn::kOverdueText) ledger.overdue.add();
        if (refusal.text.empty()) return;
        log::limited(log::Level::warn, instance.consumer.name(), "is tried again: {}", refusal.text);
    }
}

void Delivery::try_again(Instance& instance, std::uint64_t missing_bytes) {
    Mailbox::Entry& entry = instance.mailbox[0];
    Scope& scope = instance.scope;
    if (scope.state == Scope::State::closed) return bury(instance, kClosedText);
    if (missing_bytes != 0) {
        if (scope.room.has(missing_bytes)) return;
        instance.state = Instance::State::no_room;
        instance.room_bytes = missing_bytes;
        return;
    }
    const RetryConfig& retry = scope.route.retry;
    if (entry.attempt >= retry.attempts) return bury(instance, "its last attempt failed");
    const double dice = std::uniform_real_distribution(-1.0, 1.0)(random_);
    const auto due_us = loop_.clock().steady_us() + backed_off_us(retry, entry.attempt, dice);
    ++entry.attempt;
    instance.state = Instance::State::back_off;
    instance.timer = loop_.at(due_us, [this, &instance] {
        instance.timer.reset();
        instance.state = Instance::State::idle;
        line_up(instance);
    });
}

millrace_event Delivery::first_event(Instance& instance) {
    const Mailbox::Entry& entry = instance.mailbox[0];
    millrace_event event{};
    event.kind = entry.event.head().kind;
    event.attempt = entry.attempt;
    event.scope = to_bytes(instance.scope.prefix);
    event.event = entry.event.event();
    event.payload = entry.event.payload();
    return event;
}

void Delivery::bury(Instance& instance, std::string_view why) {
    const Mailbox::Entry& entry = instance.mailbox[0];
    const bool is_closed = instance.scope.state == Scope::State::closed;
    if (is_closed && instance.scope.is_acked()) {  // Its sender has heard no yes: it may send it again.
        ledger(instance).dropped.add();
    } else {
        ledger(instance).dead.add();
        dispatcher_.bury(instance, first_event(instance), 0, why);
    }
    dispatcher_.settle(entry.event, {is_closed ? MILLRACE_RETRY : MILLRACE_REJECT, 0, why});
    instance.mailbox.pop(1);
}

// A receipt or a gap that wants to come again is not tried again either.
void Delivery::drop_notice(Instance& instance) {
    if (instance.mailbox.empty() || instance.mailbox[0].event.head().kind == MILLRACE_DISCONNECT) return;
    ledger(instance).dropped.add();
    instance.mailbox.pop(1);
}

void Delivery::settle_as_retry(const Instance& instance) {
    for (std::size_t i = 0; i < instance.mailbox.size(); ++i) {
        dispatcher_.settle(instance.mailbox[i].event, {MILLRACE_RETRY, 0, kStopText});
    }
}

void Delivery::drop_messages(Instance& instance) {
    // The first is still its handler's where that is suspended.
    const auto dropped = instance.mailbox.take_messages(instance.state == Instance::State::open ? 1 : 0);
    ledger(instance).dropped.add(dropped.size());
    for (const Mailbox::Entry& entry : dropped) {
        dispatcher_.settle(entry.event, {MILLRACE_RETRY, 0, kStopText});
    }
}

}  // namespace millrace
