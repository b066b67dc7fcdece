#include <utility>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/ports.hpp"

// Where a handler can send to, and how a delivery waits until there is room.
namespace millrace {
namespace {

// One that got the room that it had waited for so often, and then lacked other room, is tried again like one that has
// failed: two that need the same two rooms could go on like this for ever.
constexpr std::uint32_t kGrantsMax = 16;

}  // namespace

const PortPtr& Delivery::port_of(Instance& instance) {
    if (!instance.port) instance.port = dispatcher_.make_port(instance);
    return instance.port;
}

std::int32_t Delivery::find_port(const Instance& instance, std::string_view address, PortPtr& port) {
    return dispatcher_.ports().find(*instance.consumer, address, port);
}

PortPtr Delivery::addresses_at(const Port& peer) { return dispatcher_.ports().addresses(peer.adapter()); }

void Delivery::count_unaddressed_reply() { dispatcher_.adapter().count_unaddressed_reply(); }

Waiter Delivery::waiter(const Instance& instance) {
    return {&dispatcher_, instance.scope.id, instance.consumer, instance.port.get()};
}

bool Delivery::wait_for_room(Instance& instance, const PortPtr& port, Amount amount) {
    if (++instance.grants > kGrantsMax) return false;
    if (dispatcher_.waits().wait(waiter(instance), port, amount) == Waits::Answer::hopeless) return false;
    instance.state = Instance::State::no_room;
    instance.waits_at = port;
    return true;
}

// CONNECT and DISCONNECT come once, but wait for room like others. Not where CONNECT is a question: that is answered
// RETRY.
bool Delivery::keep_edge(Instance& instance, const Turn& turn) {
    if (!turn.is_edge() || !turn.wanted_at() || is_abandoning_) return false;
    if (turn.kind() == MILLRACE_CONNECT && instance.scope.question) return false;
    ledger(instance).retried.add();
    return wait_for_room(instance, turn.wanted_at(), turn.wanted());
}

// Who waits for its settlement does not wait for room that may never come (contract D10).
void Delivery::bury_when_due(Instance& instance) {
    const auto due_us = settle_due_us(instance.mailbox[0].event);
    if (due_us == 0) return;
    instance.timer = loop_.at(due_us, [this, &instance] {
        instance.timer.reset();
        stop_waiting(instance);
        dispatcher_.on_settle_deadline(instance, instance.mailbox[0].event);
        bury(instance, "settle_deadline is over, and there was no room for what it sends");
        instance.state = Instance::State::idle;
        line_up(instance);
    });
}

void Delivery::stop_waiting(Instance& instance) {
    stop_timer(instance);
    if (instance.waits_at) dispatcher_.waits().forget(waiter(instance), *instance.waits_at);
    instance.waits_at.reset();
    instance.grant = {};
}

void Delivery::on_granted(Instance& instance, Hold hold) {
    if (instance.state != Instance::State::no_room || instance.waits_at != hold.port()) return;
    stop_timer(instance);
    instance.waits_at.reset();
    instance.grant = std::move(hold);
    instance.state = Instance::State::idle;
    line_up(instance);
}

}  // namespace millrace
