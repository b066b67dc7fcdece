#pragma once

#include <cstdint>
#include <string>

#include "gateway/core/gateway.hpp"

// What the admin address tells: the gateway at one moment.
namespace millrace::admin {

struct Process {
    std::uint64_t resident_bytes = 0;
    std::uint64_t open_fds = 0;
};

struct Overview {
    enum class Phase { starting, ready, refusing, draining };

    std::string name;
    Phase phase = Phase::starting;
    std::string refusal;  // REFUSING: why durable routes take nothing.
    double uptime_s = 0;
    Process process;
    GatewayReport report;
};

const char* to_string(Overview::Phase phase);

// What the identity of contract D14 lacks: created - (acked + dead + expired + dropped + open); 0 or a bug.
std::int64_t unaccounted(const LoopReport::Consumer& counts);

// Whether nothing is unaccounted for.
bool counts_agree(const GatewayReport& report);

// Looks at a gateway not more often than ten times a second, however often it is asked: a report takes a moment of
// every loop.
// Thread: one at a time.
class Observer {
  public:
    // The uptime counts from here.
    explicit Observer(const Gateway& gateway);

    // Only the name, the phase and the refusal are those of now. Waits for nothing. Valid until the next call.
    const Overview& glance();

    // Valid until the next call. Waits for the loops, for a second at most.
    const Overview& look();

  private:
    const Gateway& gateway_;
    const std::int64_t began_us_;
    std::int64_t looked_us_ = 0;
    Overview overview_;
};

}  // namespace millrace::admin
