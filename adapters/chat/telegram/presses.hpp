#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::chat::telegram {

// Buttons that were pressed: until the bot answers, the person's app shows that it waits. They are answered when the
// class of the update is met, and where that takes long before, as the server takes no answer after a short while.
// Not thread-safe.
class Presses {
  public:
    static constexpr std::int64_t kPatienceMs = 3'000;

    // `id`: of the callback query. Again: nothing happens.
    void begin(std::string id, std::int64_t now_ms) {
        if (find(id) == open_.end()) open_.push_back({std::move(id), now_ms + kPatienceMs});
    }

    // Its update has met its class.
    void end(std::string_view id) {
        const auto it = find(id);
        if (it == open_.end()) return;
        it->due_ms = INT64_MIN;
        std::rotate(open_.begin(), it, it + 1);
    }

    // That is to be answered now; null: none is. Valid until answered(), which forgets it.
    const std::string* due(std::int64_t now_ms) const {
        return open_.empty() || open_.front().due_ms > now_ms ? nullptr : &open_.front().id;
    }
    void answered() { open_.pop_front(); }

  private:
    struct Press {
        std::string id;
        std::int64_t due_ms;
    };
    std::deque<Press>::iterator find(std::string_view id) { return std::ranges::find(open_, id, &Press::id); }

    std::deque<Press> open_;  // In the order in which they are due.
};

}  // namespace millrace::chat::telegram
