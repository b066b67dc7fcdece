#include "gateway/core/restored_lanes.hpp"

namespace millrace {

void RestoredLanes::add(const std::string& scope, const std::string& consumer) {
    std::lock_guard lock(mutex_);
    waiting_.try_emplace({scope, consumer});
    count_.store(waiting_.size(), std::memory_order_relaxed);
}

bool RestoredLanes::wait(const std::string& scope, const std::string& consumer, std::function<void()> go_on) {
    if (count_.load(std::memory_order_relaxed) == 0) return false;
    std::lock_guard lock(mutex_);
    const auto found = waiting_.find({scope, consumer});
    if (found == waiting_.end()) return false;
    found->second.push_back(std::move(go_on));
    return true;
}

void RestoredLanes::remove(const std::string& scope, const std::string& consumer) {
    std::vector<std::function<void()>> waiting;
    {
        std::lock_guard lock(mutex_);
        const auto found = waiting_.find({scope, consumer});
        if (found == waiting_.end()) return;
        waiting = std::move(found->second);
        waiting_.erase(found);
        count_.store(waiting_.size(), std::memory_order_relaxed);
    }
    for (const auto& go_on : waiting) go_on();
}

}  // namespace millrace
