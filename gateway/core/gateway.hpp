#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/base/result.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/host_loops.hpp"
#include "gateway/core/latch.hpp"
#include "gateway/core/pipeline.hpp"
#include "gateway/core/plugin_host.hpp"
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
        std::uint64_t unmatched_probes = 0;
        std::uint64_t pinned_routes = 0;
        std::uint64_t paused = 0;
        std::uint64_t replies = 0;
        std::uint64_t replies_dropped = 0;
        std::uint64_t group_drops = 0;
        std::uint64_t sent = 0;
        std::uint64_t orphans = 0;
        std::uint64_t states_kept = 0;
        std::uint64_t state_bytes = 0;
        std::uint64_t states_evicted = 0;
        std::uint64_t settle_deadlines = 0;
        std::string last_settle_deadline;
        std::uint64_t refused_calls = 0;
        std::uint64_t retiring = 0;  // Earlier generations of it whose conversations go on.
        std::string degraded;        // What keeps it from its work; empty: nothing does.
        std::uint64_t replies_unaddressed = 0;
    };
    struct Consumer {
        std::string name;
        std::string plugin;
        bool is_sync = false;
        bool is_stuck = false;
        std::uint64_t loop_holds = 0;
        std::uint64_t refused_calls = 0;
        LoopReport::Consumer counts;
        std::uint64_t generation = 1;          // Grows with each reload that changed it.
        std::uint64_t retiring_instances = 0;  // Of earlier generations.
    };
    std::vector<Adapter> adapters;  // Those of the configuration, that of the channels, those that are being removed.
    std::vector<Consumer> consumers;
    struct Gauge {
        std::string plugin;
        std::string name;
        double value = 0;
    };
    std::vector<Gauge> gauges;         // That plugins show.
    std::uint64_t reloads = 0;         // That have changed something, or found that nothing had changed.
    std::uint64_t reloads_failed = 0;  // That were refused, and changed nothing.
    std::string last_refusal;          // Why the last reload was; empty after one that was not.
    MemoryDeadLetters::Count dead_letters;
    struct Spool {
        bool is_open = false;
        std::string broken;
        std::uint64_t messages = 0, bytes = 0, deliveries = 0, damaged = 0, letters = 0;
        spool::Histogram::Counts commit_us, group_size;
        std::int64_t oldest_us = 0;
        std::array<std::uint64_t, spool::kRefusalNames.size()> refused{};
    };
    Spool spool;
    std::uint64_t resends = 0;           // Of messages that had an answer, or were being handled.
    std::uint64_t channels_refused = 0;  // That would have been too many.
    std::uint64_t loops_silent = 0;      // Loops that did not answer within a second: their numbers are missing.
};

// What came of a reload.
struct ReloadResult {
    std::vector<ConfigError> errors;   // Why nothing has changed,
    std::vector<std::string> changes;  // or what has: one line each; none where all was as before.
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

    // Changes over to another configuration while it runs (contract E9): all that is new is made, and takes what it
    // needs from the system; then loops change over; then what was replaced or removed retires. Where anything is
    // refused, nothing has changed. What is as before is not touched. `next`: of the same name and state_dir.
    // REQUIRES: start() succeeded, drain() was not called.
    ReloadResult reload(const Config& next, const Catalogue& catalogue, const std::string& state_dir,
                        const std::string& prober);
    void count_refusal(std::string why);  // Of the last reload, here or before it came to that.

    // Looks after what retires. To be called several times a second.
    void tick();

    // Intake off; what was accepted is handled until the drain time is over; the rest is given up; DISCONNECT (contract
    // B6).
    void drain();

    // Drains where that was not done; consumers stop; adapters stop. REQUIRES: nobody is in report() meanwhile.
    // False: handlers still run 5 s after the drain; the log says whose. They use all that is here, so the
    // process has to end without destroying anything of it.
    bool stop();

    // Whether it has started, and does not stop. It can accept as promised (contract G2) if there is no spool_refusal()
    // either: why durable routes take nothing just now.
    bool is_ready() const { return is_ready_.load(std::memory_order_relaxed); }
    std::string spool_refusal() const;

    // What durable routes keep; null where there are none. [any] The same from the first durable route on.
    spool::Spool* spool() const { return pipeline_.spool(); }

    // [any] Lanes have got messages from elsewhere than a loop.
    void wake_lanes(const std::vector<std::int64_t>& lanes);

    // [a signal handler] Notes which messages were being handled.
    PoisonJournal* journal() { return spool() ? &*pipeline_.journal : nullptr; }
    bool is_draining() const { return pipeline_.is_draining.load(std::memory_order_relaxed); }

    // Each loop's numbers are of one moment between two of its events, so that the counting identity holds exactly.
    GatewayReport report() const;

    // As it was at the start; name, state_dir and admin do not change.
    const Config& config() const { return config_; }
    SnapshotPtr snapshot() const { return pipeline_.snapshot(); }  // [any]
    Tap& tap() { return pipeline_.tap; }
    const Clock& clock() const { return pipeline_.clock; }

  private:
    // Calls `ask(dispatcher, done)` for every loop and waits until all are done or the time is over.
    using Ask = std::function<void(Dispatcher&, std::function<void()>)>;
    bool ask_all(std::int64_t within_ms, const Ask& ask) const;
    bool ask_each(const std::vector<Dispatcher*>& dispatchers, std::int64_t within_ms, const Ask& ask) const;
    bool wait_until_quiet(std::int64_t within_ms) const;
    Result<void> open_spool(const Config& config);
    Result<void> blame(spool::Spool& spool);
    Result<void> restore();
    void restore(const spool::Busy& found);
    void bury(std::int64_t lane);
    void wake_all_lanes();
    void tend_spool();
    void wake_lanes();
    void quiesce();
    void close_scopes();
    bool stop_started();

    // What a reload makes before it changes anything.
    struct Draft {
        std::vector<AdapterHost*> adapters;    // By their place in the configuration, new or as before,
        std::vector<ConsumerHost*> consumers;  // likewise.
        std::vector<std::unique_ptr<AdapterHost>> new_adapters;
        std::vector<std::unique_ptr<ConsumerHost>> new_consumers;
    };
    Draft draft(const Config& next, const Catalogue& catalogue, const LoadedPlugins& plugins, ReloadResult& result);
    std::optional<ConfigError> prepare(const Config& next, Draft& draft);
    std::optional<ConfigError> change_over(const Config& next, Draft& draft);
    void adopt(const SnapshotPtr& snapshot);
    void abandon(Draft draft);
    void retire_consumers(std::vector<std::unique_ptr<ConsumerHost>> more, std::int64_t until_us);
    void install(Draft draft, const Config& before, ReloadResult& result);
    AdapterHost* current_adapter(std::string_view name) const;
    ConsumerHost* current_consumer(std::string_view name) const;
    std::uint32_t index_of_adapter(std::string_view name);
    std::uint32_t index_of_consumer(std::string_view name);
    GatewayReport begin_report() const;
    std::vector<Dispatcher*> loops_of(const AdapterHost& adapter) const;

    struct RetiringAdapter {
        AdapterHost* host;
        std::int64_t from_us;  // Before that nobody is sent away who is still shaking hands.
        std::int64_t until_us;
        bool is_closing = false;
    };
    struct RetiringConsumer {
        ConsumerHost* host;
        std::int64_t until_us;
        bool is_closing = false;
    };

    const Config config_;
    mutable Pipeline pipeline_;
    std::uint64_t refused_ = 0;  // By the spool, until the last tick.
    std::int64_t tended_us_ = 0;
    std::int64_t woken_after_ = -1;  // Of all lanes, those behind this one are yet to be woken; -1: none.
    std::mutex wakes_mutex_;
    std::set<std::int64_t> wakes_;  // Lanes that have got messages from elsewhere. Guarded by wakes_mutex_.
    Watchdog watchdog_;
    ResidentPlugins resident_;
    mutable std::mutex mutex_;                                // Of the lists of what there is, for report().
    std::vector<std::unique_ptr<AdapterHost>> all_adapters_;  // Of all times: loops refer to them.
    std::vector<AdapterHost*> adapters_;                      // By their place in the configuration.
    std::vector<std::string> adapter_names_;                  // By their index,
    std::vector<std::string> consumer_names_;                 // likewise.
    std::vector<RetiringAdapter> retiring_adapters_;
    std::vector<RetiringConsumer> retiring_consumers_;
    std::shared_ptr<Latch> adoption_;  // Loops that have not changed over yet.
    std::uint64_t reloads_ = 0;
    std::uint64_t reloads_failed_ = 0;
    std::string last_refusal_;
    HostLoops host_loops_;
    std::atomic<bool> is_ready_{false};
    bool is_closed_ = true;  // Every scope that was to be closed at the stop.
};

}  // namespace millrace
