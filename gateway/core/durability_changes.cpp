#include <algorithm>
#include <utility>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/durability_requests.hpp"
#include "gateway/core/event_fields.hpp"

// How what handlers have come to gets onto the disk, and leaves behind that.
namespace millrace {
namespace {

spool::Obituary obituary(const Instance& instance, std::string_view reason, std::uint32_t code, std::string_view text) {
    const Edition& edition = instance.consumer->edition();
    return {std::string(reason), code, std::string(text), edition.version, edition.hash};
}

}  // namespace

Durability::Change& Durability::change(Instance& instance) {
    auto& change = instance.lane->change;
    if (!change) change = std::make_unique<Change>(*this, instance);
    return static_cast<Change&>(*change);
}

void Durability::end(Instance& instance, const Turn& turn) {
    Change& change = this->change(instance);
    if (turn.kind() == MILLRACE_TIMER && turn.ended() != 0) {
        std::string name(to_text(instance.mailbox[0].event.payload()));
        // Another of that name may have been set before this one was handled.
        const bool is_set =
            delivery_.has_timer(instance, name) || std::ranges::count(instance.lane->setting, name) != 0;
        if (!is_set) change.conclusion.stopped.push_back(std::move(name));
    }
    auto refusal = turn.refusals().begin();
    for (std::uint32_t i = 0; i < turn.ended(); ++i) {
        const bool is_ack = refusal == turn.refusals().end() || refusal->index != i;
        const Mailbox::Entry& entry = instance.mailbox[i];
        spool::Ending ending{entry.position, spool::Ending::Kind::acked, 0, {}};
        if (!is_ack) {
            ending.kind = spool::Ending::Kind::dead;
            ending.why = obituary(instance, "rejected", refusal->code, refusal->text);
            if (entry.event.head().route->on_reject == OnReject::bounce) add_bounce(change, entry.event, *refusal);
            ++refusal;
        }
        if (entry.position != 0) change.conclusion.endings.push_back(std::move(ending));
    }
}

void Durability::bury(Instance& instance, const Mailbox::Entry& entry, std::string_view why) {
    if (entry.position == 0) return;
    change(instance).conclusion.endings.push_back(
        {entry.position, spool::Ending::Kind::dead, 0, obituary(instance, "attempts", 0, why)});
}

void Durability::retry(Instance& instance, const Mailbox::Entry& entry, std::int64_t wait_us, std::string_view why) {
    if (entry.position == 0) return;
    const auto due_us = dispatcher_.pipeline_.clock.now_us() + wait_us;
    change(instance).conclusion.endings.push_back(
        {entry.position, spool::Ending::Kind::retry, due_us, obituary(instance, {}, 0, why)});
}

void Durability::expire(Instance& instance, std::int64_t position) {
    auto change = std::make_unique<Change>(*this, instance);
    change->conclusion.endings.push_back({position, spool::Ending::Kind::expired, 0, {}});
    send_off(change.release());
}

// It goes round in a circle: no handler sees it (contract C6).
void Durability::refuse(Instance& instance, const Event& event, std::int64_t position) {
    delivery_.refuse(instance, event, kCircleText, true);
    auto change = std::make_unique<Change>(*this, instance);
    change->conclusion.endings.push_back(
        {position, spool::Ending::Kind::dead, 0, obituary(instance, "loop", 0, kCircleText)});
    send_off(change.release());
}

void Durability::stop_timers(Instance& instance) {
    if (!instance.lane->outlives || delivery_.is_abandoning()) return;
    auto& stopped = change(instance).conclusion.stopped;
    stopped.insert(stopped.end(), instance.lane->setting.begin(), instance.lane->setting.end());
    for (const auto& [name, timer] : instance.timers) stopped.push_back(name);
}

void Durability::send_off(Change* change) {
    Instance& instance = change->instance;
    spool::Conclusion& conclusion = change->conclusion;
    conclusion.lane = instance.lane->id;
    conclusion.epoch = instance.scope.epoch;
    conclusion.seq = instance.mailbox.empty() ? instance.seq : instance.mailbox[0].seq;
    for (const spool::Timer& timer : conclusion.timers) instance.lane->setting.push_back(timer.name);
    ++instance.lane->leaving;
    submit(change);
}

void Durability::conclude(Instance& instance, Turn& turn, bool is_last) {
    DurableLane& lane = *instance.lane;
    Change& change = this->change(instance);
    change.outbox.take(turn.outbox());
    std::unique_ptr<Job> owned = std::move(lane.change);
    spool::Conclusion& conclusion = change.conclusion;
    conclusion.is_closed = is_last;
    if (lane.id != 0) {
        const bool is_open = instance.scope.state != Scope::State::closed || delivery_.is_abandoning();
        if (lane.outlives && is_open) add_timers(change);
        add_sends(instance, change);
    }
    const bool has_rows = !conclusion.endings.empty() || !conclusion.stopped.empty() || !conclusion.timers.empty() ||
                          !conclusion.sent.empty() || !conclusion.outbox.empty() || lane.has_new_state || is_last;
    if (lane.id == 0 || (!has_rows && lane.leaving == 0 && !lane.has_failed)) {
        dispatcher_.commit(instance, change.outbox);
        if (is_last) delivery_.remove(instance);
        return;
    }
    if (std::exchange(lane.has_new_state, false) || is_last) {
        const auto ttl_us = static_cast<std::int64_t>(instance.consumer->config().state_ttl_ms) * 1000;
        conclusion.state = {instance.state_bytes, lane.outlives ? dispatcher_.pipeline_.clock.now_us() + ttl_us : 0};
    }
    if (is_last) instance.state = Instance::State::spool;
    static_cast<void>(owned.release());
    send_off(&change);
}

void Durability::on_concluded(Change& change) {
    Instance& instance = change.instance;
    DurableLane& lane = *instance.lane;
    --lane.leaving;
    for (const spool::Timer& timer : change.conclusion.timers) {
        lane.setting.erase(std::ranges::find(lane.setting, timer.name));
    }
    lane.has_failed |= change.outcome != spool::Request::Outcome::committed;
    if (!lane.has_failed && !change.conclusion.was_stale) {
        for (std::size_t i = 0; i < change.departing.size(); ++i) {
            const spool::Command& row = change.conclusion.outbox[i];
            if (change.departing[i]) {
                change.departing[i]->row = row.id;
            } else {
                pass_on(std::string_view(row.target).substr(0, row.target.find(':')), row.id, {});
            }
        }
        dispatcher_.commit(instance, change.outbox);
    } else {
        for (std::size_t i = 0; i < change.outbox.size(); ++i) {
            const Outbox::Command& command = change.outbox[i];
            if (command.verb == MILLRACE_REPLY) instance.scope.port->give({0, command.size()});
        }
    }
    if (change.conclusion.is_closed) return delivery_.remove(instance);
    look(instance);
}

// A channel's timers outlive the process.
void Durability::add_timers(Change& change) {
    const auto now_us = dispatcher_.pipeline_.clock.now_us();
    auto& timers = change.conclusion.timers;
    for (std::size_t i = 0; i < change.outbox.size(); ++i) {
        const Outbox::Command& command = change.outbox[i];
        if (command.verb != MILLRACE_AFTER && command.verb != MILLRACE_NEVER) continue;
        const std::string name(to_text(change.outbox.payload(command)));
        std::erase_if(timers, [&](const spool::Timer& each) { return each.name == name; });
        if (command.verb == MILLRACE_AFTER) {
            timers.push_back({name, now_us + static_cast<std::int64_t>(command.delay_us), command.hops});
        } else {
            change.conclusion.stopped.push_back(name);
        }
    }
}

// What goes to a durable channel is on the disk with all the rest, and not in a parcel; what goes to an address of an
// adapter is in both.
void Durability::add_sends(Instance& instance, Change& change) {
    for (std::size_t i = 0; i < change.outbox.size(); ++i) {
        const Outbox::Command& command = change.outbox[i];
        if (command.verb != MILLRACE_SEND && command.verb != MILLRACE_ANSWER) continue;
        const PortPtr to = change.outbox.parcel(command).to();
        if (change.outbox.parcel(command).answer_slot) continue;
        if (to->stands_for_adapter()) add_departure(change, command);
        if (to->place.kind != Port::Kind::channel || !dispatcher_.snapshot_->is_durable(to->place.consumer->index())) {
            continue;
        }
        const std::unique_ptr<Parcel> parcel = change.outbox.take_parcel(command);
        const Event::Head head{MILLRACE_MESSAGE, parcel->payload_kind, 0, 0, parcel->hops, nullptr};
        std::string said(parcel->fields());
        append_sender(said, parcel->from ? std::string_view(parcel->from->place.address) : std::string_view(),
                      parcel->correlation);
        const auto now_us = dispatcher_.pipeline_.clock.now_us();
        dispatcher_.fields_.clear();
        dispatcher_.append_fields(head, now_us, said, parcel->payload().size());
        spool::Arrival arrival;
        arrival.message.adapter = instance.consumer->name();
        if (parcel->from) arrival.message.scope = parcel->from->place.address;
        arrival.message.fields = dispatcher_.fields_;
        arrival.message.payload = parcel->payload();
        arrival.message.payload_kind = parcel->payload_kind;
        arrival.message.hops = parcel->hops;
        arrival.message.created_us = now_us;
        arrival.to.push_back({row_of_channel(*to), 0, 0});
        change.conclusion.sent.push_back(std::move(arrival));
        change.handovers.add(*this, to);
        ++dispatcher_.counts_.sent;
    }
}

}  // namespace millrace
