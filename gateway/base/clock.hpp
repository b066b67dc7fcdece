#pragma once

#include <cstdint>

// Time as a seam: the gateway asks a Clock, tests hand in one that they move by hand.
// Thread: any.
namespace millrace {

class Clock {
  public:
    virtual ~Clock() = default;

    // Microseconds since 1970-01-01 UTC: for people and other machines.
    virtual std::int64_t now_us() const = 0;

    // Microseconds that never go back: for deadlines and durations.
    virtual std::int64_t steady_us() const = 0;
};

// The machine's clocks. Lives for ever.
const Clock& system_clock();

}  // namespace millrace
