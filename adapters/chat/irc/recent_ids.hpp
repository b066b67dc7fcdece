#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_set>

// The latest message ids, to know those that come again in history. By their hash: that two of so few are the same is
// not to be expected.
namespace millrace::chat::irc {

class RecentIds {
  public:
    // False: it was there.
    bool add(std::string_view id) {
        const std::size_t hash = std::hash<std::string_view>()(id);
        if (!set_.insert(hash).second) return false;
        std::size_t& place = ring_[next_++ % ring_.size()];
        if (next_ > ring_.size()) set_.erase(place);
        place = hash;
        return true;
    }

  private:
    std::array<std::size_t, 4096> ring_{};
    std::size_t next_ = 0;
    std::unordered_set<std::size_t> set_;
};

}  // namespace millrace::chat::irc
