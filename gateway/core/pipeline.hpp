#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/core/alarm.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/dead_letters.hpp"
#include "gateway/core/duplicates.hpp"
#include "gateway/core/loops.hpp"
#include "gateway/core/poison_journal.hpp"
#include "gateway/core/ports.hpp"
#include "gateway/core/restored_lanes.hpp"
#include "gateway/core/snapshot.hpp"
#include "gateway/core/spool.hpp"
#include "gateway/core/tap.hpp"
#include "gateway/core/waits.hpp"

// What all loops share. Nothing in it changes while they run, but for the numbers that are atomic.
// Thread: any.
namespace millrace {

// Numbers for messages, in blocks so that loops do not meet: unique, and growing from one start of the gateway to the
// next as the time in nanoseconds grows faster than messages can come.
class MessageIds {
  public:
    static constexpr std::uint64_t kBlock = 4096;

    explicit MessageIds(std::int64_t now_us) : next_(static_cast<std::uint64_t>(now_us) * 1000) {}

    std::uint64_t take_block() { return next_.fetch_add(kBlock, std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> next_;
};

struct Pipeline {
    Pipeline(const Config& config, const Clock& clock)
        : clock(clock), body_directory(config.state_dir.empty() ? "." : config.state_dir), message_ids(clock.now_us()),
          alarm(clock), first_(std::make_shared<Snapshot>(config, route_book)), snapshot_(first_) {}

    // What loops that attach from now on go by.
    SnapshotPtr snapshot() const {
        std::lock_guard lock(mutex_);
        return snapshot_;
    }
    void publish(SnapshotPtr next) {
        std::lock_guard lock(mutex_);
        snapshot_ = std::move(next);
    }

    // [control] Keeps it for as long as the gateway runs, whatever becomes of its plugin: what it has sent may outlive
    // it. `add_first`: one of the configuration that the gateway starts with, before any loop has attached.
    ConsumerHost& keep(std::unique_ptr<ConsumerHost> consumer) { return *consumers.emplace_back(std::move(consumer)); }
    ConsumerHost& add_first(std::unique_ptr<ConsumerHost> consumer) {
        ConsumerHost& kept = keep(std::move(consumer));
        first_->add(kept);
        return kept;
    }

    const Clock& clock;
    const std::string body_directory;
    RouteBook route_book;
    MessageIds message_ids;
    Alarm alarm;
    MemoryDeadLetters dead_letters;
    std::vector<std::unique_ptr<ConsumerHost>> consumers;  // [control] All generations of all there ever were.
    std::atomic<bool> is_draining{false};
    Waits waits;
    Ports ports{waits};
    Duplicates duplicates;
    Tap tap;
    RestoredLanes restored;
    std::optional<PoisonJournal> journal;  // Of what is on the disk: which of it is being handled. Before the spool.
    Loops loops;

    // Null where nothing is durable, until something is: then the same for all.
    spool::Spool* spool() const { return spool_.load(std::memory_order_acquire); }

    // [control] Null: at the end, when no loop is there any more.
    void set_spool(std::unique_ptr<spool::Spool> opened) {
        spool_.store(opened.get(), std::memory_order_release);
        opened_ = std::move(opened);
    }

  private:
    std::unique_ptr<spool::Spool> opened_;
    std::atomic<spool::Spool*> spool_{nullptr};
    mutable std::mutex mutex_;
    const std::shared_ptr<Snapshot> first_;
    SnapshotPtr snapshot_;
};

}  // namespace millrace
