#include "adapters/mqtt/session.hpp"

#include <algorithm>
#include <bit>

namespace millrace::mqtt {

Session::Session(const SessionLimits& limits)
    : limits_(limits), mask_(std::bit_ceil(std::uint64_t{limits.messages}) - 1), entries_(mask_ + 1),
      positions_(mask_ + 1) {}

void Session::begin(std::uint64_t first_unseen) {
    for (std::uint64_t position = head_; position != tail_; ++position) carry_over(at(position), first_unseen);
    for (const auto& [number, packet_id] : carried_) exchange(packet_id).is_in_line = false;
    head_ = owed_ = tail_;
    bytes_ = 0;
    first_number_ = next_number_;
}

void Session::carry_over(const Entry& entry, std::uint64_t first_unseen) {
    if (entry.qos != 2) return;
    Exchange& it = exchange(entry.packet_id);
    it.is_in_line = false;
    if (it.stage != Stage::pending || entry.number == kNone) return;
    if (entry.number < first_unseen)
        carried_.emplace(entry.number, entry.packet_id);
    else
        it = {};
}

void Session::resume(bool session_present) {
    if (session_present) return;
    std::fill(exchanges_.begin(), exchanges_.end(), Exchange{});
    carried_.clear();
}

std::optional<std::uint64_t> Session::arrive(const Arrival& arrival) {
    if (arrival.qos == 2 && is_repeated(arrival)) return std::nullopt;
    const std::uint64_t number = next_number_++;
    position_of(number) = tail_;
    if (arrival.qos == 2) exchange(arrival.packet_id) = {Stage::pending, Reason::success, true, tail_};
    append(arrival, number, false, Reason::success);
    return number;
}

// PUBREC is owed once for each connection: where it waits in line, and again where it was sent.
bool Session::is_repeated(const Arrival& arrival) {
    Exchange& it = exchange(arrival.packet_id);
    if (it.stage == Stage::free) return false;
    if (it.is_in_line) return true;
    if (it.stage != Stage::received) {
        it.is_in_line = true;
        it.position = tail_;
    }
    append(arrival, kNone, it.stage != Stage::pending, it.reason);
    return true;
}

void Session::refuse(const Arrival& arrival, Reason reason) {
    if (arrival.qos == 2) {
        if (is_repeated(arrival)) return;
        exchange(arrival.packet_id) = {Stage::settled, reason, true, tail_};
    }
    append(arrival, kNone, true, reason);
}

void Session::append(const Arrival& arrival, std::uint64_t number, bool is_settled, Reason reason) {
    const std::uint32_t size = number == kNone ? 0 : arrival.size;
    at(tail_++) = {number, size, arrival.packet_id, arrival.qos, reason, is_settled};
    bytes_ += size;
}

Session::Release Session::release(std::uint16_t packet_id) {
    if (exchanges_.empty()) return Release::unknown;
    Exchange& it = exchange(packet_id);
    if (it.stage == Stage::free) return Release::unknown;
    if (it.stage != Stage::received) return Release::early;
    it = {};
    return Release::known;
}

Session::Settlement Session::settle(std::uint64_t number, Reason reason) {
    if (number >= next_number_) return Settlement::unknown;
    if (number >= first_number_) {
        const std::uint64_t position = position_of(number);
        if (position < head_ || at(position).number != number || at(position).is_settled) return Settlement::stale;
        settle_entry(at(position), reason);
        return Settlement::taken;
    }
    const auto carried = carried_.find(number);
    if (carried == carried_.end()) return Settlement::stale;
    Exchange& it = exchange(carried->second);
    carried_.erase(carried);
    it.stage = Stage::settled;
    it.reason = reason;
    if (it.is_in_line) settle_entry(at(it.position), reason);
    return Settlement::taken;
}

void Session::settle_entry(Entry& entry, Reason reason) {
    entry.is_settled = true;
    entry.reason = reason;
    bytes_ -= entry.size;
    entry.size = 0;
    if (entry.qos == 2) {
        Exchange& it = exchange(entry.packet_id);
        it.stage = Stage::settled;
        it.reason = reason;
    }
    drop_ended();
}

std::optional<Session::Owed> Session::next_owed() {
    while (owed_ != tail_) {
        const Entry& entry = at(owed_);
        if (entry.qos > 0 && !entry.is_settled) break;
        const bool is_owed = entry.qos == 1 || (entry.qos == 2 && leave_line(exchange(entry.packet_id), entry.reason));
        ++owed_;
        if (!is_owed) continue;
        drop_ended();
        return Owed{entry.qos == 2 ? PacketType::pubrec : PacketType::puback, entry.packet_id, entry.reason};
    }
    drop_ended();
    return std::nullopt;
}

// False where the entry repeats what has had its PUBREC, and PUBREL has come since: it may be another message's by now.
bool Session::leave_line(Exchange& it, Reason reason) {
    if (!it.is_in_line || it.position != owed_) return it.stage == Stage::received;
    it.is_in_line = false;
    it.stage = Stage::received;
    if (is_failure(reason)) it = {};
    return true;
}

// What has ended and was acknowledged, from the front.
void Session::drop_ended() {
    while (head_ != owed_ && at(head_).is_settled) ++head_;
}

Session::Exchange& Session::exchange(std::uint16_t packet_id) {
    if (exchanges_.empty()) exchanges_.resize(65'536);
    return exchanges_[packet_id];
}

}  // namespace millrace::mqtt
