#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

// When a connection to a network is made anew. No clock and no chance of its own: both are passed in. Not thread-safe.
namespace millrace::chat {

struct ReconnectPolicy {
    std::int64_t initial_ms = 1'000;  // After the first failure; doubled each time,
    std::int64_t max_ms = 300'000;    // up to this.
    std::int64_t settled_ms = 5'000;  // A connection that lived so long has succeeded: the next failure is a first one.
};

class Reconnect {
  public:
    explicit Reconnect(const ReconnectPolicy& policy) : policy_(policy) {}

    // The network has let the account in.
    void connected(std::int64_t now_ms) {
        connected_at_ms_ = now_ms;
        due_ms_.reset();
    }

    // The connection has ended, or could not be made. `chance` is any number, evenly distributed: the wait is between
    // half of what the policy says and all of it. `at_least_ms`: as long as the network asked for.
    void failed(std::int64_t now_ms, std::uint32_t chance, std::int64_t at_least_ms = 0) {
        if (connected_at_ms_ && now_ms - *connected_at_ms_ >= policy_.settled_ms) failures_ = 0;
        connected_at_ms_.reset();
        if (!stopped_.empty()) return;
        std::int64_t wait_ms = policy_.initial_ms;
        for (unsigned i = 0; i < failures_ && wait_ms < policy_.max_ms; ++i) wait_ms *= 2;
        ++failures_;
        wait_ms = std::min(wait_ms, policy_.max_ms);
        wait_ms = wait_ms / 2 + static_cast<std::int64_t>(chance) % (wait_ms / 2 + 1);
        due_ms_ = now_ms + std::max(wait_ms, at_least_ms);
    }

    // Trying again cannot help; `why` is for people, not empty.
    void stop(std::string why) {
        stopped_ = std::move(why);
        due_ms_.reset();
    }

    // When to try; nothing: there is a connection, or there will be none.
    std::optional<std::int64_t> due_ms() const { return due_ms_; }
    const std::string& stopped() const { return stopped_; }
    unsigned failures() const { return failures_; }

  private:
    ReconnectPolicy policy_;
    std::optional<std::int64_t> connected_at_ms_;
    std::optional<std::int64_t> due_ms_;
    std::string stopped_;
    unsigned failures_ = 0;
};

}  // namespace millrace::chat
