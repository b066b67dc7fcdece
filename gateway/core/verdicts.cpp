#include <algorithm>
#include <cmath>

#include "gateway/base/log.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"

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
    const RouteConfig& route = is_in_mailbox ? first_route(instance) : *borrowed_[0].head.route;
    const bool is_settled = turn.kind() == MILLRACE_MESSAGE && route.delivery == DeliveryClass::acked;
    auto refusal = turn.refusals().begin();
    for (std::uint32_t i = 0; is_settled && i < turn.ended(); ++i) {
        const bool is_ack = refusal == turn.refusals().end() || refusal->index != i;
        const Verdict verdict = is_ack ? Verdict{} : Verdict{refusal->verdict, refusal->code, refusal->text};
        if (!is_ack) ++refusal;
        if (is_in_mailbox) {
            dispatcher_.settle(instance, instance.mailbox[i].event, verdict);
        } else {
            dispatcher_.settle(instance.scope, borrowed_[i], verdict);
        }
    }
    for (const Turn::Refusal& each : turn.refusals()) conclude(turn, each, route, ledger);
}

void Delivery::conclude(const Turn& turn, const Turn::Refusal& refusal, const RouteConfig& route, Ledger& ledger) {
    const Instance& instance = turn.instance();
    const bool is_reject = refusal.verdict == MILLRACE_REJECT;
    if (turn.kind() == MILLRACE_CONNECT && !instance.has_accepted) {
        (is_reject ? ledger.acked : ledger.dropped).add();
    } else if (is_reject || turn.is_edge()) {
        ledger.dead.add();
        const bool is_shown = turn.count() != 0;  // Not where it was suspended.
        const Mailbox::Entry* first = is_shown ? nullptr : &instance.mailbox[0];
        dispatcher_.bury(instance, route,
                         is_shown ? turn.event(refusal.index) : shown(instance, first->event, first->attempt),
                         refusal.code, refusal.text, turn.position(refusal.index) != 0);
    } else {
        ledger.retried.add();
        if (refusal.text == Turn::kOverdueText) ledger.overdue.add();
        if (refusal.text.empty()) return;
        log::limited(log::Level::warn, instance.consumer->name(), "is tried again: {}", refusal.text);
    }
}

const RouteConfig& Delivery::first_route(const Instance& instance) { return *instance.mailbox[0].event.head().route; }

void Delivery::try_again(Instance& instance, const Turn& turn) {
    Mailbox::Entry& entry = instance.mailbox[0];
    if (instance.scope.state == Scope::State::closed && !is_on_disk(instance)) return bury(instance, kClosedText);
    if (turn.wanted_at() && wait_for_room(instance, turn.wanted_at(), turn.wanted())) return bury_when_due(instance);
    if (is_upstream(entry.event)) return give_back(instance, turn.refusals().back().text);
    const RetryConfig& retry = first_route(instance).retry;
    if (entry.attempt >= retry.attempts) return bury(instance, "its last attempt failed");
    const auto due = settle_due_us(entry.event);
    if (due != 0 && loop_.clock().steady_us() >= due) {
        dispatcher_.on_settle_deadline(instance, entry.event);
        return bury(instance, "settle_deadline is over");
    }
    const double dice = std::uniform_real_distribution(-1.0, 1.0)(random_);
    auto wait_us = backed_off_us(retry, entry.attempt, dice);
    if (due != 0) wait_us = std::min(wait_us, due - loop_.clock().steady_us());
    if (instance.lane) dispatcher_.durability().retry(instance, entry, wait_us, turn.refusals().back().text);
    ++entry.attempt;
    instance.grants = 0;
    back_off(instance, wait_us);
}

void Delivery::back_off(Instance& instance, std::int64_t wait_us) {
    instance.state = Instance::State::back_off;
    instance.timer = loop_.at(loop_.clock().steady_us() + wait_us, [this, &instance] {
        instance.timer.reset();
        instance.state = Instance::State::idle;
        line_up(instance);
    });
}

std::int64_t Delivery::settle_due_us(const Event& event) {
    if (event.parcel()) return event.parcel()->settlement.due_us();
    return event.settlement() ? event.settlement()->due_us : 0;
}

bool Delivery::is_over(const Mailbox::Entry& entry) const {
    const auto deadline_us = entry.event.head().deadline_us;
    return deadline_us != 0 && deadline_us <= loop_.clock().now_us();
}

bool Delivery::drop_expired(Instance& instance) {
    const auto before = instance.mailbox.size();
    while (!instance.mailbox.empty() && is_over(instance.mailbox[0])) {
        const Mailbox::Entry entry = instance.mailbox[0];
        instance.mailbox.pop(1);
        ledger(instance).expired.add();
        dispatcher_.settle(instance, entry.event, {MILLRACE_REJECT, 0, kExpiredText});
        if (entry.position != 0) dispatcher_.durability().expire(instance, entry.position);
    }
    return instance.mailbox.size() != before;
}

bool Delivery::is_on_disk(const Instance& instance) {
    return !instance.mailbox.empty() && instance.mailbox[0].position != 0;
}

bool Delivery::is_upstream(const Event& event) {
    if (event.parcel()) return event.parcel()->settlement.is_upstream();
    return event.settlement() && event.settlement()->is_upstream;
}

// Its sender tries again (contract D7).
void Delivery::give_back(Instance& instance, std::string_view why) {
    ledger(instance).dropped.add();
    dispatcher_.settle(instance, instance.mailbox[0].event, {MILLRACE_RETRY, 0, why});
    instance.mailbox.pop(1);
}

millrace_event Delivery::shown(const Instance& instance, const Event& event, std::uint32_t attempt) {
    millrace_event shown{};
    shown.kind = event.head().kind;
    shown.attempt = attempt;
    shown.scope = instance.prefix;
    shown.event = event.event();
    shown.payload = event.payload();
    return shown;
}

void Delivery::refuse(Instance& instance, const Event& event, std::string_view why, bool is_on_disk) {
    ledger(instance).created.add();
    ledger(instance).dead.add();
    dispatcher_.bury(instance, *event.head().route, shown(instance, event, 0), 0, why, is_on_disk);
    dispatcher_.settle(instance, event, {MILLRACE_REJECT, 0, why});
}

void Delivery::bury(Instance& instance, std::string_view why) {
    const Mailbox::Entry& entry = instance.mailbox[0];
    const bool is_closed = instance.scope.state == Scope::State::closed;
    instance.grants = 0;
    if (is_closed &&
        first_route(instance).delivery == DeliveryClass::acked) {  // Its sender has heard no yes: it may send it again.
        ledger(instance).dropped.add();
    } else {
        ledger(instance).dead.add();
        dispatcher_.bury(instance, first_route(instance), shown(instance, entry.event, entry.attempt), 0, why,
                         entry.position != 0);
    }
    dispatcher_.settle(instance, entry.event, {is_closed ? MILLRACE_RETRY : MILLRACE_REJECT, 0, why});
    if (instance.lane) dispatcher_.durability().bury(instance, entry, why);
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
        dispatcher_.settle(instance, instance.mailbox[i].event, {MILLRACE_RETRY, 0, kStopText});
    }
}

void Delivery::drop_messages(Instance& instance) {
    // The first is still its handler's where that is suspended.
    const auto dropped = instance.mailbox.take_messages(instance.state == Instance::State::open ? 1 : 0);
    for (const Mailbox::Entry& entry : dropped) {
        (entry.position != 0 ? ledger(instance).left : ledger(instance).dropped).add();
        dispatcher_.settle(instance, entry.event, {MILLRACE_RETRY, 0, kStopText});
    }
}

}  // namespace millrace
