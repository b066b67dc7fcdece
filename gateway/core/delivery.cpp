#include "gateway/core/delivery.hpp"

#include <algorithm>

#include "gateway/base/log.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"

namespace millrace {
namespace {

constexpr std::int64_t kReadyDuration_us = 2'000;
constexpr std::size_t kSpareTurns = 64;

}  // namespace

Delivery::Delivery(Loop& loop, std::deque<Ledger>& ledgers, Tap& tap, Dispatcher& dispatcher)
    : loop_(loop), ledgers_(ledgers), tap_(tap), dispatcher_(dispatcher), turn_(*this) {}

Delivery::~Delivery() {
    instances_.each([this](std::uint32_t, Instance& instance) { stop_waiting(instance); });
}

Ledger& Delivery::ledger(const Instance& instance) { return ledgers_[instance.consumer->index()]; }

millrace_id Delivery::next_token(const Instance& instance) {
    return Id{loop_.index(), instance.slot, instances_.generation(instance.slot) + 1}.pack();
}

Instance* Delivery::open(Scope& scope, ConsumerHost& consumer, const RouteConfig& route) {
    const auto slot = instances_.reserve();
    if (!slot) return nullptr;
    Instance& instance = instances_.emplace(*slot, scope, consumer, *slot, route, consumer.config().mailbox);
    scope.instances.push_back(&instance);
    consumer.enter();
    return &instance;
}

void Delivery::remove(Instance& instance) {
    ledger(instance).dropped.add(instance.mailbox.size());
    stop_timer(instance);
    stop_waiting(instance);
    if (instance.port && !instance.scope.is_channel()) instance.port->close();
    dispatcher_.leave_groups(instance);
    dispatcher_.keep_state(instance);
    if (instance.lane) dispatcher_.durability().leave(instance);
    std::erase(instance.scope.instances, &instance);
    instance.consumer->leave();
    Scope& scope = instance.scope;
    instances_.erase(instance.slot);
    if (scope.instances.empty() && scope.state == Scope::State::closed) dispatcher_.forget(scope);
}

bool Delivery::is_free(const Instance& instance) const {
    return instance.state == Instance::State::idle && instance.mailbox.empty() && !instance.consumer->is_sync();
}

void Delivery::deliver_now(Instance& instance, std::span<const BorrowedEvent> events) {
    ledger(instance).created.add(events.size());
    turn_.begin(instance, next_token(instance));
    const auto first_seq = instance.seq;
    if (tap_.is_watched()) {
        for (const BorrowedEvent& event : events) tap_.show(instance, event.head, event.event, event.payload);
    }
    for (const BorrowedEvent& event : events) {
        turn_.add(event.head, instance.seq++, 1, event.event, event.payload);
    }
    instance.state = Instance::State::running;
    turn_.run();
    borrowed_ = events;
    for (std::size_t i = turn_.ended(); i < events.size(); ++i) {
        SettlementPtr settlement = dispatcher_.new_settlement(instance, *events[i].head.route, events[i].cookie);
        Event::Head head = events[i].head;
        head.deadline_us = dispatcher_.deadline_us(*head.route);
        instance.mailbox.push(Event::make(head, events[i].event, events[i].payload, std::move(settlement)),
                              first_seq + i);
    }
    finish(turn_, false);
}

void Delivery::enqueue(Instance& instance, const Event& event, const DiskPlace& place) {
    ledger(instance).created.add();
    if (tap_.is_watched()) tap_.show(instance, event.head(), event.event(), event.payload());
    instance.mailbox.push(event, instance.seq++, place);
    instance.scope.is_used = true;
    line_up(instance);
}

void Delivery::close(Instance& instance, const Event& disconnect) {
    DurableLane* lane = instance.lane.get();
    if (lane && lane->is_filling()) {
        lane->disconnect = disconnect;
        return dispatcher_.durability().look(instance);
    }
    const bool has_begun =
        instance.state != Instance::State::idle || instance.has_accepted || !instance.mailbox.empty();
    const bool is_lost = lane && lane->id == 0 && instance.state == Instance::State::spool;
    if (!has_begun || is_lost) return remove(instance);
    if (lane) lane->has_ended = true;
    enqueue(instance, disconnect);
}

void Delivery::line_up(Instance& instance) {
    if (instance.state != Instance::State::idle) return;
    if (ConsumerHost* next = dispatcher_.next_generation(instance); next && !renew(instance, *next)) return;
    if (drop_expired(instance) && instance.mailbox.empty()) {
        dispatcher_.on_taken(instance.scope);
        if (instance.lane) dispatcher_.durability().look(instance);
        return;
    }
    if (instance.mailbox.empty()) return;
    if (const auto due_us = instance.mailbox[0].due_us; due_us != 0) {
        const auto wait_us = std::exchange(instance.mailbox[0].due_us, 0) - loop_.clock().now_us();
        if (wait_us > 0) return back_off(instance, wait_us);
    }
    if (instance.consumer->is_sync()) return run(instance);
    instance.state = Instance::State::ready;
    ready_.push_back(&instance);
}

void Delivery::run_ready() {
    if (ready_.empty()) return;
    const auto end_us = loop_.clock().steady_us() + kReadyDuration_us;
    do {
        Instance& instance = *ready_.front();
        ready_.pop_front();
        instance.state = Instance::State::idle;
        if (!instance.mailbox.empty()) run(instance);
    } while (!ready_.empty() && loop_.clock().steady_us() < end_us);
    if (!ready_.empty()) loop_.wake();
}

void Delivery::run(Instance& instance) {
    instance.state = Instance::State::running;
    if (!instance.consumer->is_sync()) {
        show_mailbox(turn_, instance);
        turn_.run();
        return finish(turn_, true);
    }
    if (spare_turns_.empty()) spare_turns_.push_back(std::make_unique<Turn>(*this));
    Turn* turn = spare_turns_.back().release();
    spare_turns_.pop_back();
    show_mailbox(*turn, instance);
    instance.turn = turn;
    watch(*turn, first_route(instance).timeout_us());
    instance.consumer->pool().submit(turn);
}

void Delivery::show_mailbox(Turn& turn, Instance& instance) {
    turn.begin(instance, next_token(instance));
    for (std::size_t i = 0; i < instance.mailbox.size(); ++i) {
        Mailbox::Entry& entry = instance.mailbox[i];
        const bool is_message = entry.event.head().kind == MILLRACE_MESSAGE;
        if (!is_message && i > 0) break;
        if (entry.event.head().kind == MILLRACE_GAP && !std::exchange(entry.is_counted, true)) {
            entry.event = dispatcher_.make_gap(instance);
        }
        if (i > 0 && (entry.event.head().route != &first_route(instance) || is_over(entry))) break;
        const auto shown =
            turn.add(entry.event.head(), entry.seq, entry.attempt, entry.event.event(), entry.event.payload(),
                     entry.event.body().bytes, entry.event.parcel(), entry.position);
        if (!is_message || shown == kTurnEvents) break;
    }
}

void Delivery::take_back(Turn& turn) {
    if (turn.timer) loop_.cancel(*turn.timer);
    turn.timer.reset();
    if (std::exchange(turn.is_overdue, false) && turn.instance().consumer->count_returned()) {
        dispatcher_.on_unstuck();
    }
    turn.instance().turn = nullptr;
    auto early = std::exchange(turn.early, {});
    finish(turn, true);
    for (auto& job : early) job.release()->arrive();
    std::unique_ptr<Turn> spare(&turn);
    if (spare_turns_.size() < kSpareTurns) spare_turns_.push_back(std::move(spare));
}

void Delivery::finish(Turn& turn, bool is_in_mailbox) {
    Instance& instance = turn.instance();
    instances_.generation(instance.slot) += turn.count();
    if (turn.ended() != 0) instance.grants = 0;
    if (turn.state()) {
        instance.state_bytes = std::move(*turn.state());
        if (instance.lane) instance.lane->has_new_state = true;
    }
    Hold grant = turn.is_suspended() ? Hold() : turn.take_grant();
    if (turn.completed() == 0) instance.grant = std::move(grant);
    if (keep_edge(instance, turn)) return;
    conclude(turn, is_in_mailbox);
    if (instance.lane) dispatcher_.durability().end(instance, turn);
    if (is_in_mailbox) instance.mailbox.pop(turn.ended());
    if (turn.is_suspended()) hold_open(instance, turn.suspend());
    if (!turn.is_edge()) {
        // What it sends to itself only waits: it is still running.
        if (!instance.lane) dispatcher_.commit(instance, turn.outbox());
        if (!turn.is_suspended()) instance.state = Instance::State::idle;
        if (is_abandoning_) {
            drop_messages(instance);
            if (turn.wants_retry()) drop_notice(instance);
        } else if (turn.wants_retry()) {
            try_again(instance, turn);
        }
        if (instance.lane) {
            dispatcher_.durability().conclude(instance, turn);
            dispatcher_.durability().look(instance);
        }
        line_up(instance);
        return dispatcher_.on_taken(instance.scope);
    }
    if (turn.is_suspended()) return;
    instance.state = Instance::State::idle;
    if (turn.kind() == MILLRACE_DISCONNECT) {
        if (instance.lane) return dispatcher_.durability().conclude(instance, turn, true);
        dispatcher_.commit(instance, turn.outbox());
        return remove(instance);
    }
    instance.has_accepted |= turn.refusals().empty();
    dispatcher_.answer(instance, turn);
}

void Delivery::on_closed(Scope& scope) {
    for (Instance* instance : scope.instances) {
        if (instance->lane) dispatcher_.durability().stop_timers(*instance);
        for (auto& [name, timer] : std::exchange(instance->timers, {})) loop_.cancel(timer);
        switch (instance->state) {
            case Instance::State::back_off:
                if (is_on_disk(*instance)) break;
                stop_timer(*instance);
                [[fallthrough]];
            case Instance::State::no_room:
                if (is_on_disk(*instance)) break;
                stop_waiting(*instance);
                bury(*instance, kClosedText);
                instance->state = Instance::State::idle;
                line_up(*instance);
                break;
            case Instance::State::open:
                instance->consumer->table().cancel(instance->handle, instance->draft.token);
                cancel_ops(*instance);
                break;
            case Instance::State::running:
                if (instance->turn) instance->turn->cancel();
                break;
            default:
                break;
        }
    }
}

PoisonJournal::Slot* Delivery::notes() { return dispatcher_.notes(); }

std::vector<Instance*> Delivery::find_lanes(const std::set<std::int64_t>& lanes) {
    std::vector<Instance*> found;
    instances_.each([&](std::uint32_t, Instance& instance) {
        if (instance.lane && lanes.contains(instance.lane->id)) found.push_back(&instance);
    });
    return found;
}

void Delivery::report(std::span<ConsumerCount> counts) {
    instances_.each([&](std::uint32_t, const Instance& instance) {
        ConsumerCount& count = counts[instance.consumer->index()];
        ++count.instances;
        count.open += instance.mailbox.size();
    });
}

}  // namespace millrace
