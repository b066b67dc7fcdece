#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/host_loops.hpp"
#include "gateway/core/pipeline.hpp"
#include "gateway/core/watchdog.hpp"

// The composition root: makes everything of a configuration, and owns the order in which it starts and stops.
// Thread: the control thread; report() and is_ready() from any while it runs.
namespace millrace {

struct GatewayReport {
    struct Adapter {
        std::string name;
        std::string protocol;
        std::uint64_t loops = 0;
        std::uint64_t scopes = 0;
        std::uint64_t unmatched = 0;
        std::uint64_t unmatched_messages = 0;
        std::uint64_t paused = 0;
        std::uint64_t replies = 0;
        std::uint64_t replies_dropped = 0;
        std::uint64_t group_drops = 0;
        std::uint64_t sent = 0;
        std::uint64_t orphans = 0;
        std::uint64_t states_kept = 0;
        std::uint64_t state_bytes = 0;
        std::uint64_t refused_calls = 0;
    };
    struct Consumer {
        std::string name;
        std::string plugin;
        bool is_sync = false;
        bool is_stuck = false;
        std::uint64_t loop_holds = 0;
        std::uint64_t refused_calls = 0;
        LoopReport::Consumer counts;
    };
    std::vector<Adapter> adapters;  // Those of the configuration, then that of the channels.
    std::vector<Consumer> consumers;
    MemoryDeadLetters::Count dead_letters;
    std::uint64_t resends = 0;       // Of messages that had an answer, or were being handled.
    std::uint64_t loops_silent = 0;  // Loops that did not answer within a second: their numbers are missing.
};

class Gateway {
  public:
    Gateway(Config config, const Clock& clock);
    // REQUIRES: never started, or stop() has returned true.
    ~Gateway();
    Gateway(const Gateway&) = delete;

    // Loads the plugins and has them read their settings; takes nothing from the system but the files themselves. Empty
    // where all is well. `state_dir`: where plugins are copied to before they are loaded; empty: they are loaded in
    // place. `prober`: the program whose child tries them before (plugin_probe.hpp); empty: they are loaded untried.
    std::vector<ConfigError> build(const Catalogue& catalogue, const std::string& state_dir,
                                   const std::string& prober = {});

    // Consumers first, so that nothing enters before somebody can take it. On failure all that was started is stopped.
    // REQUIRES: build() without errors.
    Result<void> start();

    // Intake off; what was accepted is handled until the drain time is over; the rest is given up; DISCONNECT (contract
    // B6).
    void drain();

    // Drains where that was not done; consumers stop; adapters stop. REQUIRES: nobody is in report() meanwhile.
    // False: handlers still run 5 s after the drain; the log says whose. They use all that is here, so the
    // process has to end without destroying anything of it.
    bool stop();

    // Whether it can accept as promised.
    bool is_ready() const { return is_ready_.load(std::memory_order_relaxed); }
    bool is_draining() const { return pipeline_.is_draining.load(std::memory_order_relaxed); }

    // Each loop's numbers are of one moment between two of its events, so that the counting identity holds exactly.
    GatewayReport report() const;

    const Config& config() const { return config_; }
    const Router& router() const { return pipeline_.router; }
    Tap& tap() { return pipeline_.tap; }
    const Clock& clock() const { return pipeline_.clock; }

  private:
    // Calls `ask(dispatcher, done)` for every loop and waits until all are done or the time is over.
    template <class Ask> bool ask_all(std::int64_t within_ms, Ask&& ask) const;
    template <class Ask>
    bool ask_each(const std::vector<Dispatcher*>& dispatchers, std::int64_t within_ms, Ask&& ask) const;
    bool wait_until_quiet(std::int64_t within_ms) const;
    void quiesce();
    void close_scopes();
    bool stop_started();

    const Config config_;
    mutable Pipeline pipeline_;
    Watchdog watchdog_;
    std::vector<std::unique_ptr<AdapterHost>> adapters_;
    HostLoops host_loops_;
    std::atomic<bool> is_ready_{false};
    bool is_closed_ = true;  // Every scope that was to be closed at the stop.
};

}  // namespace millrace
