#include "gateway/core/pool.hpp"

#include <chrono>
#include <utility>

namespace millrace {

Pool::~Pool() {
    stop(0);
    join();
    while (first_) delete std::exchange(first_, first_->next);
}

void Pool::start() {
    while (threads_.size() < workers_) {
        threads_.emplace_back([this] { run(); });
        std::lock_guard lock(mutex_);
        ++running_;
    }
}

void Pool::submit(Job* job) {
    job->next = nullptr;
    bool wakes = false;
    {
        std::lock_guard lock(mutex_);
        (last_ ? last_->next : first_) = job;
        last_ = job;
        wakes = begin_to_wake();
    }
    if (wakes) filled_.notify_one();
}

bool Pool::begin_to_wake() {
    const bool wakes = first_ && idle_ != 0 && !is_waking_;
    is_waking_ |= wakes;
    return wakes;
}

std::size_t Pool::stop(std::int64_t within_ms) {
    {
        std::unique_lock lock(mutex_);
        stopping_ = true;
        filled_.notify_all();
        ended_.wait_for(lock, std::chrono::milliseconds(within_ms), [this] { return running_ == 0; });
        if (running_ != 0) return running_;
    }
    join();
    return 0;
}

void Pool::join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void Pool::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        while (!first_ && !stopping_) {
            ++idle_;
            filled_.wait(lock);
            --idle_;
            is_waking_ = false;
        }
        if (!first_) break;
        Job* job = first_;
        first_ = job->next;
        if (!first_) last_ = nullptr;
        const bool wakes = begin_to_wake();
        lock.unlock();
        if (wakes) filled_.notify_one();
        job->work();
        lock.lock();
    }
    --running_;
    ended_.notify_one();
}

}  // namespace millrace
