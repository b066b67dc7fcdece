#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace millrace {

// How many of something each key may have in a period, all at once or spread over it. Keys that may have all again are
// forgotten; where there are too many others, new ones are let through. It has no clock. Not thread-safe.
template <class Key> class RateLimit {
  public:
    static constexpr std::size_t kKeysMax = 65'536;

    // `count` 0: any number.
    RateLimit(std::uint32_t count, std::int64_t period_ms)
        : period_us_(period_ms * 1000), interval_us_(count == 0 ? 0 : period_us_ / count) {}

    // Whether it may have one more, which it then has.
    bool take(const Key& key, std::int64_t now_ms) {
        if (interval_us_ == 0) return true;
        sweep(now_ms);
        const std::int64_t now_us = now_ms * 1000;
        const auto found = used_until_us_.find(key);
        if (found == used_until_us_.end()) {
            if (used_until_us_.size() < kKeysMax) used_until_us_.emplace(key, now_us + interval_us_);
            return true;
        }
        const std::int64_t until_us = std::max(found->second, now_us) + interval_us_;
        if (until_us - now_us > period_us_) return false;
        found->second = until_us;
        return true;
    }

    // Takes one in any case, perhaps of a later period. -> How long it is to wait for it.
    std::int64_t reserve(const Key& key, std::int64_t now_ms) {
        if (interval_us_ == 0) return 0;
        sweep(now_ms);
        const std::int64_t now_us = now_ms * 1000;
        if (used_until_us_.size() >= kKeysMax && !used_until_us_.contains(key)) return 0;
        std::int64_t& until_us = used_until_us_[key];
        until_us = std::max(until_us, now_us) + interval_us_;
        return std::max<std::int64_t>(until_us - now_us - period_us_ + 999, 0) / 1000;
    }

    // Whether it could not.
    bool is_used_up(const Key& key, std::int64_t now_ms) const {
        const auto found = used_until_us_.find(key);
        return found != used_until_us_.end() && found->second + interval_us_ - now_ms * 1000 > period_us_;
    }

  private:
    static constexpr std::int64_t kSweepMs = 1'000;

    void sweep(std::int64_t now_ms) {
        if (used_until_us_.size() < kKeysMax || now_ms - swept_at_ms_ < kSweepMs) return;
        std::erase_if(used_until_us_, [now_ms](const auto& each) { return each.second <= now_ms * 1000; });
        swept_at_ms_ = now_ms;
    }

    const std::int64_t period_us_;
    const std::int64_t interval_us_;  // What one takes of the period.
    std::unordered_map<Key, std::int64_t> used_until_us_;
    std::int64_t swept_at_ms_ = 0;
};

}  // namespace millrace
