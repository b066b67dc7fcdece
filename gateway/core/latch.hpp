#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

// Counts down what other threads have yet to do. Shared, so that it outlives a waiter that gave up. Thread: any.
namespace millrace {

class Latch {
  public:
    explicit Latch(std::size_t count) : count_(count) {}

    void count_down() {
        std::lock_guard lock(mutex_);
        if (--count_ == 0) done_.notify_all();
    }

    // Whether nothing is left to be done.
    bool wait_ms(std::int64_t duration_ms) {
        std::unique_lock lock(mutex_);
        return done_.wait_for(lock, std::chrono::milliseconds(duration_ms), [this] { return count_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t count_;
};

}  // namespace millrace
