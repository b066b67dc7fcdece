#include "gateway/core/durability.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/log.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability_requests.hpp"
#include "gateway/core/event_fields.hpp"

// How messages get onto the disk, and from there into mailboxes.
namespace millrace {
namespace {

// What may be on its way to the disk from one loop: about what is written while a slow disk syncs once.
constexpr std::uint64_t kArrivingMax = 8'192;
constexpr std::uint64_t kArrivingBytesMax = 8 << 20;

bool is_kept(const Way& way) { return way.route->delivery == DeliveryClass::durable && way.leads_somewhere(); }

}  // namespace

const RouteConfig& Durability::unrouted() {
    static const RouteConfig route = [] {
        RouteConfig made;
        made.delivery = DeliveryClass::durable;
        return made;
    }();
    return route;
}

Durability::Durability(Dispatcher& dispatcher, Delivery& delivery) : dispatcher_(dispatcher), delivery_(delivery) {}

Durability::~Durability() = default;

spool::Spool& Durability::spool() { return *dispatcher_.pipeline_.spool(); }

void Durability::submit(Errand* errand) {
    dispatcher_.departed_.add();
    spool().submit(errand);
}

bool Durability::take_room(Scope& scope, const Ways& ways, std::uint64_t bytes) {
    if (std::ranges::none_of(ways, is_kept)) return true;
    if (arriving_ < kArrivingMax && arriving_bytes_ < kArrivingBytesMax) {
        const spool::Share share{1, static_cast<std::int64_t>(bytes)};
        const auto refusal = spool().room().take(share);
        if (refusal == spool::Refusal::none) {
            if (!acceptance_) acceptance_ = std::make_unique<Acceptance>(*this);
            acceptance_->room.messages += share.messages;
            acceptance_->room.bytes += share.bytes;
            ++arriving_;
            arriving_bytes_ += bytes;
            return true;
        }
        log::limited(log::Level::warn, dispatcher_.adapter_.name(), "takes nothing for now: the spool is full ({})",
                     spool::kRefusalNames[static_cast<std::size_t>(refusal)]);
    } else {
        is_waited_for_ = true;
    }
    scope.waits_for_spool = true;
    return false;
}

void Durability::room_again() {
    is_waited_for_ = false;
    dispatcher_.scopes_.each([this](std::uint32_t, Scope& scope) {
        if (std::exchange(scope.waits_for_spool, false)) dispatcher_.on_taken(scope);
    });
}

// One row for all consumers of a route: what they see is the same.
void Durability::accept(Scope& scope, const Ways& ways, const millrace_submission& submission, std::uint64_t order) {
    const RouteConfig* route = nullptr;
    bool is_first = true;
    for (const Way& way : ways) {
        if (!is_kept(way)) continue;
        const std::uint32_t hops = std::min(submission.hops, Parcel::kHopsMax) + (way.channel ? 1 : 0);
        const Event::Head head{
            MILLRACE_MESSAGE, submission.payload_kind, 0, order, hops, way.route, dispatcher_.deadline_us(*way.route)};
        if (std::exchange(route, way.channel ? nullptr : way.route) != way.route || way.channel) {
            Acceptance::Item& item = acceptance_->items.emplace_back(scope.id, submission.cookie, way.route, is_first);
            is_first = false;
            spool::Message& message = item.arrival.message;
            message.adapter = dispatcher_.adapter_.name();
            message.scope = scope.address();
            if (item.is_first) {
                message.external_id = to_text(submission.external_id);
                for (const Way& other : ways) {
                    if (!is_kept(other) && other.leads_somewhere()) {
                        item.others.push_back(Dispatcher::consumer_of(other).index());
                    }
                }
            }
            message.route = way.route->name;
            message.payload = to_text(submission.payload);
            Body body = dispatcher_.body_of(submission);
            if (!body.file) message.body = to_text(body.bytes);
            message.body_file = std::move(body.file);
            message.payload_kind = submission.payload_kind;
            message.order = order;
            message.hops = hops;
            message.created_us = dispatcher_.pipeline_.clock.now_us();
            message.deadline_us = head.deadline_us;
            std::string fields = way.fields;
            fields.append(to_text(submission.fields));
            if (way.channel) append_sender(fields, scope.address(), 0);
            dispatcher_.fields_.clear();
            dispatcher_.append_fields(head, message.created_us, fields, submission.payload.size);
            message.fields = dispatcher_.fields_;
        }
        Acceptance::Item& item = acceptance_->items.back();
        spool::Lane lane;
        if (way.instance) {
            DurableLane& known = lane_of(*way.instance);
            ++known.arriving;
            if (known.id == 0) lane = row_of(*way.instance);
            lane.id = known.id;
        } else {
            lane = row_of_channel(*way.channel);
        }
        item.arrival.to.push_back({std::move(lane), 0, 0});
        item.targets.push_back({way.instance, way.channel});
    }
}

void Durability::flush() {
    if (!acceptance_) return;
    for (const Acceptance::Item& item : acceptance_->items) {
        for (const auto& target : item.targets) {
            if (target.channel) acceptance_->handovers.add(*this, target.channel);
        }
    }
    submit(acceptance_.release());
}

void Durability::on_accepted(Acceptance& acceptance) {
    using Outcome = spool::Request::Outcome;
    for (Acceptance::Item& item : acceptance.items) {
        const bool is_kept = acceptance.outcome == Outcome::committed && !item.arrival.answer;
        for (std::size_t i = 0; i < item.targets.size(); ++i) {
            Instance* instance = item.targets[i].instance;
            if (!instance) continue;
            --instance->lane->arriving;
            if (is_kept) arrive_at(*instance, item.arrival, item.arrival.to[i], *item.route);
            look(*instance);
        }
        if (!item.is_first) continue;
        Verdict verdict;
        if (acceptance.outcome != Outcome::committed) {
            verdict = {MILLRACE_RETRY, 0, "the disk does not take it"};
        } else if (item.arrival.answer) {
            verdict = {item.arrival.answer->verdict, item.arrival.answer->code, item.arrival.answer->text};
        }
        if (const std::string& id = item.arrival.message.external_id; !id.empty()) {
            dispatcher_.pipeline_.duplicates.end(dispatcher_.adapter_.index(), id, verdict, item.others);
        }
        const Scope* scope = dispatcher_.scopes_.find(Id::unpack(item.scope));
        if (scope) dispatcher_.settle(*scope, BorrowedEvent{{}, {}, {}, item.cookie}, verdict);
    }
    arriving_ -= static_cast<std::uint64_t>(acceptance.room.messages);
    arriving_bytes_ -= static_cast<std::uint64_t>(acceptance.room.bytes);
    const bool is_relaxed = arriving_ <= kArrivingMax / 2 && arriving_bytes_ <= kArrivingBytesMax / 2;
    if (is_waited_for_ && is_relaxed) room_again();
}

void Durability::arrive_at(Instance& instance, const spool::Arrival& arrival, const spool::Arrival::To& to,
                           const RouteConfig& route) {
    DurableLane& lane = *instance.lane;
    if (lane.id == 0) lane.id = to.lane.id;
    const std::uint64_t size = arrival.message.size();
    if (delivery_.is_abandoning()) return;
    if (to.is_behind || lane.is_behind || lane.is_reading || lane.is_held || !instance.mailbox.has_room(size)) {
        lane.is_behind = true;
        return;
    }
    push(instance, arrival.message, route, {to.position, 0, 1, 0, 0, 0});
}

void Durability::push(Instance& instance, const spool::Message& message, const RouteConfig& route,
                      const spool::Delivery& delivery) {
    DurableLane& lane = *instance.lane;
    lane.position = delivery.position;
    Event::Head head{MILLRACE_MESSAGE, message.payload_kind, 0, message.order, message.hops,
                     &route,           message.deadline_us};
    std::string fields = message.fields;
    std::unique_ptr<Parcel> parcel;
    if (instance.scope.is_channel()) {
        head.order = instance.scope.order++;
        set_order(fields, head.order);
        parcel = parcel_of(message);
    }
    const Event event = Event::make(head, to_bytes(fields), to_bytes(message.payload), {}, std::move(parcel),
                                    {to_bytes(message.body_bytes()), message.body_file});
    if (message.hops > Parcel::kHopsMax) return refuse(instance, event, delivery.position);
    delivery_.enqueue(instance, event, {delivery.position, delivery.attempt, delivery.due_us});
}

// Where an answer goes: to the channel that it came from, or to the source's peer where that is still there.
std::unique_ptr<Parcel> Durability::parcel_of(const spool::Message& message) {
    auto parcel = std::make_unique<Parcel>();
    parcel->hops = message.hops;
    const bool is_sent = message.route.empty();
    if (is_sent) parcel->correlation = correlation_of(message.fields + message.payload);
    parcel->from = dispatcher_.pipeline_.ports.at(message.scope);
    if (is_sent && parcel->from && parcel->from->place.kind != Port::Kind::channel) parcel->from.reset();
    if (!is_sent && !parcel->from && find_reply_to(message.fields)) {
        parcel->from = dispatcher_.pipeline_.ports.addresses(message.adapter);
    }
    return parcel;
}

void Durability::look(Instance& instance) {
    DurableLane& lane = *instance.lane;
    if (delivery_.is_abandoning()) {
        lane.is_behind = lane.is_held = false;
        if (std::exchange(lane.wants_opening, false)) --lane.arriving;
    }
    const bool has_room = instance.mailbox.is_relaxed() && instance.mailbox.has_room(lane.wanted);
    if (lane.is_behind && !lane.is_reading && !lane.is_held && has_room && lane.id != 0) {
        lane.is_reading = true;
        lane.wanted = 0;
        submit(new Reading(*this, instance));
    }
    if (lane.disconnect && lane.arriving == 0 && !lane.is_behind && !lane.is_reading) {
        const Event disconnect = *std::exchange(lane.disconnect, {});
        delivery_.close(instance, disconnect);
    }
}

// A spool that is broken stays so: nothing more is read.
void Durability::on_read(Reading& reading) {
    Instance& instance = reading.instance;
    DurableLane& lane = *instance.lane;
    lane.is_reading = false;
    if (reading.outcome != spool::Request::Outcome::committed) reading.page = {};
    lane.is_behind = !reading.is_whole && reading.outcome == spool::Request::Outcome::committed;
    for (const auto& [delivery, message] : reading.page.entries) {
        if (delivery.position <= lane.position || delivery_.is_abandoning()) continue;
        lane.wanted = message.size();
        if (!instance.mailbox.has_room(lane.wanted)) {
            lane.is_behind = true;
            break;
        }
        push(instance, message, route_named(message.route), delivery);
    }
    look(instance);
}

const RouteConfig& Durability::route_named(std::string_view name) const {
    for (const RouteConfig* route : dispatcher_.snapshot_->routes) {
        if (route->name == name && route->delivery == DeliveryClass::durable) return *route;
    }
    return unrouted();
}

}  // namespace millrace
