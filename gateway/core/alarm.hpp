#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

#include "gateway/base/clock.hpp"

// Wakes loops when a timer of theirs is due, since an adapter runs its loop only when it is woken. Idle costs nothing:
// the thread sleeps until the earliest deadline there is. Thread: any.
namespace millrace {

class Loop;

class Alarm {
  public:
    explicit Alarm(const Clock& clock) : clock_(clock) {}
    ~Alarm() { stop(); }

    // Starts the thread that calls fire(). Tests with a clock of their own call fire() themselves.
    void start();
    void stop();

    // Wakes `loop` at `due_us` (steady time), once. Replaces what was set for it before.
    void set(Loop& loop, std::int64_t due_us);

    // Never wakes `loop` again.
    void forget(Loop& loop);

    // Wakes every loop whose time has come.
    void fire();

  private:
    void run();
    void fire_due();

    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<Loop*, std::int64_t> due_us_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace millrace
