#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace millrace::chat::slack {

// URLs that came with commands and interactions: what is posted there is said where they were used, also in rooms that
// the app is not in. Slack takes five within half an hour. They are secrets, and so have a name of their own here,
// which says nothing after a restart. Bounded; not thread-safe.
class ResponseUrls {
  public:
    static constexpr std::size_t kUrlsMax = 10'000;
    static constexpr std::int64_t kKeptMs = 29 * 60'000;
    static constexpr int kUses = 5;

    // -> Its name. `stamp` tells this start of the gateway from others.
    std::string keep(std::string url, std::string_view stamp, std::int64_t now_ms) {
        forget_old(now_ms);
        std::string name = std::string(stamp) + "-" + std::to_string(++last_);
        urls_.emplace(name, Kept{std::move(url), kUses});
        by_age_.emplace_back(now_ms, name);
        return name;
    }

    // Takes one of its uses. Empty: it has no more of them.
    std::string take(const std::string& name, std::int64_t now_ms) {
        forget_old(now_ms);
        const auto found = urls_.find(name);
        if (found == urls_.end() || found->second.uses == 0) return {};
        --found->second.uses;
        return found->second.url;
    }

  private:
    struct Kept {
        std::string url;
        int uses;
    };

    void forget_old(std::int64_t now_ms) {
        while (!by_age_.empty() && (now_ms - by_age_.front().first > kKeptMs || by_age_.size() > kUrlsMax)) {
            urls_.erase(by_age_.front().second);
            by_age_.pop_front();
        }
    }

    std::unordered_map<std::string, Kept> urls_;
    std::deque<std::pair<std::int64_t, std::string>> by_age_;
    std::uint64_t last_ = 0;
};

}  // namespace millrace::chat::slack
