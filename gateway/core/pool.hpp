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
    ~Pool() { stop(); }

    // A failure of the system to give threads is thrown (std::system_error).
    void start();

    // Has job->work() called on a worker, first come, first served.
    void submit(Job* job);

    // After the jobs that were submitted. Joins every worker.
    void stop();

  private:
    void run();

    const std::uint32_t workers_;
    std::mutex mutex_;
    std::condition_variable filled_;
    Job* first_ = nullptr;
    Job* last_ = nullptr;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace millrace
