#include "gateway/core/spool_room.hpp"

#include <sys/statvfs.h>

namespace millrace::spool {
namespace {

constexpr std::uint64_t kFilesFree = 64;  // Inodes: a spool without any cannot even open its log.

}  // namespace

Refusal Room::take(Share share) {
    taken_messages_.fetch_add(share.messages, std::memory_order_relaxed);
    taken_bytes_.fetch_add(share.bytes, std::memory_order_relaxed);
    const Refusal why = why_not(share, used());
    if (why != Refusal::none) {
        give(share);
        refused_[static_cast<std::size_t>(why)].fetch_add(1, std::memory_order_relaxed);
    }
    return why;
}

Refusal Room::refusal() const {
    Share all = used();
    ++all.messages;
    return why_not({1, 0}, all);
}

Refusal Room::why_not(Share share, Share all) const {
    if (is_broken_.load(std::memory_order_relaxed)) return Refusal::broken;
    if (is_disk_low_.load(std::memory_order_relaxed)) return Refusal::disk;
    if (is_too_old_.load(std::memory_order_relaxed)) return Refusal::age;
    if (all.messages > limits_.messages) return Refusal::messages;
    if (all.bytes > limits_.bytes && all.bytes > share.bytes) return Refusal::bytes;
    return Refusal::none;
}

void Room::give(Share share) {
    taken_messages_.fetch_sub(share.messages, std::memory_order_relaxed);
    taken_bytes_.fetch_sub(share.bytes, std::memory_order_relaxed);
}

void Room::set_stored(const Totals& totals) {
    stored_messages_.store(totals.messages, std::memory_order_relaxed);
    stored_bytes_.store(totals.bytes, std::memory_order_relaxed);
}

void Room::look(std::int64_t oldest_us, std::int64_t now_us) {
    is_too_old_.store(limits_.age_us > 0 && oldest_us > 0 && now_us - oldest_us > limits_.age_us,
                      std::memory_order_relaxed);
    struct statvfs disk {};
    if (::statvfs(directory_.c_str(), &disk) != 0) return;
    const auto free_bytes = static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize);
    const bool has_files = disk.f_files == 0 || disk.f_favail >= kFilesFree;
    is_disk_low_.store(free_bytes < limits_.disk_free_bytes || !has_files, std::memory_order_relaxed);
}

Share Room::used() const {
    return {stored_messages_.load(std::memory_order_relaxed) + taken_messages_.load(std::memory_order_relaxed),
            stored_bytes_.load(std::memory_order_relaxed) + taken_bytes_.load(std::memory_order_relaxed)};
}

}  // namespace millrace::spool
