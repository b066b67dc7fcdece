#pragma once

#include <atomic>
#include <cstdint>

#include "gateway/base/clock.hpp"

// A clock that a test moves by hand.
namespace millrace::testing {

class ManualClock final : public Clock {
  public:
    std::int64_t now_us() const override { return 1'700'000'000'000'000 + steady_us(); }
    std::int64_t steady_us() const override { return steady_us_.load(); }

    void advance_us(std::int64_t duration_us) { steady_us_ += duration_us; }

  private:
    std::atomic<std::int64_t> steady_us_{1'000'000};
};

}  // namespace millrace::testing
