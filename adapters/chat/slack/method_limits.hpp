#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "adapters/chat/slack/web_api.hpp"
#include "adapters/common/token_bucket.hpp"

namespace millrace::chat::slack {

// How fast each method may be called: by its tier, and not before Slack has asked for. Times are ms of any clock that
// does not go back. Not thread-safe.
class MethodLimits {
  public:
    // `posts_per_minute`: of chat.postMessage, which has no tier.
    MethodLimits(std::uint32_t posts_per_minute, std::int64_t now_ms) {
        for (std::size_t i = 0; i < kMethods; ++i) {
            const auto method = static_cast<Method>(i);
            const std::uint32_t tier = info_of(method).per_minute;
            const std::uint32_t rate = method == Method::post_message ? posts_per_minute : tier;
            if (rate != 0) buckets_[i].emplace(burst_of(rate), std::max(kMinuteMs / rate, std::int64_t{1}), now_ms);
        }
    }

    // When the next call may be made; not after `now_ms`: now.
    std::int64_t ready_at(Method method, std::int64_t now_ms) {
        auto& bucket = buckets_[static_cast<std::size_t>(method)];
        const std::int64_t held_until_ms = held_until_ms_[static_cast<std::size_t>(method)];
        if (!bucket || bucket->available(now_ms) > 0) return held_until_ms;
        return std::max(bucket->next_ms(), held_until_ms);
    }
    void take(Method method) {
        if (auto& bucket = buckets_[static_cast<std::size_t>(method)]) bucket->take(1);
    }
    void hold(Method method, std::int64_t until_ms) {
        std::int64_t& held_until_ms = held_until_ms_[static_cast<std::size_t>(method)];
        held_until_ms = std::max(held_until_ms, until_ms);
    }

  private:
    static constexpr std::int64_t kMinuteMs = 60'000;

    // At once: what comes in a sixth of a minute.
    static std::int64_t burst_of(std::uint32_t per_minute) { return std::max<std::int64_t>(per_minute / 6, 1); }

    std::array<std::optional<TokenBucket>, kMethods> buckets_;
    std::array<std::int64_t, kMethods> held_until_ms_{};
};

}  // namespace millrace::chat::slack
