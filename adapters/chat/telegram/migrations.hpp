#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

namespace millrace::chat::telegram {

// Groups that have become supergroups, and so have an id of their own. The server says it
// again to whoever calls the old one. Not thread-safe.
class Migrations {
  public:
    static constexpr std::size_t kMax = 5'000;

    void put(const std::string& from, const std::string& to) {
        if (from == to) return;
        if (const auto old = now_.find(from); old != now_.end()) {
            const auto back = before_.find(old->second);
            if (back != before_.end() && back->second == from) before_.erase(back);
            now_.erase(old);
        }
        if (now_.size() >= kMax || now(to) == from) return;
        now_[from] = to;
        before_[to] = from;
    }

    // The id that a chat has now.
    std::string now(std::string chat) const { return last_of(now_, std::move(chat)); }
    // The id that it had at first.
    std::string first(std::string chat) const { return last_of(before_, std::move(chat)); }

  private:
    using Ids = std::unordered_map<std::string, std::string>;

    static std::string last_of(const Ids& ids, std::string chat) {
        for (auto found = ids.find(chat); found != ids.end(); found = ids.find(chat)) chat = found->second;
        return chat;
    }

    Ids now_;
    Ids before_;
};

}  // namespace millrace::chat::telegram
