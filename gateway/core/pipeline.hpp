#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/core/alarm.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/dead_letters.hpp"
#include "gateway/core/duplicates.hpp"
#include "gateway/core/loops.hpp"
#include "gateway/core/ports.hpp"
#include "gateway/core/router.hpp"
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
        : config(config), clock(clock), router(config), message_ids(clock.now_us()), alarm(clock) {}

    const Config& config;
    const Clock& clock;
    const Router router;
    MessageIds message_ids;
    Alarm alarm;
    MemoryDeadLetters dead_letters;
    std::vector<std::unique_ptr<ConsumerHost>> consumers;  // By their index in the configuration.
    std::atomic<bool> is_draining{false};
    Waits waits;
    Ports ports{waits};
    Duplicates duplicates;
    Tap tap;
    Loops loops;
};

}  // namespace millrace
