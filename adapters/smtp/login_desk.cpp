#include "adapters/smtp/login_desk.hpp"

#include <utility>

namespace millrace::smtp {

LoginDesk::~LoginDesk() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        for (Case& each : waiting_) each.credentials.wipe();
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void LoginDesk::start() {
    if (!users_.are_none()) thread_ = std::thread(&LoginDesk::run, this);
}

bool LoginDesk::ask(Credentials credentials, std::function<void(bool)> tell) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() < kWaitingMax) {
            waiting_.push_back({std::move(credentials), std::move(tell)});
            changed_.notify_one();
            return true;
        }
    }
    credentials.wipe();
    return false;
}

void LoginDesk::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
        if (is_stopping_) return;
        Case next = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        const bool is_right = users_.verify(next.credentials);
        next.credentials.wipe();
        next.tell(is_right);
    }
}

}  // namespace millrace::smtp
