#include "adapters/common/timer_wheel.hpp"

#include <algorithm>
#include <chrono>

namespace millrace {

std::int64_t steady_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void TimerWheel::schedule(Entry& entry, std::int64_t due_ms) {
    entry.unlink();
    entry.due_tick_ = std::max((due_ms + kTickMs - 1) / kTickMs, tick_ + 1);
    slot(entry.due_tick_).push_back(entry);
}

void TimerWheel::advance(std::int64_t now_ms) {
    now_ms_ = std::max(now_ms_, now_ms);
    const std::int64_t target = now_ms_ / kTickMs;
    const std::int64_t first = std::max(tick_ + 1, target - static_cast<std::int64_t>(kSlotCount) + 1);
    tick_ = target;
    for (std::int64_t tick = first; tick <= target; ++tick) fire(slot(tick));
}

void TimerWheel::fire(Slot& slot) {
    Slot waiting;
    waiting.swap(slot);
    while (!waiting.empty()) {
        Entry& entry = waiting.front();
        waiting.pop_front();
        if (entry.due_tick_ <= tick_)
            entry.on_timer();
        else
            slot.push_back(entry);
    }
}

}  // namespace millrace
