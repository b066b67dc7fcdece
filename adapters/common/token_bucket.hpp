#pragma once

#include <algorithm>
#include <cstdint>

// A rate limit that allows bursts. It has no clock; whoever owns it says what time it is, and a time that goes back
// counts as standing still. Not thread-safe.
namespace millrace {

class TokenBucket {
  public:
    // A burst is one second's worth. Full at first.
    TokenBucket(std::int64_t tokens_per_s, std::int64_t now_ms)
        : token_(1000), per_ms_(tokens_per_s), most_(tokens_per_s * 1000), level_(most_), filled_at_ms_(now_ms) {}

    // `burst` tokens at most, and one more each `interval_ms`. Full at first.
    TokenBucket(std::int64_t burst, std::int64_t interval_ms, std::int64_t now_ms)
        : token_(interval_ms), per_ms_(1), most_(burst * interval_ms), level_(most_), filled_at_ms_(now_ms) {}

    // Whole tokens that may be taken now.
    std::int64_t available(std::int64_t now_ms) {
        const std::int64_t passed_ms = std::clamp<std::int64_t>(now_ms - filled_at_ms_, 0, most_ / per_ms_);
        level_ = std::min(level_ + passed_ms * per_ms_, most_);
        filled_at_ms_ = std::max(filled_at_ms_, now_ms);
        return level_ / token_;
    }

    bool is_full(std::int64_t now_ms) { return available(now_ms) == most_ / token_; }

    // At most what is available.
    void take(std::int64_t tokens) { level_ -= tokens * token_; }
    // What was taken was not used.
    void give_back(std::int64_t tokens) { level_ = std::min(level_ + tokens * token_, most_); }

    // When there will be one, as seen at the last call of available(); that time itself where there is one.
    std::int64_t next_ms() const {
        const std::int64_t missing = std::max<std::int64_t>(token_ - level_, 0);
        return filled_at_ms_ + (missing + per_ms_ - 1) / per_ms_;
    }

  private:
    std::int64_t token_;   // In the units in which the level is counted,
    std::int64_t per_ms_;  // of which so many come with each ms,
    std::int64_t most_;    // up to so many.
    std::int64_t level_;
    std::int64_t filled_at_ms_;
};

}  // namespace millrace
