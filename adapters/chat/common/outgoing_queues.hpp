#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "adapters/common/token_bucket.hpp"

// What waits to leave for a network: a line for each conversation, and one rate for all of the account. A conversation
// that is slow, held back or full delays no other: whoever has something to send and may has its turn, one after the
// other. Within a conversation the order stays, also of what is tried again.
//
// It has no clock: times are passed in, in ms of any clock that does not go back. Not thread-safe.
namespace millrace::chat {

// `burst` at once, then one each `interval_ms`.
struct Pace {
    std::uint32_t burst = 1;
    std::uint32_t interval_ms = 1;
};

struct QueueLimits {
    std::size_t items;  // In one conversation.
    std::size_t bytes;  // In one conversation. One item may pass it, where there is no other.
    std::size_t conversations = 4096;
};

template <class Item> class OutgoingQueues {
  public:
    enum class Push { taken, full };

    // `each`: how often one conversation may; nothing: as often as the account.
    OutgoingQueues(QueueLimits limits, Pace account, std::optional<Pace> each, std::int64_t now_ms)
        : limits_(limits), each_(each), account_(account.burst, account.interval_ms, now_ms) {}

    Push push(std::string_view conversation, Item item, std::size_t bytes, std::int64_t now_ms) {
        if (lines_.size() >= limits_.conversations && !find(conversation)) {
            forget_idle(now_ms);
            if (lines_.size() >= limits_.conversations) return Push::full;
        }
        const Line& line = line_of(conversation, now_ms);
        const bool is_full =
            line.waiting.size() >= limits_.items || (!line.waiting.empty() && line.bytes + bytes > limits_.bytes);
        if (is_full) return Push::full;
        add(conversation, std::move(item), bytes, now_ms);
        return Push::taken;
    }
    // Whatever waits already: for what somebody else bounds.
    void add(std::string_view conversation, Item item, std::size_t bytes, std::int64_t now_ms) {
        Line& line = line_of(conversation, now_ms);
        line.waiting.push_back({std::move(item), bytes});
        line.bytes += bytes;
        ++size_;
        bytes_ += bytes;
    }

    // The next that may leave now; null: none may. A token is spent, and its conversation has no other turn, until
    // ended(), again() or not_yet() is called for it. Valid until then.
    Item* take(std::int64_t now_ms) {
        return take(now_ms, [](const Item&) { return true; });
    }
    // The next of those that `may` says yes to. The others keep their turn.
    template <class May> Item* take(std::int64_t now_ms, May may) {
        if (size_ == 0 || now_ms < held_until_ms_ || account_.available(now_ms) == 0) return nullptr;
        for (auto it = lines_.begin(); it != lines_.end(); ++it) {
            if (ready_at(*it, now_ms) > now_ms || !may(std::as_const(it->waiting.front().item))) continue;
            if (it->bucket) it->bucket->take(1);
            account_.take(1);
            it->is_busy = true;
            after_taken_ = std::next(it);
            lines_.splice(lines_.end(), lines_, it);
            taken_ = &lines_.back();
            return &taken_->waiting.front().item;
        }
        return nullptr;
    }

    // The conversation that the last take() was of.
    const std::string& taken() const { return taken_->name; }

    // What was taken has left, or never will.
    void ended(std::string_view conversation) {
        Line* line = find(conversation);
        if (!line || !line->is_busy) return;
        line->is_busy = false;
        forget_first(*line);
    }

    // What was taken keeps its place, and is due at `at_ms`.
    void again(std::string_view conversation, std::int64_t at_ms) {
        Line* line = find(conversation);
        if (!line || !line->is_busy) return;
        line->is_busy = false;
        line->held_until_ms = std::max(line->held_until_ms, at_ms);
    }

    // What was taken last cannot leave before `at_ms`, through no fault of its conversation, which has its turn and its
    // token back. Nothing else may be called since.
    void not_yet(std::int64_t at_ms) {
        Line& line = *taken_;
        line.is_busy = false;
        line.held_until_ms = std::max(line.held_until_ms, at_ms);
        if (line.bucket) line.bucket->give_back(1);
        account_.give_back(1);
        lines_.splice(after_taken_, lines_, by_name_.find(line.name)->second);
    }

    // Null: nothing waits there.
    Item* first(std::string_view conversation) {
        Line* line = find(conversation);
        return !line || line->waiting.empty() ? nullptr : &line->waiting.front().item;
    }
    // The first that waits is forgotten.
    void skip(std::string_view conversation) {
        Line* line = find(conversation);
        if (!line || line->waiting.empty()) return;
        line->is_busy = false;
        forget_first(*line);
    }

    // Nothing of it, or of any, leaves before then, as a network asks with Retry-After.
    void hold(std::string_view conversation, std::int64_t until_ms, std::int64_t now_ms) {
        Line& line = line_of(conversation, now_ms);
        line.held_until_ms = std::max(line.held_until_ms, until_ms);
    }
    // It may leave again.
    void release(std::string_view conversation) {
        if (Line* line = find(conversation)) line->held_until_ms = INT64_MIN;
    }
    void hold_all(std::int64_t until_ms) { held_until_ms_ = std::max(held_until_ms_, until_ms); }

    // When take() is to be asked next; nothing: not before something is pushed, or what is taken has come to its end.
    std::optional<std::int64_t> next_ms(std::int64_t now_ms) {
        std::optional<std::int64_t> next;
        for (Line& line : lines_) {
            const std::int64_t at_ms = ready_at(line, now_ms);
            if (at_ms != kNever) next = std::min(next.value_or(at_ms), at_ms);
        }
        if (!next) return next;
        account_.available(now_ms);
        return std::max({*next, held_until_ms_, account_.next_ms()});
    }

    // All that waits in a conversation is handed to `drop`, what is taken too, and forgotten.
    template <class Drop> void drop(std::string_view conversation, Drop drop) {
        Line* line = find(conversation);
        if (!line) return;
        line->is_busy = false;
        while (!line->waiting.empty()) {
            drop(line->waiting.front().item);
            forget_first(*line);
        }
    }
    template <class Drop> void drop_all(Drop drop_one) {
        for (Line& line : lines_) drop(line.name, drop_one);
    }

    // Conversations that have nothing to send, and could send all that they may, are forgotten.
    void forget_idle(std::int64_t now_ms) {
        for (auto it = lines_.begin(); it != lines_.end();) {
            const bool is_full = !it->bucket || it->bucket->available(now_ms) == each_->burst;
            if (!it->waiting.empty() || it->held_until_ms > now_ms || !is_full) {
                ++it;
                continue;
            }
            by_name_.erase(it->name);
            it = lines_.erase(it);
        }
    }

    // What waits in a conversation, and what is taken of it.
    std::size_t waiting(std::string_view conversation) const {
        const auto found = by_name_.find(conversation);
        return found == by_name_.end() ? 0 : found->second->waiting.size();
    }

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    std::size_t bytes() const { return bytes_; }
    std::size_t conversations() const { return lines_.size(); }

  private:
    static constexpr std::int64_t kNever = INT64_MAX;

    struct Waiting {
        Item item;
        std::size_t bytes;
    };
    struct Line {
        std::string name;
        std::deque<Waiting> waiting;
        std::size_t bytes = 0;
        std::int64_t held_until_ms = INT64_MIN;
        std::optional<TokenBucket> bucket;
        bool is_busy = false;
    };

    std::int64_t ready_at(Line& line, std::int64_t now_ms) {
        if (line.is_busy || line.waiting.empty()) return kNever;
        std::int64_t at_ms = std::max(now_ms, line.held_until_ms);
        if (line.bucket && line.bucket->available(now_ms) == 0) at_ms = std::max(at_ms, line.bucket->next_ms());
        return at_ms;
    }

    Line* find(std::string_view name) {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : &*found->second;
    }

    Line& line_of(std::string_view name, std::int64_t now_ms) {
        if (Line* line = find(name)) return *line;
        Line& line = lines_.emplace_back();
        line.name = name;
        if (each_) line.bucket.emplace(each_->burst, each_->interval_ms, now_ms);
        by_name_.emplace(line.name, std::prev(lines_.end()));
        return line;
    }

    void forget_first(Line& line) {
        line.bytes -= line.waiting.front().bytes;
        bytes_ -= line.waiting.front().bytes;
        --size_;
        line.waiting.pop_front();
    }

    QueueLimits limits_;
    std::optional<Pace> each_;
    TokenBucket account_;
    std::int64_t held_until_ms_ = INT64_MIN;
    std::list<Line> lines_;  // Whose turn it was last stands last.
    std::unordered_map<std::string_view, typename std::list<Line>::iterator> by_name_;  // By their own name.
    Line* taken_ = nullptr;
    typename std::list<Line>::iterator after_taken_{};  // Before which it stood.
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace millrace::chat
