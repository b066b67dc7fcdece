#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/core/spool_facts.hpp"

// How much the spool may hold, and why it takes nothing more at a time. Room is taken before something is handed to the
// writer, so that nobody waits for a "no"; what deliveries come to in the end, dead letters too, needs none, so a flood
// cannot refuse it. A spool without room only refuses: what it holds it has said yes to.
// Thread: any.
namespace millrace::spool {

struct Limits {
    std::int64_t messages = 10'000'000;
    std::int64_t bytes = std::int64_t{16} << 30;
    std::int64_t age_us = 0;                               // Of the oldest that is still to be delivered; 0: any.
    std::int64_t disk_free_bytes = std::int64_t{1} << 28;  // The low-water mark: what stays for what needs no room.
};

enum class Refusal { none, messages, bytes, age, disk, broken };
inline constexpr std::array<std::string_view, 6> kRefusalNames = {"none", "messages", "bytes", "age", "disk", "broken"};

struct Share {
    std::int64_t messages = 0;
    std::int64_t bytes = 0;
};

class Room {
  public:
    Room(std::string directory, const Limits& limits) : directory_(std::move(directory)), limits_(limits) {}

    // Takes it, or says why not, and counts that. An empty spool takes one message that is larger than its limit.
    Refusal take(Share share);
    void give(Share share);

    // [writer] What there is now, behind a commit.
    void set_stored(const Totals& totals);

    // [writer] Looks at the disk, and at the age of the oldest, 0 where there is none.
    void look(std::int64_t oldest_us, std::int64_t now_us);
    void set_disk_full() { is_disk_low_.store(true, std::memory_order_relaxed); }
    void set_broken() { is_broken_.store(true, std::memory_order_relaxed); }

    Share used() const;

    // Why it takes not even a small one just now.
    Refusal refusal() const;

    std::uint64_t refused(Refusal why) const {
        return refused_[static_cast<std::size_t>(why)].load(std::memory_order_relaxed);
    }

  private:
    Refusal why_not(Share share, Share all) const;

    const std::string directory_;
    const Limits limits_;
    std::atomic<std::int64_t> stored_messages_{0};
    std::atomic<std::int64_t> stored_bytes_{0};
    std::atomic<std::int64_t> taken_messages_{0};
    std::atomic<std::int64_t> taken_bytes_{0};
    std::atomic<bool> is_disk_low_{false};
    std::atomic<bool> is_too_old_{false};
    std::atomic<bool> is_broken_{false};
    std::array<std::atomic<std::uint64_t>, kRefusalNames.size()> refused_{};
};

}  // namespace millrace::spool
