#include <algorithm>
#include <utility>

#include "gateway/core/bytes.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/event_fields.hpp"
#include "gateway/core/names.hpp"
#include "gateway/core/turn.hpp"

// What a handler's commands take, and what becomes of them until it ends.
namespace millrace {
namespace {

bool is_name(millrace_bytes name) { return is_border_name(to_text(name)); }

}  // namespace

std::int32_t Turn::record(const millrace_command& command) {
    if (command.payload.size + command.body.size > kCommandBytesMax) return MILLRACE_TOO_LARGE;
    if (command.body.size != 0 && has_refusal(to_text(command.body))) return MILLRACE_NOT_ALLOWED;
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

// It stands on the disk until it leaves (contract C2): an adapter that is down or full never holds a commit.
std::int32_t Turn::reserve_on_disk(const PortPtr& port, Amount amount, Hold& hold) {
    draft_.on_disk_bytes += amount.bytes;
    if (draft_.on_disk_bytes > kCommandBytesMax) return MILLRACE_TOO_LARGE;
    port->overdraw(amount);
    hold = Hold(port, amount);
    return MILLRACE_TAKEN;
}

std::int32_t Turn::reply(const millrace_command& command) {
    millrace_command addressed = command;
    addressed.address = {};
    const Port::Place& place = instance_->scope.port->place;
    if (place.needs_reply_to || is_durable_) {
        const auto reply_to = find_reply_to(to_text(events_[completed_].event));
        if (!reply_to && place.needs_reply_to) return delivery_.count_unaddressed_reply(), MILLRACE_UNKNOWN;
        if (reply_to && (is_durable_ || place.is_one_message))
            return depart(command, delivery_.addresses_at(*instance_->scope.port), *reply_to);
        if (reply_to) addressed.address = to_bytes(*reply_to);
    }
    const Amount amount{0, command.payload.size + command.body.size};
    const auto reserved = reserve(instance_->scope.port, amount, command.flags & MILLRACE_TRY, nullptr);
    if (reserved == MILLRACE_TAKEN) outbox_.record(addressed, causes_[completed_].hops);
    return reserved;
}

// A reply where replies go to addresses, of a durable route or to a source that is gone by then: it leaves as what is
// sent there does.
std::int32_t Turn::depart(const millrace_command& command, const PortPtr& addresses, std::string_view address) {
    if (!addresses || (!addresses->place.home && !is_durable_)) return MILLRACE_UNKNOWN;
    const Amount amount{0, command.payload.size + command.body.size};
    Hold hold;
    const auto reserved = is_durable_ ? reserve_on_disk(addresses, amount, hold)
                                      : reserve(addresses, amount, command.flags & MILLRACE_TRY, &hold);
    if (reserved != MILLRACE_TAKEN) return reserved;
    auto parcel = make_parcel(command, 0, address);
    parcel->hold = std::move(hold);
    outbox_.record(MILLRACE_SEND, std::move(parcel));
    return MILLRACE_TAKEN;
}

std::unique_ptr<Parcel> Turn::make_parcel(const millrace_command& command, std::uint64_t correlation,
                                          std::string_view address) {
    auto parcel = std::make_unique<Parcel>();
    parcel->from = delivery_.port_of(*instance_);
    parcel->payload_kind = command.payload_kind;
    parcel->hops = causes_[completed_].hops + 1;
    parcel->correlation = correlation;
    parcel->fill({address}, command.payload, command.body);
    return parcel;
}

std::int32_t Turn::send(const millrace_command& command) {
    if (!is_name(command.address)) return MILLRACE_NOT_ALLOWED;
    PortPtr port;
    const auto found = delivery_.find_port(*instance_, to_text(command.address), port);
    if (found != MILLRACE_TAKEN) return found;
    if (!port->place.home && !is_durable_) return MILLRACE_UNKNOWN;
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
    const auto reserved = is_durable_ && port->stands_for_adapter() ? reserve_on_disk(port, amount, hold)
                                                                    : reserve(port, amount, is_try, &hold);
    if (reserved != MILLRACE_TAKEN) return reserved;
    const bool is_to_peer = port->place.kind == Port::Kind::peer;
    const std::string_view address = to_text(command.address);
    auto parcel = make_parcel(command, command.correlation,
                              is_to_peer ? address.substr(address.find(':') + 1) : std::string_view());
    parcel->is_reported = is_to_peer && (command.flags & MILLRACE_REPORTED);
    parcel->hold = std::move(hold);
    parcel->answer_slot = std::move(slot);
    outbox_.record(MILLRACE_SEND, std::move(parcel));
    return MILLRACE_TAKEN;
}

std::int32_t Turn::answer(const millrace_command& command) {
    Parcel* cause = causes_[completed_].parcel;
    if (!cause || !cause->from) return MILLRACE_UNKNOWN;
    const bool is_to_address = cause->from->stands_for_adapter() || cause->from->place.needs_reply_to;
    std::optional<std::string_view> address;
    if (cause->from->place.kind == Port::Kind::peer) address = find_reply_to(to_text(events_[completed_].event));
    if (is_to_address && !address) return delivery_.count_unaddressed_reply(), MILLRACE_UNKNOWN;
    const bool is_departure = is_durable_ && cause->from->stands_for_adapter();
    const bool is_to_addresses = is_departure || (is_to_address && cause->from->place.is_one_message);
    const PortPtr addresses = is_to_addresses ? delivery_.addresses_at(*cause->from) : PortPtr();
    const PortPtr& port = is_to_addresses ? addresses : cause->from;
    if (!port) return MILLRACE_UNKNOWN;
    const Amount amount = port->amount_of(command.payload.size + command.body.size);
    Hold hold;
    const bool has_slot = cause->answer_slot && amount.bytes <= Port::kSlotBytes && !port->is_closed();
    if (has_slot) {
        port->overdraw(amount);
        hold = Hold(port, amount);
    } else {
        const auto reserved = is_departure ? reserve_on_disk(port, amount, hold)
                                           : reserve(port, amount, command.flags & MILLRACE_TRY, &hold);
        if (reserved != MILLRACE_TAKEN) return reserved;
    }
    auto parcel = make_parcel(command, cause->correlation, address.value_or(std::string_view()));
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

}  // namespace millrace
