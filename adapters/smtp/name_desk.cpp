#include "adapters/smtp/name_desk.hpp"

#include <utility>

namespace millrace::smtp {

NameDesk::~NameDesk() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void NameDesk::start() {
    for (std::size_t i = 0; i < kThreads; ++i) threads_.emplace_back(&NameDesk::run, this);
}

bool NameDesk::ask(const Address& address, Tell tell) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() == kWaitingMax) return false;
    waiting_.push_back({address, std::move(tell)});
    changed_.notify_one();
    return true;
}

void NameDesk::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
        if (is_stopping_) return;
        const Question next = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        next.tell(client_name(next.address, dns_));
    }
}

}  // namespace millrace::smtp
