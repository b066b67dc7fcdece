#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <thread>

#include "gateway/base/clock.hpp"
#include "gateway/core/alarm.hpp"
#include "gateway/core/job.hpp"

// One thread on which scopes live: an adapter's I/O thread that attached itself. It has an inbox for what other threads
// have for it, and timers. What it runs is set by the dispatcher that owns it.
// Thread: the loop's own; post and wake from any.
namespace millrace {

class ConsumerHost;

class Loop {
  public:
    using Timers = std::multimap<std::int64_t, std::function<void()>>;
    using Timer = Timers::iterator;

    // `wake_up` asks the thread to call run() soon; callable from any thread.
    Loop(std::uint16_t index, const Clock& clock, Alarm& alarm, std::function<void()> wake_up);
    ~Loop();

    std::uint16_t index() const { return index_; }
    const Clock& clock() const { return clock_; }
    bool is_current() const { return std::this_thread::get_id() == thread_; }

    // [any] Has job->arrive() called on the loop. Whether it will: nothing comes to a loop that was left, and the job
    // is still the caller's.
    [[nodiscard]] bool post(Job* job);

    // [any] Has `action` called on the loop. For control, not for the hot path. Whether it will.
    bool post(std::function<void()> action);

    // Runs what has come, and takes nothing any more.
    void leave();

    // [any] Asks for a run; several before it are one.
    void wake();

    // Calls `action` at `due_us` (steady time), unless it is cancelled before.
    Timer at(std::int64_t due_us, std::function<void()> action);
    void cancel(Timer timer) { timers_.erase(timer); }

    // Whose handler runs on this thread, for those who watch from others: each is a hold with a number of its own.
    struct Hold {
        std::uint64_t number = 0;
        ConsumerHost* by = nullptr;
    };
    Hold hold() const { return {holds_.load(std::memory_order_relaxed), held_by_.load(std::memory_order_relaxed)}; }
    void begin_hold(ConsumerHost& consumer) {
        holds_.store(holds_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        held_by_.store(&consumer, std::memory_order_relaxed);
    }
    void end_hold() { held_by_.store(nullptr, std::memory_order_relaxed); }

    // What came from other threads, and the timers that are due. The rest of a crowd of jobs comes with the next run,
    // so that the thread's sockets have their turn between.
    void run();

  private:
    void take_jobs();

    const std::uint16_t index_;
    const Clock& clock_;
    Alarm& alarm_;
    const std::function<void()> wake_up_;
    const std::thread::id thread_ = std::this_thread::get_id();
    Inbox inbox_;
    Job* jobs_ = nullptr;  // Taken out of it, not arrived yet.
    std::atomic<bool> woken_{false};
    std::atomic<std::uint64_t> holds_{0};
    std::atomic<ConsumerHost*> held_by_{nullptr};
    Timers timers_;
    std::int64_t alarm_us_ = 0;  // What the alarm is set to; 0: nothing.
};

}  // namespace millrace
