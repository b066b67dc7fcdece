#include "gateway/core/watchdog.hpp"

#include <chrono>

#include "gateway/base/log.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/loops.hpp"

namespace millrace {
namespace {

constexpr std::chrono::microseconds kPeriod(Watchdog::kHeldMax_us / 2);

}  // namespace

void Watchdog::start() {
    thread_ = std::thread([this] {
        std::unique_lock lock(mutex_);
        while (!stopped_.wait_for(lock, kPeriod, [this] { return is_stopping_; })) look();
    });
}

void Watchdog::stop() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    stopped_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Watchdog::look() {
    loops_.each([this](Dispatcher& dispatcher) { look(dispatcher); });
}

void Watchdog::look(Dispatcher& dispatcher) {
    const Loop::Hold hold = dispatcher.loop().hold();
    Sight& sight = sights_[&dispatcher];
    const auto now_us = clock_.steady_us();
    if (!hold.by || hold.number != sight.hold) {
        sight = {hold.number, now_us, false};
    } else if (!sight.is_reported && now_us - sight.since_us >= kHeldMax_us) {
        sight.is_reported = true;
        hold.by->count_hold();
        log::warn(hold.by->name(),
                  "its handler holds a loop of {} for more than {} ms: use a sync consumer or offload()",
                  dispatcher.adapter().name(), kHeldMax_us / 1000);
    }
}

}  // namespace millrace
