#include "gateway/core/alarm.hpp"

#include <algorithm>
#include <chrono>

#include "gateway/core/loop.hpp"

namespace millrace {

void Alarm::start() {
    thread_ = std::thread([this] { run(); });
}

void Alarm::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Alarm::set(Loop& loop, std::int64_t due_us) {
    {
        std::lock_guard lock(mutex_);
        due_us_[&loop] = due_us;
    }
    changed_.notify_one();
}

void Alarm::forget(Loop& loop) {
    std::lock_guard lock(mutex_);
    due_us_.erase(&loop);
}

void Alarm::fire() {
    std::lock_guard lock(mutex_);
    fire_due();
}

void Alarm::fire_due() {
    std::erase_if(due_us_, [now = clock_.steady_us()](const auto& entry) {
        if (entry.second > now) return false;
        entry.first->wake();
        return true;
    });
}

void Alarm::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        fire_due();
        auto earliest = std::ranges::min_element(due_us_, {}, [](const auto& entry) { return entry.second; });
        if (earliest == due_us_.end()) {
            changed_.wait(lock);
        } else {
            changed_.wait_for(lock, std::chrono::microseconds(earliest->second - clock_.steady_us()));
        }
    }
}

}  // namespace millrace
