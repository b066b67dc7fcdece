#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_set>

namespace millrace::sms {

// A set of names that forgets the oldest. Not thread-safe.
class NewestNames {
  public:
    explicit NewestNames(std::size_t max) : max_(max) {}

    void add(const std::string& name) {
        if (!names_.insert(name).second) return;
        by_age_.push_back(name);
        for (; by_age_.size() > max_; by_age_.pop_front()) names_.erase(by_age_.front());
    }
    // Whether it was there.
    bool erase(const std::string& name) { return names_.erase(name) != 0; }
    bool contains(const std::string& name) const { return names_.contains(name); }

    // The oldest first.
    template <class Take> void each(Take take) const {
        for (const std::string& name : by_age_) {
            if (names_.contains(name)) take(name);
        }
    }

  private:
    const std::size_t max_;
    std::unordered_set<std::string> names_;
    std::deque<std::string> by_age_;  // Also of some that were erased.
};

}  // namespace millrace::sms
