#include "gateway/core/gateway.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/plugin_host.hpp"

namespace millrace {
namespace {

constexpr std::int64_t kReportWait_ms = 1'000;
constexpr std::int64_t kTend_ms = 1'000;
constexpr std::int64_t kFarewellWait_ms = 5'000;
constexpr std::int64_t kHandlersWait_ms = 5'000;

void add(LoopReport::Consumer& sum, const LoopReport::Consumer& part) {
    sum.created += part.created;
    sum.acked += part.acked;
    sum.dead += part.dead;
    sum.expired += part.expired;
    sum.dropped += part.dropped;
    sum.retried += part.retried;
    sum.overdue += part.overdue;
    sum.now.instances += part.now.instances;
    sum.now.open += part.now.open;
}

void add(GatewayReport::Adapter& sum, const LoopReport& part) {
    sum.scopes += part.scopes;
    sum.unmatched += part.unmatched;
    sum.unmatched_messages += part.unmatched_messages;
    sum.unmatched_probes += part.unmatched_probes;
    sum.pinned_routes += part.pinned_routes;
    sum.paused += part.paused;
    sum.replies += part.replies;
    sum.replies_dropped += part.replies_dropped;
    sum.group_drops += part.group_drops;
    sum.sent += part.sent;
    sum.orphans += part.orphans;
    sum.states_kept += part.states_kept;
    sum.state_bytes += part.state_bytes;
    sum.states_evicted += part.states_evicted;
    sum.settle_deadlines += part.settle_deadlines;
    if (!part.last_settle_deadline.empty()) sum.last_settle_deadline = part.last_settle_deadline;
}

GatewayReport::Spool look_at(const spool::Spool& spool) {
    GatewayReport::Spool seen;
    seen.is_open = true;
    seen.broken = spool.broken();
    seen.messages = static_cast<std::uint64_t>(spool.messages());
    seen.bytes = static_cast<std::uint64_t>(spool.bytes());
    seen.deliveries = static_cast<std::uint64_t>(spool.deliveries());
    seen.damaged = static_cast<std::uint64_t>(spool.damaged());
    seen.letters = static_cast<std::uint64_t>(spool.letters());
    seen.oldest_us = spool.oldest_us();
    for (std::size_t i = 0; i < seen.refused.size(); ++i) {
        seen.refused[i] = spool.room().refused(static_cast<spool::Refusal>(i));
    }
    seen.commit_us = spool.commit_us().counts();
    seen.group_size = spool.group_size().counts();
    return seen;
}

}  // namespace

// The channels have an adapter's index of their own, behind those of the configuration.
Gateway::Gateway(Config config, const Clock& clock)
    : config_(std::move(config)), pipeline_(config_, clock), watchdog_(pipeline_.loops, clock),
      host_loops_(pipeline_, static_cast<std::uint32_t>(config_.adapters.size())) {
    for (const AdapterConfig& adapter : config_.adapters) adapter_names_.push_back(adapter.name);
    adapter_names_.push_back(host_loops_.host().name());
    for (const ConsumerConfig& consumer : config_.consumers) consumer_names_.push_back(consumer.name);
}

Gateway::~Gateway() = default;

std::vector<ConfigError> Gateway::build(const Catalogue& catalogue, const std::string& state_dir,
                                        const std::string& prober) {
    const LoadedPlugins plugins = load_plugins(catalogue.used_by(config_), state_dir, prober, resident_);
    std::vector<ConfigError> errors;
    const auto take = [&errors](std::vector<ConfigError> found) {
        std::ranges::move(found, std::back_inserter(errors));
    };
    for (const AdapterConfig& adapter : config_.adapters) {
        const Manifest& manifest = *catalogue.adapter(adapter.type);
        const auto& plugin = plugins.at(&manifest);
        if (!plugin) {
            errors.push_back({adapter.at, "plugin-refused", plugin.error().text});
            continue;
        }
        const auto index = static_cast<std::uint32_t>(&adapter - config_.adapters.data());
        all_adapters_.push_back(
            std::make_unique<AdapterHost>(adapter, index, manifest.protocol, *(*plugin.value()).adapter, pipeline_));
        adapters_.push_back(all_adapters_.back().get());
        take(adapters_.back()->create());
    }
    for (const ConsumerConfig& consumer : config_.consumers) {
        const auto& plugin = plugins.at(catalogue.consumer(consumer.plugin));
        if (!plugin) {
            errors.push_back({consumer.at, "plugin-refused", plugin.error().text});
            continue;
        }
        const auto index = static_cast<std::uint32_t>(&consumer - config_.consumers.data());
        ConsumerHost& host = pipeline_.add_first(std::make_unique<ConsumerHost>(
            consumer, index, *(*plugin.value()).consumer, pipeline_.loops, pipeline_.clock));
        host.set_edition({catalogue.consumer(consumer.plugin)->version, hash_of(plugin.value())});
        take(host.create());
    }
    std::ranges::stable_sort(errors, {}, &ConfigError::at);
    return errors;
}

Result<void> Gateway::start() {
    pipeline_.alarm.start();
    watchdog_.start();
    const auto run = [this]() -> Result<void> {
        if (auto opened = open_spool(config_); !opened) return opened;
        for (const auto& adapter : adapters_) {
            if (auto prepared = adapter->prepare(); !prepared) return prepared;
        }
        if (auto started = host_loops_.start(); !started) return started;
        for (const auto& consumer : pipeline_.consumers) {
            if (auto started = consumer->start(); !started) return started;
        }
        if (auto restored = restore(); !restored) return restored;
        for (const auto& adapter : adapters_) {
            if (auto started = adapter->start(); !started) return started;
        }
        return {};
    };
    auto started = run();
    if (!started) {
        quiesce();
        close_scopes();
        stop_started();
    }
    is_ready_.store(started.has_value(), std::memory_order_relaxed);
    return started;
}

bool Gateway::ask_each(const std::vector<Dispatcher*>& dispatchers, std::int64_t within_ms, const Ask& ask) const {
    if (dispatchers.empty()) return true;
    const auto latch = std::make_shared<Latch>(dispatchers.size());
    for (Dispatcher* dispatcher : dispatchers) {
        const bool is_posted =
            dispatcher->loop().post([ask, dispatcher, latch] { ask(*dispatcher, [latch] { latch->count_down(); }); });
        if (!is_posted) latch->count_down();
    }
    for (; within_ms > kTend_ms; within_ms -= kTend_ms) {
        if (latch->wait_ms(kTend_ms)) return true;
        if (spool::Spool* spool = this->spool()) spool->tend();  // They may wait for a disk that was full.
    }
    return latch->wait_ms(within_ms);
}

bool Gateway::ask_all(std::int64_t within_ms, const Ask& ask) const {
    return ask_each(pipeline_.loops.all(), within_ms, ask);
}

// A loop that is quiet may be sent something by one that was asked later: only where nothing has departed since before
// the first was asked, all were quiet at once.
bool Gateway::wait_until_quiet(std::int64_t within_ms) const {
    const auto end_us = pipeline_.clock.steady_us() + within_ms * 1000;
    const auto sum = [this](std::uint64_t (Dispatcher::*count)() const) {
        std::uint64_t all = 0;
        for (const Dispatcher* dispatcher : pipeline_.loops.all()) all += (dispatcher->*count)();
        return all;
    };
    for (;;) {
        const auto departed = sum(&Dispatcher::departed);
        const auto left_ms = std::max<std::int64_t>(end_us - pipeline_.clock.steady_us(), 0) / 1000;
        const auto ask = [](Dispatcher& dispatcher, auto done) { dispatcher.when_quiet(std::move(done)); };
        if (!ask_all(left_ms, ask)) return false;
        if (sum(&Dispatcher::arrived) == departed && sum(&Dispatcher::departed) == departed) return true;
    }
}

void Gateway::drain() {
    pipeline_.is_draining.store(true);
    is_ready_.store(false);
    log::info("gateway", "draining for at most {} s", snapshot()->config.drain_ms / 1000);
    quiesce();
    if (!wait_until_quiet(snapshot()->config.drain_ms))
        log::warn("gateway", "the drain time is over: what is left is given up");
    close_scopes();
}

void Gateway::quiesce() {
    pipeline_.is_draining.store(true, std::memory_order_relaxed);
    for (const auto& adapter : all_adapters_) adapter->quiesce();
}

// Those of the adapters first: what their last handlers send to channels is still handled there.
void Gateway::close_scopes() {
    const auto close = [this](bool is_of_adapters) {
        std::vector<Dispatcher*> dispatchers = pipeline_.loops.all();
        std::erase_if(dispatchers,
                      [&](Dispatcher* each) { return (&each->adapter() != &host_loops_.host()) != is_of_adapters; });
        return ask_each(dispatchers, kFarewellWait_ms,
                        [](Dispatcher& dispatcher, auto done) { dispatcher.close_all(std::move(done)); });
    };
    is_closed_ = close(true);
    wait_until_quiet(kFarewellWait_ms);
    is_closed_ = close(false) && is_closed_;
    if (is_closed_) return;
    const std::string refusal = spool_refusal();
    log::error("gateway", "{}",
               refusal.empty() ? "handlers still run after the drain"
                               : refusal + ": what could not be written comes again after the next start");
}

bool Gateway::stop() {
    if (!is_draining()) drain();
    return stop_started();
}

bool Gateway::stop_started() {
    const auto end_us = pipeline_.clock.steady_us() + kHandlersWait_ms * 1000;
    bool is_stopped = is_closed_;
    for (const auto& consumer : pipeline_.consumers) {
        const auto left_ms = std::max<std::int64_t>(end_us - pipeline_.clock.steady_us(), 0) / 1000;
        if (const std::size_t running = consumer->stop(left_ms)) {
            log::error(consumer->name(), "{} of its {} workers have not returned from a handler: it cannot be stopped",
                       running, consumer->config().workers);
            is_stopped = false;
        }
    }
    for (const auto& adapter : all_adapters_) adapter->stop(kFarewellWait_ms);
    if (is_stopped) {
        host_loops_.stop();
        pipeline_.set_spool(nullptr);
    }
    watchdog_.stop();
    pipeline_.alarm.stop();
    return is_stopped;
}

std::vector<Dispatcher*> Gateway::loops_of(const AdapterHost& adapter) const {
    std::vector<Dispatcher*> loops = pipeline_.loops.all();
    std::erase_if(loops, [&](Dispatcher* each) { return &each->adapter() != &adapter || each->has_left(); });
    return loops;
}

// Rows by index: of adapters and of consumers that are configured, or still at work.
GatewayReport Gateway::begin_report() const {
    GatewayReport report;
    std::lock_guard lock(mutex_);
    report.adapters.resize(adapter_names_.size());
    report.consumers.resize(consumer_names_.size());
    const auto add = [&](const AdapterHost& adapter) {
        GatewayReport::Adapter& row = report.adapters[adapter.index()];
        row.name = adapter.name();
        row.protocol = adapter.protocol();
        row.refused_calls += adapter.refused_calls();
        row.replies_unaddressed += adapter.unaddressed_replies();
    };
    const auto show = [&report](const std::string& plugin, const Gauges& gauges) {
        for (const auto& [name, value] : gauges.all()) report.gauges.push_back({plugin, name, value});
    };
    for (const AdapterHost* adapter : adapters_) {
        add(*adapter);
        report.adapters[adapter->index()].degraded = adapter->degraded();
        show(adapter->name(), adapter->gauges());
    }
    for (const ConsumerHost* consumer : snapshot()->consumers) show(consumer->name(), consumer->gauges());
    add(host_loops_.host());
    for (const RetiringAdapter& each : retiring_adapters_) {
        add(*each.host);
        ++report.adapters[each.host->index()].retiring;
    }
    for (const auto& consumer : pipeline_.consumers) {
        GatewayReport::Consumer& row = report.consumers[consumer->index()];
        const bool is_current = current_consumer(consumer->name()) == consumer.get();
        row.loop_holds += consumer->holds();
        row.refused_calls += consumer->refused_calls();
        row.generation += !row.plugin.empty();
        row.plugin = consumer->config().plugin;
        if (!is_current) row.retiring_instances += consumer->instances();
        if (!is_current && consumer->instances() == 0) continue;
        row.name = consumer->name();
        row.is_sync = consumer->is_sync();
        row.is_stuck = consumer->is_stuck();
    }
    report.reloads = reloads_;
    report.reloads_failed = reloads_failed_;
    report.last_refusal = last_refusal_;
    return report;
}

GatewayReport Gateway::report() const {
    struct Shared {
        std::mutex mutex;
        GatewayReport report;
        std::uint64_t answers = 0;

        void add(const Dispatcher& dispatcher, const LoopReport& part) {
            std::lock_guard lock(mutex);
            GatewayReport::Adapter& row = report.adapters[dispatcher.adapter().index()];
            row.loops += !dispatcher.has_left();
            millrace::add(row, part);
            for (std::size_t i = 0; i < part.consumers.size(); ++i) {
                millrace::add(report.consumers[i].counts, part.consumers[i]);
            }
        }
    };
    const auto shared = std::make_shared<Shared>();
    shared->report = begin_report();
    std::vector<Dispatcher*> loops = pipeline_.loops.all();
    std::erase_if(loops, [&](Dispatcher* each) {
        if (each->has_left()) shared->add(*each, each->report());
        return each->has_left();
    });
    ask_each(loops, kReportWait_ms, [shared](Dispatcher& dispatcher, auto done) {
        shared->add(dispatcher, dispatcher.report());
        {
            std::lock_guard lock(shared->mutex);
            ++shared->answers;
        }
        done();
    });
    std::lock_guard lock(shared->mutex);
    GatewayReport report = shared->report;
    std::erase_if(report.adapters, [](const GatewayReport::Adapter& row) { return row.name.empty(); });
    std::erase_if(report.consumers, [](const GatewayReport::Consumer& row) { return row.name.empty(); });
    report.dead_letters = pipeline_.dead_letters.count();
    if (const spool::Spool* spool = this->spool()) report.spool = look_at(*spool);
    report.resends = pipeline_.duplicates.count();
    report.channels_refused = pipeline_.ports.channels_refused();
    report.loops_silent = loops.size() - shared->answers;
    return report;
}

}  // namespace millrace
