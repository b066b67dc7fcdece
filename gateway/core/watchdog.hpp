#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "gateway/base/clock.hpp"

// Notices handlers that hold a loop: an async handler that blocks stops every other scope of its loop, and nothing can
// interrupt it, so at least it is named (contract B3).
// Thread: its own; look() is for tests with a clock of their own.
namespace millrace {

class Dispatcher;
class Loops;

class Watchdog {
  public:
    static constexpr std::int64_t kHeldMax_us = 100'000;

    Watchdog(Loops& loops, const Clock& clock) : loops_(loops), clock_(clock) {}
    ~Watchdog() { stop(); }

    void start();
    void stop();

    // Looks once at every loop. A hold is reported once, to the log and to its consumer's count.
    void look();

  private:
    struct Sight {
        std::uint64_t hold = 0;
        std::int64_t since_us = 0;
        bool is_reported = false;
    };

    void look(Dispatcher& dispatcher);

    Loops& loops_;
    const Clock& clock_;
    std::unordered_map<const Dispatcher*, Sight> sights_;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool is_stopping_ = false;
    std::thread thread_;
};

}  // namespace millrace
