#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/core/job.hpp"
#include "gateway/core/spool_room.hpp"
#include "gateway/core/spool_store.hpp"

// Durable delivery: what was accepted, and everything that follows from it, on the disk.
//
// Requests come from any thread and wait in a list without a lock for the one writer thread. What has come while the
// last group was synced is the next group: one transaction, one sync, and then all of its requests are finished
// together.
// An answer is therefore never given before the sync. When a read, a write or a sync fails, nothing is answered any
// more: the spool is broken, says why, and stays so until it is opened anew.
namespace millrace::spool {

// Something that is to be done in one transaction. The submitter makes it, and owns it again when it is finished.
class Request : public Job {
  public:
    enum class Outcome {
        committed,  // On the disk.
        refused,    // The disk was full, and only what enters is refused. Nothing of it was done.
        broken,     // The spool is broken. It may or may not be on the disk; nobody may say that it is.
    };

    // [writer] Does it. Where its group is undone it is called once more, and starts from the beginning.
    virtual void apply(Store& store) = 0;

    // [writer] `outcome` is set. Usually posts itself to a loop, where arrive() goes on. May delete itself.
    virtual void finished() = 0;

    // Whether it brings something new in, and may be refused; what is not waits until the disk has room again.
    virtual bool is_intake() const { return false; }

    Outcome outcome = Outcome::committed;
    Share room;  // What the submitter has taken for it; given back behind the commit.
};

// Numbers in classes that double: class n counts those below 2^n.
class Histogram {
  public:
    static constexpr std::size_t kClasses = 32;

    struct Counts {
        std::array<std::uint64_t, kClasses> of{};
        std::uint64_t sum = 0;
    };

    void add(std::uint64_t value);
    Counts counts() const;
    std::uint64_t count(std::size_t n) const { return counts_[n].load(std::memory_order_relaxed); }
    std::uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }

  private:
    std::array<std::atomic<std::uint64_t>, kClasses> counts_{};
    std::atomic<std::uint64_t> sum_{0};
};

struct Settings {
    std::string directory = {};  // In state_dir.
    Limits limits = {};
    Keeping keeping{.duplicates_us = 86'400'000'000,
                    .duplicates = 1'000'000,
                    .letters_us = 30 * 86'400'000'000,
                    .letter_bytes = std::int64_t{1} << 30};
};

// Thread: any, unless said otherwise.
class Spool {
  public:
    // [start] Opens it and starts its writer.
    static Result<std::unique_ptr<Spool>> open(Settings settings, const Clock& clock);

    // Everything that was submitted is finished first. Nobody may submit any more.
    ~Spool();

    // Room is to be taken before what needs it is submitted.
    Room& room() { return room_; }
    const Room& room() const { return room_; }

    // Those of one thread are done in their order, whatever their groups.
    void submit(Request* request);

    // To be called about once a second: looks at the disk and at the age of the oldest message, tries again what waits
    // for room, and forgets what is kept no longer.
    void tend();

    // Why it is broken; empty: it is not. Readiness follows it.
    std::string broken() const;

    // What it holds, as of the last commit.
    std::int64_t messages() const { return room_.used().messages; }
    std::int64_t bytes() const { return room_.used().bytes; }
    std::int64_t deliveries() const { return deliveries_.load(std::memory_order_relaxed); }
    std::int64_t letters() const { return letters_.load(std::memory_order_relaxed); }      // Dead ones.
    std::int64_t oldest_us() const { return oldest_us_.load(std::memory_order_relaxed); }  // As of the last tend().
    std::int64_t damaged() const { return damaged_.load(std::memory_order_relaxed); }      // Rows put aside, likewise.
    const Histogram& commit_us() const { return commit_us_; }    // How long a group takes, its sync included,
    const Histogram& group_size() const { return group_size_; }  // and how many requests it has.

  private:
    class Tending;

    Spool(Settings settings, const Clock& clock, std::unique_ptr<Store> store);
    void run();
    std::size_t take_group();
    bool run_group();
    void finish_group(std::size_t size, Request::Outcome outcome);
    void refuse_intake(std::size_t size);
    void break_down(const Fault& fault);
    void wake();

    const Settings settings_;
    const Clock& clock_;
    std::unique_ptr<Store> store_;
    Room room_;
    Inbox inbox_;
    std::atomic<std::uint32_t> wakes_{0};
    std::atomic<bool> is_stopping_{false};
    std::deque<Request*> waiting_;  // [writer] Taken from the inbox, not yet finished.
    std::unique_ptr<Tending> tending_;
    mutable std::mutex broken_mutex_;
    std::string broken_;  // Guarded by broken_mutex_.
    std::atomic<bool> is_broken_{false};
    std::atomic<std::int64_t> deliveries_{0};
    std::atomic<std::int64_t> oldest_us_{0};
    std::atomic<std::int64_t> damaged_{0};
    std::atomic<std::int64_t> letters_{0};
    Histogram commit_us_;
    Histogram group_size_;
    std::thread writer_;
};

}  // namespace millrace::spool
