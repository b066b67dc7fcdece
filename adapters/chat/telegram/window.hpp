#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace millrace::chat::telegram {

// At most `count` things within any `span_ms`, as a network counts that says "so many a minute": a bucket that is full
// at first would let twice as many through in its first minute. Not thread-safe.
class Window {
  public:
    Window(std::size_t count, std::int64_t span_ms) : count_(count), span_ms_(span_ms) {}

    // One happens.
    void add(std::int64_t now_ms) {
        forget_old(now_ms);
        times_.push_back(now_ms);
    }
    // When the next one may; now or before: at once.
    std::int64_t next_ms(std::int64_t now_ms) {
        forget_old(now_ms);
        return times_.size() < count_ ? now_ms : times_[times_.size() - count_] + span_ms_;
    }
    bool is_empty(std::int64_t now_ms) {
        forget_old(now_ms);
        return times_.empty();
    }

  private:
    void forget_old(std::int64_t now_ms) {
        while (!times_.empty() && times_.front() + span_ms_ <= now_ms) times_.pop_front();
    }

    std::size_t count_;
    std::int64_t span_ms_;
    std::deque<std::int64_t> times_;
};

}  // namespace millrace::chat::telegram
