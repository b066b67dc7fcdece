#include <algorithm>
#include <string>
#include <utility>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability_requests.hpp"
#include "gateway/core/event_fields.hpp"

// How lanes are opened, wait for each other, are woken, and are taken up again.
namespace millrace {

DurableLane& Durability::lane_of(Instance& instance) {
    if (instance.lane) return *instance.lane;
    instance.lane = std::make_unique<DurableLane>();
    const bool is_channel = instance.scope.is_channel();
    instance.lane->outlives = is_channel || dispatcher_.adapter_.is_keyed();
    if (is_channel) return *instance.lane;
    instance.lane->is_held = dispatcher_.pipeline_.restored.wait(
        std::string(instance.scope.address()), instance.consumer->name(),
        [this, scope = instance.scope.id, consumer = instance.consumer->index()] {
            static_cast<void>(dispatcher_.loop().post([this, scope, consumer] { let_go(scope, consumer); }));
        });
    return *instance.lane;
}

void Durability::let_go(millrace_id id, std::uint32_t consumer) {
    const Scope* scope = dispatcher_.scopes_.find(Id::unpack(id));
    Instance* instance = scope ? Dispatcher::find(*scope, consumer) : nullptr;
    if (!instance || !instance->lane) return;
    DurableLane& lane = *instance->lane;
    lane.is_held = false;
    if (std::exchange(lane.wants_opening, false)) return submit(new Opening(*this, *instance, row_of(*instance)));
    lane.is_behind = true;
    look(*instance);
}

void Durability::leave(const Instance& instance) {
    if (!instance.lane->is_restored) return;
    dispatcher_.pipeline_.restored.remove(std::string(instance.scope.address()), instance.consumer->name());
}

// `seq`: the first message of a lane makes its row.
spool::Lane Durability::row_of(const Instance& instance) {
    if (instance.scope.is_channel()) return row_of_channel(*instance.port);
    spool::Lane row;
    row.consumer = instance.consumer->name();
    row.scope = instance.scope.address();
    row.prefix = to_text(instance.prefix);
    row.epoch = instance.scope.epoch;
    row.seq = instance.seq;
    return row;
}

spool::Lane Durability::row_of_channel(const Port& channel) {
    spool::Lane lane;
    const std::string& address = channel.place.address;
    lane.consumer = channel.place.consumer->name();
    lane.scope = address;
    lane.prefix = make_prefix(
        {lane.consumer, "channel", std::string_view(address).substr(lane.consumer.size() + 1), 0, {}, {}, {}, {}});
    return lane;
}

// One that has been open without a lane goes on with what it has.
void Durability::load(Instance& instance) {
    DurableLane& lane = lane_of(instance);
    ++lane.arriving;
    if (instance.seq == 0) instance.state = Instance::State::spool;
    lane.wants_opening = lane.is_held;
    if (!lane.is_held) submit(new Opening(*this, instance, row_of(instance)));
}

void Durability::on_opened(Opening& opening) {
    Instance& instance = opening.instance;
    const spool::Busy& found = opening.found;
    DurableLane& lane = *instance.lane;
    --lane.arriving;
    if (opening.outcome != spool::Request::Outcome::committed) {
        lane.is_behind = false;
        return look(instance);
    }
    lane.id = found.lane.id;
    lane.is_behind = lane.is_behind || found.head.has_value();
    instance.seq = std::max(instance.seq, found.lane.seq);  // One that comes again has the number that it had.
    const bool is_new = instance.state == Instance::State::spool;
    if (is_new && !found.lane.state.empty()) {
        instance.state_bytes = found.lane.state;
    } else {
        lane.has_new_state = !instance.state_bytes.empty();
    }
    const auto now_us = dispatcher_.pipeline_.clock.now_us();
    for (const spool::Timer& timer : found.timers) {
        if (delivery_.has_timer(instance, timer.name)) continue;
        delivery_.set_timer(instance, timer.name,
                            static_cast<std::uint64_t>(std::max<std::int64_t>(timer.due_us - now_us, 0)), timer.hops);
    }
    if (is_new) instance.state = Instance::State::idle;
    delivery_.line_up(instance);
    look(instance);
}

void Durability::wake(std::set<std::int64_t>& lanes, std::set<std::int64_t>& ending) {
    for (Instance* instance : delivery_.find_lanes(lanes)) {
        DurableLane& lane = *instance->lane;
        lanes.erase(lane.id);
        if (lane.has_ended || lane.is_restored) {
            ending.insert(lane.id);
        } else {
            lane.is_behind = true;
            look(*instance);
        }
    }
}

// Behind what is still in the mailbox there is more on the disk, and then what has just come.
void Durability::reopen(const PortPtr& channel) {
    if (dispatcher_.is_closing_all_) return;
    Scope* scope = channel->scope;
    if (!scope) {
        dispatcher_.open_channel(channel, true);
    } else if (scope->state == Scope::State::closed) {
        scope->is_awaited = true;
    } else if (Instance& instance = *scope->instances.front(); instance.lane) {
        instance.lane->is_behind = true;
        look(instance);
    } else {
        load(instance);
    }
}

bool Durability::restore(const spool::Busy& found, ConsumerHost& consumer) {
    if (dispatcher_.is_closing_all_) return false;
    const auto slot = dispatcher_.scopes_.reserve();
    if (!slot) return false;
    const millrace_id id = Id{dispatcher_.loop_.index(), *slot, dispatcher_.scopes_.generation(*slot) + 1}.pack();
    const auto key_at = found.lane.scope.find(':') + 1;
    const std::string_view adapter = std::string_view(found.lane.scope).substr(0, key_at - 1);
    PortPtr port(new Port({.needs_reply_to = dispatcher_.snapshot_->has_addresses(adapter),
                           .home = &dispatcher_,
                           .address = found.lane.scope,
                           .scope = id},
                          {0, 0}, dispatcher_.pipeline_.waits));
    port->close();
    Scope& scope = dispatcher_.scopes_.emplace(*slot, id, std::move(port), key_at, nullptr);
    scope.state = Scope::State::closed;
    scope.epoch = found.lane.epoch;
    Instance* instance = delivery_.open(scope, consumer, unrouted());
    if (!instance) return dispatcher_.scopes_.erase(*slot), false;
    dispatcher_.adapter_.enter();
    instance->has_accepted = true;
    instance->set_prefix(std::make_shared<const std::string>(found.lane.prefix));
    instance->state_bytes = found.lane.state;
    instance->seq = found.lane.seq;
    instance->lane = std::make_unique<DurableLane>();
    DurableLane& lane = *instance->lane;
    lane.id = found.lane.id;
    lane.is_behind = found.head.has_value();
    lane.is_restored = true;
    lane.last = found.last;
    lane.outlives = dispatcher_.snapshot_->is_keyed(adapter);
    lane.disconnect = dispatcher_.make_event(
        {MILLRACE_DISCONNECT, MILLRACE_NO_PAYLOAD, MILLRACE_REASON_RESTART, scope.order, 0, &unrouted()}, {}, {});
    look(*instance);
    return true;
}

}  // namespace millrace
