#include <algorithm>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/departure.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability_requests.hpp"
#include "gateway/core/event_fields.hpp"
#include "millrace/v1/command.pb.h"

// T3: how what durable routes send to addresses of an adapter leaves, and leaves again until its outcome is known.
namespace millrace {
namespace {

constexpr std::size_t kUnderWayMax = 256;
constexpr std::size_t kUnderWayBytesMax = 16 << 20;  // The one that passes it is the last.
constexpr std::size_t kAskersMax = 10'000;
constexpr std::int64_t kWaitFirst_us = 1'000'000;
constexpr std::int64_t kWaitMost_us = 60'000'000;

}  // namespace

// It stays a parcel, which leaves behind T2. Of what goes to an adapter that is not open yet, the row alone is left.
void Durability::add_departure(Change& change, const Outbox::Command& command) {
    const Parcel& parcel = change.outbox.parcel(command);
    const PortPtr& to = parcel.to();
    spool::Command row;
    row.target = to->place.address;
    row.target.append(parcel.fields());
    row.correlation = parcel.correlation;
    row.bytes = to_row(parcel);
    change.conclusion.outbox.push_back(std::move(row));
    change.departing.push_back(to->place.home ? &change.outbox.parcel(command) : nullptr);
    if (!to->place.home) static_cast<void>(change.outbox.take_parcel(command));
}

// Who sent a message that a consumer refuses has had a yes, and is told by what leaves as a reply would. Nobody is told
// where the message does not say where that goes.
void Durability::add_bounce(Change& change, const Event& event, const Turn::Refusal& refusal) {
    const auto reply_to = find_reply_to(to_text(event.event()));
    const Port* source = event.parcel() ? event.parcel()->from.get() : change.instance.scope.port.get();
    const PortPtr addresses = reply_to && source ? delivery_.addresses_at(*source) : PortPtr();
    if (!addresses) return;
    v1::Command command;
    command.mutable_refusal()->set_code(refusal.code);
    const std::string body = command.SerializeAsString();
    auto parcel = std::make_unique<Parcel>();
    parcel->payload_kind = MILLRACE_TEXT;
    parcel->hops = event.head().hops + 1;
    parcel->fill({*reply_to}, to_bytes(refusal.text), to_bytes(body));
    const Amount amount{0, refusal.text.size() + body.size()};
    addresses->overdraw(amount);
    parcel->hold = Hold(addresses, amount);
    change.outbox.record(MILLRACE_SEND, std::move(parcel));
}

void Durability::open_departures(const PortPtr& addresses) {
    if (!dispatcher_.pipeline_.spool()) return;
    if (!departures_) departures_ = std::make_unique<Departures>();
    departures_->addresses = addresses;
    departures_->last_read = 0;
    departures_->is_behind = true;
    read_departures();
}

// A reload may have opened the spool, and other loops may know of it earlier.
Durability::Departures& Durability::departures() {
    if (!departures_) open_departures(dispatcher_.addresses_);
    return *departures_;
}

bool Durability::leaves(const Parcel& parcel) {
    Departures& departures = this->departures();
    read_departures();
    if (parcel.row <= departures.last_seen) {
        if (parcel.is_reported) dispatcher_.tell_of(parcel.row, parcel.from);
        return false;
    }
    departures.is_behind |= departures.under_way.size() >= kUnderWayMax || departures.bytes >= kUnderWayBytesMax;
    if (departures.is_behind) {
        departures.last_missed = std::max(departures.last_missed, parcel.row);
        pass_on(dispatcher_.adapter_.name(), parcel.row, parcel.is_reported ? parcel.from : PortPtr());
        return false;
    }
    departures.add(parcel.row, parcel.payload().size() + parcel.body().size());
    departures.last_read = std::max(departures.last_read, parcel.row);
    return true;
}

// By its address none is found but a channel.
void Durability::keep_asker(std::int64_t row, const PortPtr& asker) {
    if (asker && departures_->askers.size() < kAskersMax) departures_->askers.emplace(row, asker);
}

void Durability::on_outcome(std::int64_t row, bool is_known, const PortPtr& asker) {
    Departures& departures = *departures_;
    if (is_known) {
        departures.wait_us = 0;
        return submit(new Departed(*this, row));
    }
    departures.remove(row);
    if (!has_the_addresses()) return pass_on(dispatcher_.adapter_.name(), row, asker);
    keep_asker(row, asker);
    departures.last_read = std::min(departures.last_read, row - 1);
    departures.is_behind = true;
    if (std::exchange(departures.is_waiting, true)) return;
    departures.wait_us = std::clamp(2 * departures.wait_us, kWaitFirst_us, kWaitMost_us);
    dispatcher_.loop().at(dispatcher_.loop().clock().steady_us() + departures.wait_us, [this] {
        departures_->is_waiting = false;
        read_departures();
    });
}

// Not those of a generation that another follows.
bool Durability::has_the_addresses() const {
    return dispatcher_.pipeline_.ports.addresses(dispatcher_.adapter_.name()) == departures_->addresses;
}

// The loop that the adapter is on now has it leave. Where there is none, it is found at the next opening.
void Durability::pass_on(std::string_view adapter, std::int64_t row, const PortPtr& asker) {
    const PortPtr next = dispatcher_.pipeline_.ports.addresses(adapter);
    if (!next || !next->place.home) return;
    Dispatcher& home = *next->place.home;
    if (&home == &dispatcher_) return go_back(row, asker);
    static_cast<void>(home.loop().post([&home, row, asker] { home.durability().go_back(row, asker); }));
}

void Durability::go_back(std::int64_t row, const PortPtr& asker) {
    Departures& departures = this->departures();
    keep_asker(row, asker);
    departures.last_read = std::min(departures.last_read, row - 1);
    departures.is_behind = true;
    read_departures();
}

void Durability::on_departed(std::int64_t row) {
    departures_->remove(row);
    read_departures();
}

void Durability::read_departures() {
    Departures& departures = *departures_;
    if (!departures.is_behind || departures.is_reading || departures.is_waiting || !has_the_addresses()) return;
    if (departures.under_way.size() > kUnderWayMax / 2 || departures.bytes > kUnderWayBytesMax / 2) return;
    if (dispatcher_.pipeline_.is_draining) return;
    departures.is_reading = true;
    departures.last_missed = 0;
    submit(new Departing(*this, dispatcher_.adapter_.name() + ":", departures.last_read));
}

void Durability::on_departing(Departing& departing) {
    Departures& departures = *departures_;
    departures.is_reading = false;
    if (departing.outcome != spool::Request::Outcome::committed) return;
    if (departures.is_waiting || departures.last_read < departing.after) return read_departures();
    departures.last_read = departing.last;
    departures.last_seen = std::max(departures.last_seen, departing.last);
    if (departing.is_whole) departures.is_behind = departures.last_missed > departures.last_seen;
    for (const spool::Command& row : departing.rows) {
        if (departures.is_waiting || departures.addresses->is_closed()) break;
        if (!departures.under_way.contains(row.id) && !departures.parked.contains(row.id)) depart(row);
    }
    read_departures();
}

void Durability::depart(const spool::Command& row) {
    const auto departure = from_row(row.bytes);
    const PortPtr& addresses = departures_->addresses;
    if (!departure) {
        log::error("spool", "what waits for {} cannot be read, and is given up", row.target);
        return submit(new Departed(*this, row.id));
    }
    auto parcel = std::make_unique<Parcel>();
    parcel->row = row.id;
    const auto asker = departures_->askers.extract(row.id);
    parcel->from = asker ? asker.mapped() : dispatcher_.pipeline_.ports.at(departure->from);
    parcel->payload_kind = departure->payload_kind;
    parcel->hops = departure->hops;
    parcel->is_reported = departure->is_reported && parcel->from;
    parcel->correlation = row.correlation;
    const std::string_view address = std::string_view(row.target).substr(dispatcher_.adapter_.name().size() + 1);
    parcel->fill({address}, to_bytes(departure->payload), to_bytes(departure->body));
    const Amount amount = addresses->amount_of(departure->payload.size() + departure->body.size());
    addresses->overdraw(amount);
    parcel->hold = Hold(addresses, amount);
    departures_->add(row.id, departure->payload.size() + departure->body.size());
    dispatcher_.hand_over(std::move(parcel), departure->is_reported ? departure->from : std::string_view());
}

}  // namespace millrace
