#include "gateway/core/pool.hpp"

namespace millrace {

void Pool::start() {
    while (threads_.size() < workers_) threads_.emplace_back([this] { run(); });
}

void Pool::submit(Job* job) {
    job->next = nullptr;
    {
        std::lock_guard lock(mutex_);
        (last_ ? last_->next : first_) = job;
        last_ = job;
    }
    filled_.notify_one();
}

void Pool::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    filled_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void Pool::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        filled_.wait(lock, [this] { return first_ || stopping_; });
        if (!first_) return;
        Job* job = first_;
        first_ = job->next;
        if (!first_) last_ = nullptr;
        lock.unlock();
        job->work();
        lock.lock();
    }
}

}  // namespace millrace
