#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/core/job.hpp"

// The worker threads of one consumer: where its sync handlers and its offloaded work run, and may block. One pool never
// waits for another's.
// Thread: submit from any; start and stop from the control thread.
namespace millrace {

class Pool {
  public:
    explicit Pool(std::uint32_t workers) : workers_(workers) {}
    // Joins every worker, however long its job takes. Jobs that came after the workers had ended are deleted.
    ~Pool();

    // A failure of the system to give threads is thrown (std::system_error).
    void start();

    // Has job->work() called on a worker, first come, first served.
    void submit(Job* job);

    // Lets the workers end after the jobs that were submitted, and returns how many have not done so within this time.
    // With 0 they are all joined. May be called again.
    std::size_t stop(std::int64_t within_ms);

  private:
    void run();
    void join();
    // [locked] Whether to notify a worker: where there is work, and nobody is on the way to it. Who comes takes a job
    // and sees to the next, so that a burst does not wake them all for what one of them does as well.
    bool begin_to_wake();

    const std::uint32_t workers_;
    std::mutex mutex_;
    std::condition_variable filled_;
    Job* first_ = nullptr;
    Job* last_ = nullptr;
    std::condition_variable ended_;
    std::size_t running_ = 0;  // Workers that have not ended.
    std::size_t idle_ = 0;     // Those of them that wait for a job.
    bool is_waking_ = false;   // One of these was notified, and is not there yet.
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace millrace
