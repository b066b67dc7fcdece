#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gateway/core/job.hpp"
#include "gateway/core/mailbox.hpp"
#include "gateway/core/router_pattern.hpp"

// Live events for those who watch them. A loop shows each event as it gives it to a consumer; it copies the event for
// whoever wants it and has room, counts it as skipped for whoever has none, and waits for nobody.
namespace millrace {

struct Instance;

// Which events somebody wants to see; what is empty lets all through.
struct TapFilter {
    std::string adapter;  // Of a channel: the consumer's name.
    std::string route;
    std::string consumer;
    std::vector<std::uint32_t> kinds;
    std::optional<Pattern> scope;  // For the scope's key.

    bool takes(const Instance& instance, const Event::Head& head) const;
};

// One event for one consumer.
struct Sighting {
    std::string consumer;
    std::string message;  // The serialised ChannelMessage.
};

// Somebody who watches. Thread: any.
class Watch {
  public:
    static constexpr std::uint64_t kMessagesMax = 1024;
    static constexpr std::uint64_t kBytesMax = 8 << 20;

    explicit Watch(TapFilter filter) : filter_(std::move(filter)) {}
    ~Watch() { take(); }

    // Copies the event, if it is wanted and there is room. Loops share no lock here.
    void show(const Instance& instance, const Event::Head& head, millrace_bytes event, millrace_bytes payload);

    struct Seen {
        std::vector<Sighting> sightings;  // Those of one loop are in its order.
        std::uint64_t skipped = 0;        // That there was no room for, since the last time.
    };
    Seen take();  // One thread at a time.

  private:
    struct Shown;

    const TapFilter filter_;
    std::atomic<std::uint64_t> messages_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> skipped_{0};
    Inbox inbox_;
};

// Who watches. On a cache line that nobody writes for an event. Thread: any.
class alignas(64) Tap {
  public:
    // Watches until it is destroyed. REQUIRES: the tap lives longer.
    class Seat {
      public:
        Seat(Tap& tap, TapFilter filter);
        ~Seat();
        Seat(const Seat&) = delete;
        Watch::Seen take() { return watch_->take(); }

      private:
        Tap& tap_;
        const std::shared_ptr<Watch> watch_;
    };

  private:
    friend class TapView;

    std::atomic<std::uint64_t> version_{0};
    std::mutex mutex_;
    std::vector<std::shared_ptr<Watch>> watches_;
};

// What one loop knows of that: while nobody watches, an event costs it one relaxed load. Thread: the loop's.
class TapView {
  public:
    explicit TapView(Tap& tap) : tap_(tap) {}

    bool is_watched() {
        if (tap_.version_.load(std::memory_order_relaxed) != version_) [[unlikely]]
            look();
        return !watches_.empty();
    }

    // REQUIRES: is_watched().
    void show(const Instance& instance, const Event::Head& head, millrace_bytes event, millrace_bytes payload) const;

  private:
    void look();

    Tap& tap_;
    std::uint64_t version_ = 0;
    std::vector<std::shared_ptr<Watch>> watches_;
};

}  // namespace millrace
