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
    enum class Pushed {
        first,   // It was empty: its reader has to be woken.
        behind,  // Others.
        not_at_all,
    };

    Pushed push(Job* job) {
        Job* head = head_.load(std::memory_order_relaxed);
        do {
            if (head == closed()) return Pushed::not_at_all;
            job->next = head;
        } while (!head_.compare_exchange_weak(head, job, std::memory_order_release, std::memory_order_relaxed));
        return head ? Pushed::behind : Pushed::first;
    }

    // All jobs, in the order in which they came, linked by `next`.
    Job* take() {
        Job* reversed = head_.load(std::memory_order_relaxed);
        if (!reversed || reversed == closed()) return nullptr;
        reversed = head_.exchange(nullptr, std::memory_order_acquire);
        Job* ordered = nullptr;
        while (reversed) {
            Job* rest = reversed->next;
            reversed->next = ordered;
            ordered = reversed;
            reversed = rest;
        }
        return ordered;
    }

    // Takes nothing any more. Not while there are jobs in it: whether it did.
    bool close() {
        Job* none = nullptr;
        return head_.compare_exchange_strong(none, closed(), std::memory_order_acq_rel) || none == closed();
    }

    bool empty() const { return head_.load(std::memory_order_relaxed) == nullptr; }

  private:
    Job* closed() { return reinterpret_cast<Job*>(this); }

    std::atomic<Job*> head_{nullptr};
};

}  // namespace millrace
