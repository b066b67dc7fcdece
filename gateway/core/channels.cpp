#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/asker.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"
#include "gateway/core/event_fields.hpp"

// What is sent from one consumer to another: how it leaves, and how it comes in on the loop of its target. A channel is
// a scope that is opened by what comes for it, and closed when nothing has come for a while.
namespace millrace {
namespace {

// What is sent has no route; this is how it is delivered.
const RouteConfig sent_route{};

}  // namespace

PortPtr Dispatcher::make_port(const Instance& instance) {
    return new Port({.kind = Port::Kind::instance,
                     .home = this,
                     .address = fmt::format("{}@{}", instance.consumer->name(), instance.scope.address()),
                     .consumer = instance.consumer,
                     .scope = instance.scope.id},
                    instance.consumer->config().mailbox, pipeline_.waits);
}

void Dispatcher::depart(std::unique_ptr<Parcel> parcel) {
    if (!parcel->to()->place.home) return static_cast<void>(++counts_.orphans);
    ++counts_.sent;
    post(std::move(parcel));
}

void Dispatcher::post(std::unique_ptr<Parcel> parcel) {
    departed_.add();
    Loop& loop = parcel->to()->place.home->loop();
    if (loop.post(parcel.get())) return static_cast<void>(parcel.release());
    arrived_.add();
    if (parcel->row != 0) return durability_->pass_on(parcel->to()->adapter(), parcel->row, parcel->from);
    ++counts_.orphans;
}

void Dispatcher::receive(std::unique_ptr<Parcel> parcel) {
    take_in(std::move(parcel));
    arrived_.add();
}

void Dispatcher::take_in(std::unique_ptr<Parcel> parcel) {
    const PortPtr& to = parcel->to();
    if (to->place.kind == Port::Kind::peer) return send_out(std::move(parcel));
    Scope* const closing = to->place.kind == Port::Kind::channel && !is_closing_all_ ? to->scope : nullptr;
    if (closing && closing->state == Scope::State::closed) return closing->for_next.push_back(std::move(parcel));
    Instance* instance = find_or_open(to);
    if (!instance) return static_cast<void>(++counts_.orphans);
    take_in(*instance, std::move(parcel));
}

// The consumer that a port stands for, in a channel that is opened where it is not open. Null: it is gone.
Instance* Dispatcher::find_or_open(const PortPtr& port) {
    const bool is_channel = port->place.kind == Port::Kind::channel;
    Scope* scope = is_channel ? port->scope : scopes_.find(Id::unpack(port->place.scope));
    if (is_channel && !scope && !is_closing_all_) scope = open_channel(port);
    return scope && scope->state != Scope::State::closed ? find(*scope, port->place.consumer->index()) : nullptr;
}

void Dispatcher::take_in(Instance& instance, std::unique_ptr<Parcel> parcel) {
    const RouteConfig& route = parcel->route ? *parcel->route : sent_route;
    const Event::Head head{MILLRACE_MESSAGE, parcel->payload_kind, 0, instance.scope.order++, parcel->hops,
                           &route,           deadline_us(route)};
    const std::string_view sender = parcel->from ? std::string_view(parcel->from->place.address) : std::string_view();
    said_.assign(parcel->fields());
    append_sender(said_, sender, parcel->correlation);
    const bool is_circle = parcel->hops > Parcel::kHopsMax;
    const std::string bytes = std::move(parcel->bytes);
    const auto payload = std::string_view(bytes).substr(parcel->fields_size, parcel->payload_size);
    Body body;
    if (parcel->route) {
        body.file = std::move(parcel->body_file);
        const auto rest = std::string_view(bytes).substr(parcel->fields_size + parcel->payload_size);
        body.bytes = to_bytes(body.file ? body.file->bytes() : rest);
    }
    const Event event = make_event(head, said_, to_bytes(payload), {}, std::move(parcel), body);
    if (is_circle) return delivery_.refuse(instance, event, kCircleText);
    delivery_.enqueue(instance, event);
}

void Dispatcher::send_out(std::unique_ptr<Parcel> parcel) {
    const Scope* scope = scopes_.find(Id::unpack(parcel->to()->place.scope));
    const bool is_open = scope && scope->state == Scope::State::open && !scope->is_closing;
    if (parcel->row != 0) {
        if (!is_open) return redirect(std::move(parcel));
        if (durability_->leaves(*parcel)) hand_over(std::move(parcel));
        return;
    }
    if (is_open) return hand_over(std::move(parcel));
    if (parcel->is_reported)
        tell({parcel->from, parcel->correlation},
             make_outcome_fields(parcel->correlation, MILLRACE_LOST, 0, "the adapter does not take it"));
    ++counts_.orphans;
}

// The adapter has been reloaded meanwhile. Where it is gone, the row is found by who comes next.
void Dispatcher::redirect(std::unique_ptr<Parcel> parcel) {
    const PortPtr addresses = pipeline_.ports.addresses(adapter_.name());
    if (!addresses || !addresses->place.home || addresses == parcel->to()) return;
    const Amount amount = parcel->hold.amount();
    addresses->overdraw(amount);
    parcel->hold = Hold(addresses, amount);
    post(std::move(parcel));
}

void Dispatcher::hand_over(std::unique_ptr<Parcel> parcel, std::string_view asker) {
    const Scope* scope = scopes_.find(Id::unpack(parcel->to()->place.scope));
    ++counts_.replies;
    const bool has_receipt = parcel->is_reported || parcel->row != 0;
    if (has_receipt) {
        reported_.emplace(++last_receipt_,
                          Reported{parcel->from, parcel->correlation, parcel->is_reported, parcel->row});
    }
    if (parcel->is_reported) asker = parcel->from->place.address;
    const std::string words = asker.empty() ? std::string() : Asker{parcel->correlation, asker}.to_words();
    const millrace_send send{sizeof(millrace_send),
                             parcel->payload_kind,
                             &scope->context,
                             1,
                             0,
                             to_bytes(parcel->payload()),
                             to_bytes(parcel->body()),
                             to_bytes(parcel->fields()),
                             parcel->hops,
                             0,
                             has_receipt ? last_receipt_ : 0,
                             static_cast<std::uint64_t>(parcel->row),
                             to_bytes(words),
                             to_bytes(Asker{0, asker}.key_in(adapter_.name()))};
    adapter_.table().send(adapter_.self(), &send, 1, sizeof send);
    parcel->hold.pass_on();
}

Scope* Dispatcher::open_channel(const PortPtr& port, bool has_lane) {
    ConsumerHost* const current = snapshot_->consumer(port->place.consumer->index());
    const auto slot = current ? scopes_.reserve() : std::nullopt;
    if (!slot) return nullptr;
    ConsumerHost& consumer = *current;
    const millrace_id id = Id{loop_.index(), *slot, scopes_.generation(*slot) + 1}.pack();
    Scope& scope = scopes_.emplace(*slot, id, port, consumer.name().size() + 1, nullptr);
    scope.state = Scope::State::open;
    Instance* instance = delivery_.open(scope, consumer, sent_route);
    if (!instance) {
        scopes_.erase(*slot);
        return nullptr;
    }
    adapter_.enter();
    port->scope = &scope;
    const auto now_us = pipeline_.clock.now_us();
    KeptState kept = kept_states_.take(state_key(*instance), now_us);
    scope.epoch = last_epoch_ = std::max({kept.epoch + 1, last_epoch_ + 1, static_cast<std::uint64_t>(now_us)});
    instance->state_bytes = std::move(kept.bytes);
    instance->has_accepted = true;
    instance->port = port;
    instance->set_prefix(std::make_shared<const std::string>(
        make_prefix({consumer.name(), "channel", scope.key(), scope.epoch, {}, {}, {}, {}})));
    has_lane |= pipeline_.spool() && snapshot_->is_durable(consumer.index());
    if (has_lane) durability_->load(*instance);
    delivery_.enqueue(*instance,
                      make_event({MILLRACE_CONNECT, MILLRACE_NO_PAYLOAD, 0, scope.order++, 0, &sent_route}, {}, {}));
    watch_idle(scope);
    return &scope;
}

void Dispatcher::watch_idle(Scope& scope) {
    const Instance& instance = *scope.instances.front();
    const auto idle_us = static_cast<std::int64_t>(instance.consumer->config().idle_ms) * 1000;
    scope.is_used = false;
    scope.idle = loop_.at(loop_.clock().steady_us() + idle_us, [this, &scope, &instance] {
        scope.idle.reset();
        const bool is_busy = instance.state != Instance::State::idle || !instance.mailbox.empty() ||
                             (instance.lane && instance.lane->is_busy());
        if (scope.is_used || is_busy || !instance.timers.empty()) return watch_idle(scope);
        close(scope, MILLRACE_REASON_IDLE, {});
    });
}

// Of a channel that is its address, which has the consumer in it.
std::string Dispatcher::state_key(const Instance& instance) {
    std::string key(instance.scope.address());
    return instance.scope.is_channel() ? key : key + "\n" + instance.consumer->name();
}

void Dispatcher::take_state(Instance& instance) {
    if (!adapter_.is_keyed()) return;
    instance.state_bytes = kept_states_.take(state_key(instance), pipeline_.clock.now_us()).bytes;
    if (instance.route.delivery == DeliveryClass::durable && pipeline_.spool()) durability_->load(instance);
}

void Dispatcher::keep_state(Instance& instance) {
    const Scope& scope = instance.scope;
    const bool outlives = scope.is_channel() || adapter_.is_keyed();
    if (!outlives || instance.lane || instance.state_bytes.empty()) return;
    const auto now_us = pipeline_.clock.now_us();
    const auto until_us = now_us + static_cast<std::int64_t>(instance.consumer->config().state_ttl_ms) * 1000;
    kept_states_.keep(state_key(instance), {std::move(instance.state_bytes), scope.epoch}, now_us, until_us);
}

Instance* Dispatcher::find(const Scope& scope, std::uint32_t consumer) {
    const auto is_of = [](const Instance* instance) { return instance->consumer->index(); };
    const auto found = std::ranges::find(scope.instances, consumer, is_of);
    return found == scope.instances.end() ? nullptr : *found;
}

void Dispatcher::on_granted(Grant& grant) {
    Scope* scope = scopes_.find(Id::unpack(grant.waiter.scope));
    if (!grant.waiter.consumer) {
        if (!scope || scope->waits_at != grant.hold.port()) return;
        scope->waits_at.reset();
        scope->grant = std::move(grant.hold);
        return on_taken(*scope);
    }
    Instance* instance = scope ? find(*scope, grant.waiter.consumer->index()) : nullptr;
    if (instance) delivery_.on_granted(*instance, std::move(grant.hold));
}

}  // namespace millrace
