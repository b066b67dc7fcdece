#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace millrace::sms {

// Responses that had replies in them, by the `event_key` of the message that they answered: a provider that never got
// the response asks again, and its second answer is to be the first (contract D9). The newest are remembered.
// Not thread-safe.
class GivenReplies {
  public:
    static constexpr std::size_t kMax = 10'000;
    static constexpr std::size_t kBytesMax = 16 << 20;

    void keep(const std::string& key, std::string body) {
        const auto [kept, is_new] = bodies_.try_emplace(key);
        bytes_ += body.size() - kept->second.size();
        kept->second = std::move(body);
        if (is_new) by_age_.push_back(key);
        while (by_age_.size() > kMax || bytes_ > kBytesMax) forget_oldest();
    }

    // Null: there was none.
    const std::string* find(const std::string& key) const {
        const auto found = bodies_.find(key);
        return found == bodies_.end() ? nullptr : &found->second;
    }

  private:
    void forget_oldest() {
        const auto oldest = bodies_.find(by_age_.front());
        bytes_ -= oldest->second.size();
        bodies_.erase(oldest);
        by_age_.pop_front();
    }

    std::unordered_map<std::string, std::string> bodies_;
    std::deque<std::string> by_age_;
    std::size_t bytes_ = 0;
};

}  // namespace millrace::sms
