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

    void keep(const std::string& key, std::string body) {
        if (!bodies_.insert_or_assign(key, std::move(body)).second) return;
        by_age_.push_back(key);
        for (; by_age_.size() > kMax; by_age_.pop_front()) bodies_.erase(by_age_.front());
    }

    // Null: there was none.
    const std::string* find(const std::string& key) const {
        const auto found = bodies_.find(key);
        return found == bodies_.end() ? nullptr : &found->second;
    }

  private:
    std::unordered_map<std::string, std::string> bodies_;
    std::deque<std::string> by_age_;
};

}  // namespace millrace::sms
