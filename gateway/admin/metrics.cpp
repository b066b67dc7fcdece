#include "gateway/admin/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "gateway/version.hpp"
#include "millrace/abi.h"

namespace millrace::admin {
namespace {

using prometheus::MetricType;
using Labels = std::vector<prometheus::ClientMetric::Label>;
using Families = std::vector<prometheus::MetricFamily>;
using Adapter = GatewayReport::Adapter;
using Consumer = GatewayReport::Consumer;

template <class Subject> struct Metric {
    const char* name;
    MetricType type;
    const char* help;
    std::uint64_t (*value)(const Subject&);
};

constexpr Metric<Adapter> kAdapterMetrics[] = {
    {"millrace_adapter_loops", MetricType::Gauge, "I/O threads of the adapter that run its scopes.",
     [](const Adapter& a) { return a.loops; }},
    {"millrace_adapter_retiring", MetricType::Gauge, "Earlier generations of the adapter whose conversations go on.",
     [](const Adapter& a) { return a.retiring; }},
    {"millrace_scopes", MetricType::Gauge, "Open scopes, such as connections.",
     [](const Adapter& a) { return a.scopes; }},
    {"millrace_scopes_unmatched_total", MetricType::Counter, "Scopes that no route took, or that a route dropped.",
     [](const Adapter& a) { return a.unmatched; }},
    {"millrace_messages_unmatched_total", MetricType::Counter,
     "Messages that no route took, or that a route dropped, of scopes whose messages are routed one by one.",
     [](const Adapter& a) { return a.unmatched_messages; }},
    {"millrace_probes_unmatched_total", MetricType::Counter,
     "Probes, such as of a mail's recipient, of what no route could deliver.",
     [](const Adapter& a) { return a.unmatched_probes; }},
    {"millrace_routes_pinned", MetricType::Gauge, "Sets of routes that probes have named and the adapter holds.",
     [](const Adapter& a) { return a.pinned_routes; }},
    {"millrace_pauses_total", MetricType::Counter, "Times that a mailbox was full and a scope's source had to wait.",
     [](const Adapter& a) { return a.paused; }},
    {"millrace_replies_total", MetricType::Counter, "Commands of consumers that were given to the adapter.",
     [](const Adapter& a) { return a.replies; }},
    {"millrace_replies_dropped_total", MetricType::Counter, "Commands whose scope was closed before they could leave.",
     [](const Adapter& a) { return a.replies_dropped; }},
    {"millrace_replies_unaddressed_total", MetricType::Counter,
     "Replies to messages that do not say where a reply goes: the consumer heard `unknown`.",
     [](const Adapter& a) { return a.replies_unaddressed; }},
    {"millrace_group_drops_total", MetricType::Counter, "Group events and replies that a member had no room for.",
     [](const Adapter& a) { return a.group_drops; }},
    {"millrace_sent_total", MetricType::Counter, "What consumers sent to addresses, and answered.",
     [](const Adapter& a) { return a.sent; }},
    {"millrace_orphans_total", MetricType::Counter, "What was sent to a scope that was closed when it came there.",
     [](const Adapter& a) { return a.orphans; }},
    {"millrace_states_kept", MetricType::Gauge, "States of channels that are closed.",
     [](const Adapter& a) { return a.states_kept; }},
    {"millrace_state_bytes", MetricType::Gauge, "Bytes of the states of channels that are closed.",
     [](const Adapter& a) { return a.state_bytes; }},
    {"millrace_states_evicted_total", MetricType::Counter,
     "States of channels that are closed that had to make room for others before their time.",
     [](const Adapter& a) { return a.states_evicted; }},
    {"millrace_settle_deadlines_total", MetricType::Counter,
     "Messages that failed until their settle_deadline was over, and are dead letters.",
     [](const Adapter& a) { return a.settle_deadlines; }},
    {"millrace_adapter_degraded", MetricType::Gauge,
     "1 if something keeps the adapter from its work, such as a broker that is down, else 0: `status` says what.",
     [](const Adapter& a) -> std::uint64_t { return a.degraded.empty() ? 0 : 1; }},
    {"millrace_adapter_refused_calls_total", MetricType::Counter,
     "Calls of the adapter's plugin with a wrong or stale id, from a wrong thread, or with names that are none.",
     [](const Adapter& a) { return a.refused_calls; }},
};

constexpr Metric<Consumer> kConsumerMetrics[] = {
    {"millrace_deliveries_created_total", MetricType::Counter, "Deliveries: one for each message and consumer.",
     [](const Consumer& c) { return c.counts.created; }},
    {"millrace_deliveries_acked_total", MetricType::Counter, "Deliveries whose handler succeeded.",
     [](const Consumer& c) { return c.counts.acked; }},
    {"millrace_deliveries_dead_total", MetricType::Counter,
     "Deliveries that became dead letters: rejected, out of attempts, or their scope closed during a back-off.",
     [](const Consumer& c) { return c.counts.dead; }},
    {"millrace_deliveries_expired_total", MetricType::Counter, "Deliveries that were past their deadline.",
     [](const Consumer& c) { return c.counts.expired; }},
    {"millrace_deliveries_dropped_total", MetricType::Counter,
     "Deliveries given up at the end of the drain, or unanswered when their peer went away.",
     [](const Consumer& c) { return c.counts.dropped; }},
    {"millrace_deliveries_open", MetricType::Gauge, "Deliveries that have not ended, counted in the mailboxes.",
     [](const Consumer& c) { return c.counts.now.open; }},
    {"millrace_deliveries_retried_total", MetricType::Counter, "Handlers that were undone, to be tried again.",
     [](const Consumer& c) { return c.counts.retried; }},
    {"millrace_deliveries_overdue_total", MetricType::Counter,
     "Of the retried: handlers that took longer than the route's timeout.",
     [](const Consumer& c) { return c.counts.overdue; }},
    {"millrace_consumer_stuck", MetricType::Gauge,
     "1 if every worker of a sync consumer is in a handler whose time is over, else 0.",
     [](const Consumer& c) { return std::uint64_t{c.is_stuck}; }},
    {"millrace_loop_holds_total", MetricType::Counter, "Times that an async handler held its loop for 100 ms or more.",
     [](const Consumer& c) { return c.loop_holds; }},
    {"millrace_instances", MetricType::Gauge, "Instances of the consumer: one for each of its scopes.",
     [](const Consumer& c) { return c.counts.now.instances; }},
    {"millrace_instances_retiring", MetricType::Gauge, "Instances of the consumer's earlier generations.",
     [](const Consumer& c) { return c.retiring_instances; }},
    {"millrace_consumer_refused_calls_total", MetricType::Counter,
     "Calls of the consumer's plugin with a wrong, stale or foreign token.",
     [](const Consumer& c) { return c.refused_calls; }},
};

void add_value(prometheus::MetricFamily& family, Labels labels, double value) {
    prometheus::ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(labels);
    (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
}

prometheus::MetricFamily& add_family(Families& families, const char* name, MetricType type, const char* help) {
    return families.emplace_back(prometheus::MetricFamily{name, help, type, {}});
}

void add_gauge(Families& families, const char* name, const char* help, double value, Labels labels = {}) {
    add_value(add_family(families, name, MetricType::Gauge, help), std::move(labels), value);
}

void add_dead_letters(Families& families, const MemoryDeadLetters::Count& letters) {
    add_gauge(families, "millrace_dead_letters", "Dead letters that are kept in memory.",
              static_cast<double>(letters.kept));
    add_gauge(families, "millrace_dead_letters_bytes", "Bytes of the dead letters that are kept in memory.",
              static_cast<double>(letters.bytes));
    add_value(add_family(families, "millrace_dead_letters_forgotten_total", MetricType::Counter,
                         "Dead letters that are not kept any more: newer ones needed the room."),
              {}, static_cast<double>(letters.forgotten));
}

// `unit`: what a 1 of its numbers is.
void add_histogram(Families& families, const char* name, const char* help, const spool::Histogram::Counts& counts,
                   double unit) {
    prometheus::ClientMetric& metric = add_family(families, name, MetricType::Histogram, help).metric.emplace_back();
    prometheus::ClientMetric::Histogram& histogram = metric.histogram;
    for (std::size_t n = 0; n < counts.of.size(); ++n) {
        histogram.sample_count += counts.of[n];
        histogram.bucket.push_back({histogram.sample_count, std::ldexp(unit, static_cast<int>(n))});
    }
    histogram.bucket.back().upper_bound = std::numeric_limits<double>::infinity();
    histogram.sample_sum = static_cast<double>(counts.sum) * unit;
}

void add_spool(Families& families, const GatewayReport::Spool& spool) {
    if (!spool.is_open) return;
    const auto add = [&](const char* name, const char* help, auto value) {
        add_gauge(families, name, help, static_cast<double>(value));
    };
    add("millrace_spool_broken", "Whether the spool cannot be trusted any more: 1 until a restart.",
        spool.broken.empty() ? 0 : 1);
    add("millrace_spool_messages", "Messages on the disk, and commands that wait for their adapters.", spool.messages);
    add("millrace_spool_bytes", "Bytes of the messages on the disk.", spool.bytes);
    add("millrace_spool_deliveries", "Deliveries on the disk that have not ended.", spool.deliveries);
    add("millrace_spool_dead_letters", "Dead letters on the disk.", spool.letters);
    add("millrace_spool_damaged", "Rows that were damaged and put aside.", spool.damaged);
    add("millrace_spool_oldest_seconds", "When the oldest message was accepted that has not ended; 0: there is none.",
        static_cast<double>(spool.oldest_us) / 1e6);
    add_histogram(families, "millrace_spool_commit_seconds", "How long a transaction took, its sync included.",
                  spool.commit_us, 1e-6);
    add_histogram(families, "millrace_spool_commit_requests", "What one transaction held, in requests of loops.",
                  spool.group_size, 1);
    prometheus::MetricFamily& refused = add_family(families, "millrace_spool_refused_total", MetricType::Counter,
                                                   "Messages that were not accepted, by what there was no room for.");
    for (std::size_t i = 1; i < spool.refused.size(); ++i) {
        add_value(refused, {{"reason", std::string(spool::kRefusalNames[i])}}, static_cast<double>(spool.refused[i]));
    }
}

template <class Subject, std::size_t N>
void add_all(Families& families, const Metric<Subject> (&metrics)[N], const char* label,
             const std::vector<Subject>& subjects) {
    for (const Metric<Subject>& metric : metrics) {
        prometheus::MetricFamily& family = add_family(families, metric.name, metric.type, metric.help);
        for (const Subject& subject : subjects) {
            add_value(family, {{label, subject.name}}, static_cast<double>(metric.value(subject)));
        }
    }
}

}  // namespace

std::string to_prometheus(const Overview& overview) {
    Families families;
    add_gauge(families, "millrace_build_info", "Always 1; the labels say which build this is.", 1,
              {{"version", kVersion}, {"abi", MILLRACE_ABI_TEXT}});
    add_gauge(families, "millrace_uptime_seconds", "Time since the gateway has begun to start.", overview.uptime_s);
    add_gauge(families, "millrace_ready", "1 if the gateway accepts events, else 0: what /readyz says.",
              overview.phase == Overview::Phase::ready ? 1 : 0);
    add_gauge(families, "millrace_loops_silent", "Loops that did not answer in time: their numbers are missing here.",
              static_cast<double>(overview.report.loops_silent));
    add_value(add_family(families, "millrace_reloads_total", MetricType::Counter, "Reloads that were done."), {},
              static_cast<double>(overview.report.reloads));
    add_value(add_family(families, "millrace_reloads_failed_total", MetricType::Counter,
                         "Reloads that were refused, and changed nothing."),
              {}, static_cast<double>(overview.report.reloads_failed));
    add_all(families, kAdapterMetrics, "adapter", overview.report.adapters);
    add_all(families, kConsumerMetrics, "consumer", overview.report.consumers);
    prometheus::MetricFamily& family =
        add_family(families, "millrace_deliveries_unaccounted", MetricType::Gauge,
                   "created - (acked + dead + expired + dropped + open): 0, or the gateway has lost count.");
    for (const Consumer& consumer : overview.report.consumers) {
        add_value(family, {{"consumer", consumer.name}}, static_cast<double>(unaccounted(consumer.counts)));
    }
    prometheus::MetricFamily& gauges =
        add_family(families, "millrace_plugin_gauge", MetricType::Gauge, "A number that a plugin shows of itself.");
    for (const GatewayReport::Gauge& gauge : overview.report.gauges) {
        add_value(gauges, {{"plugin", gauge.plugin}, {"name", gauge.name}}, gauge.value);
    }
    add_dead_letters(families, overview.report.dead_letters);
    add_spool(families, overview.report.spool);
    add_value(add_family(families, "millrace_resends_total", MetricType::Counter,
                         "Messages sent again that had their answer already, or were being handled."),
              {}, static_cast<double>(overview.report.resends));
    add_value(add_family(families, "millrace_channels_refused_total", MetricType::Counter,
                         "Channels that were not opened, being too many."),
              {}, static_cast<double>(overview.report.channels_refused));
    add_gauge(families, "process_resident_memory_bytes", "Memory that the process holds, in bytes.",
              static_cast<double>(overview.process.resident_bytes));
    add_gauge(families, "process_open_fds", "File descriptors that the process has open.",
              static_cast<double>(overview.process.open_fds));
    return prometheus::TextSerializer().Serialize(families);
}

}  // namespace millrace::admin
