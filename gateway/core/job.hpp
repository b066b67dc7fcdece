#pragma once

#include <atomic>

// A piece of work that goes from one thread to another: to a pool's worker, back to a loop, or both.
namespace millrace {

struct Job {
    virtual ~Job() = default;

    // [worker] Does the blocking part.
    virtual void work() {}

    // [loop] Takes the result over. May delete the job.
    virtual void arrive() = 0;

    Job* next = nullptr;  // While it is in a queue.
};

// Where the jobs of other threads wait for one loop. Any thread pushes, one thread takes all.
class Inbox {
  public:
    // Whether it was empty, so that its reader has to be woken.
    bool push(Job* job) {
        Job* head = head_.load(std::memory_order_relaxed);
        do {
            job->next = head;
        } while (!head_.compare_exchange_weak(head, job, std::memory_order_release, std::memory_order_relaxed));
        return head == nullptr;
    }

    // All jobs, in the order in which they came, linked by `next`.
    Job* take() {
        Job* reversed = head_.exchange(nullptr, std::memory_order_acquire);
        Job* ordered = nullptr;
        while (reversed) {
            Job* rest = reversed->next;
            reversed->next = ordered;
            ordered = reversed;
            reversed = rest;
        }
        return ordered;
    }

    bool empty() const { return head_.load(std::memory_order_relaxed) == nullptr; }

  private:
    std::atomic<Job*> head_{nullptr};
};

}  // namespace millrace
