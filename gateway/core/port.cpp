#include "gateway/core/port.hpp"

#include <algorithm>

#include "gateway/core/ports.hpp"
#include "gateway/core/waits.hpp"

namespace millrace {

std::int32_t Port::take(Amount amount, Amount own) {
    if (is_closed()) return MILLRACE_UNKNOWN;
    if (amount.bytes > kCommandBytesMax) return MILLRACE_TOO_LARGE;
    if (is_waited_for_.load(std::memory_order_relaxed)) return MILLRACE_FULL;
    Amount before{0, used_bytes_.fetch_add(amount.bytes)};
    if (limit_.messages != 0) before.messages = used_messages_.fetch_add(amount.messages);
    const bool is_own = before.bytes == own.bytes && (limit_.messages == 0 || before.messages == own.messages);
    if (is_own || fits(before, amount)) return MILLRACE_TAKEN;
    give(amount);
    return MILLRACE_FULL;
}

bool Port::take_slot() {
    if (slots_.fetch_add(1, std::memory_order_relaxed) < limit_.messages + kSlotsBeyond) return true;
    give_slot();
    return false;
}

void Port::overdraw(Amount amount) {
    used_bytes_.fetch_add(amount.bytes);
    if (limit_.messages != 0) used_messages_.fetch_add(amount.messages);
}

// What is given and the look at who waits are in one order with the waiter's notice and its look at the room: one of
// the two sees the other.
void Port::give(Amount amount) {
    used_bytes_.fetch_sub(amount.bytes);
    if (limit_.messages != 0) used_messages_.fetch_sub(amount.messages);
    if (is_waited_for_.load()) waits_.serve(*this);
}

void Port::close() {
    is_closed_.store(true);
    if (is_waited_for_.load()) waits_.serve(*this);
}

bool Port::take_for_waiter(Amount amount) {
    const Amount before{used_messages_.load(), used_bytes_.load()};
    const bool is_empty = before.bytes == 0 && before.messages == 0;
    if (!is_empty && !is_closed_.load() && !fits(before, amount)) return false;
    overdraw(amount);
    return true;
}

bool Port::take_beyond(Amount amount) {
    const Amount used{used_messages_.load(), used_bytes_.load()};
    const Amount beyond{std::max<std::uint64_t>(limit_.messages, 1024), std::max<std::uint64_t>(limit_.bytes, 1 << 20)};
    if (place.kind == Kind::peer || (!fits(used, {}) && !fits(used, amount, beyond))) return false;
    overdraw(amount);
    return true;
}

void intrusive_ptr_release(Port* port) {
    if (port->listed_in_) return port->listed_in_->release(*port);
    if (port->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete port;
}

}  // namespace millrace
