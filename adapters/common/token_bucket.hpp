#pragma once

#include <algorithm>
#include <cstdint>

// A rate limit that allows bursts of one second's worth. It has no clock; whoever owns it says what time it is, and a
// time that goes back counts as standing still. Not thread-safe.
namespace millrace {

class TokenBucket {
  public:
    // Full at first.
    TokenBucket(std::int64_t tokens_per_s, std::int64_t now_ms)
        : tokens_per_s_(tokens_per_s), thousandths_(tokens_per_s * 1000), filled_at_ms_(now_ms) {}

    // Whole tokens that may be taken now.
    std::int64_t available(std::int64_t now_ms) {
        const std::int64_t passed_ms = std::clamp<std::int64_t>(now_ms - filled_at_ms_, 0, 1000);
        thousandths_ = std::min(thousandths_ + passed_ms * tokens_per_s_, tokens_per_s_ * 1000);
        filled_at_ms_ = std::max(filled_at_ms_, now_ms);
        return thousandths_ / 1000;
    }

    // At most what is available.
    void take(std::int64_t tokens) { thousandths_ -= tokens * 1000; }

    // When there will be one, as seen at the last call of available(); that time itself where there is one.
    std::int64_t next_ms() const {
        const std::int64_t missing = std::max<std::int64_t>(1000 - thousandths_, 0);
        return filled_at_ms_ + (missing + tokens_per_s_ - 1) / tokens_per_s_;
    }

  private:
    std::int64_t tokens_per_s_;
    std::int64_t thousandths_;
    std::int64_t filled_at_ms_;
};

}  // namespace millrace
