#include "gateway/admin/status.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include "gateway/version.hpp"
#include "millrace/abi.h"

namespace millrace::admin {
namespace {

namespace json = boost::json;

json::object to_object(const GatewayReport::Adapter& adapter) {
    return {
        {"name", adapter.name},
        {"protocol", adapter.protocol},
        {"loops", adapter.loops},
        {"scopes", adapter.scopes},
        {"unmatched", adapter.unmatched},
        {"unmatched_messages", adapter.unmatched_messages},
        {"unmatched_probes", adapter.unmatched_probes},
        {"pinned_routes", adapter.pinned_routes},
        {"paused", adapter.paused},
        {"replies", adapter.replies},
        {"replies_dropped", adapter.replies_dropped},
        {"group_drops", adapter.group_drops},
        {"sent", adapter.sent},
        {"orphans", adapter.orphans},
        {"states_kept", adapter.states_kept},
        {"state_bytes", adapter.state_bytes},
        {"states_evicted", adapter.states_evicted},
        {"settle_deadlines", adapter.settle_deadlines},
        {"last_settle_deadline", adapter.last_settle_deadline},
        {"refused_calls", adapter.refused_calls},
        {"retiring", adapter.retiring},
        {"replies_unaddressed", adapter.replies_unaddressed},
        {"degraded", adapter.degraded},
        {"gauges", json::object()},
    };
}

json::object to_object(const GatewayReport::Consumer& consumer) {
    const LoopReport::Consumer& counts = consumer.counts;
    return {
        {"name", consumer.name},
        {"plugin", consumer.plugin},
        {"generation", consumer.generation},
        {"retiring", consumer.retiring_instances},
        {"mode", consumer.is_sync ? "sync" : "async"},
        {"stuck", consumer.is_stuck},
        {"instances", counts.now.instances},
        {"created", counts.created},
        {"acked", counts.acked},
        {"dead", counts.dead},
        {"expired", counts.expired},
        {"dropped", counts.dropped},
        {"open", counts.now.open},
        {"retried", counts.retried},
        {"overdue", counts.overdue},
        {"loop_holds", consumer.loop_holds},
        {"refused_calls", consumer.refused_calls},
    };
}

json::object to_object(const MemoryDeadLetters::Count& letters) {
    return {{"kept", letters.kept}, {"bytes", letters.bytes}, {"forgotten", letters.forgotten}};
}

json::value to_value(const GatewayReport::Spool& spool) {
    if (!spool.is_open) return nullptr;
    json::object refused;
    for (std::size_t i = 1; i < spool.refused.size(); ++i) refused.emplace(spool::kRefusalNames[i], spool.refused[i]);
    return {{"broken", spool.broken},         {"messages", spool.messages},   {"bytes", spool.bytes},
            {"deliveries", spool.deliveries}, {"letters", spool.letters},     {"damaged", spool.damaged},
            {"oldest_us", spool.oldest_us},   {"refused", std::move(refused)}};
}

template <class Subject> json::array to_array(const std::vector<Subject>& subjects) {
    json::array array;
    for (const Subject& subject : subjects) array.push_back(to_object(subject));
    return array;
}

// Whole numbers as such.
json::value to_value(double number) {
    if (!std::isfinite(number)) return nullptr;
    const auto whole = static_cast<std::int64_t>(std::clamp(number, -9e15, 9e15));
    if (static_cast<double>(whole) == number) return whole;
    return number;
}

json::array to_array(const std::vector<GatewayReport::Adapter>& adapters,
                     const std::vector<GatewayReport::Gauge>& gauges) {
    json::array array;
    for (const GatewayReport::Adapter& adapter : adapters) {
        json::object& object = array.emplace_back(to_object(adapter)).as_object();
        for (const GatewayReport::Gauge& gauge : gauges) {
            if (gauge.plugin == adapter.name) object["gauges"].as_object()[gauge.name] = to_value(gauge.value);
        }
    }
    return array;
}

}  // namespace

std::string to_json(const Overview& overview) {
    const json::object status{
        {"name", overview.name},
        {"version", kVersion},
        {"abi", MILLRACE_ABI_TEXT},
        {"phase", to_string(overview.phase)},
        {"uptime_s", overview.uptime_s},
        {"counts_agree", counts_agree(overview.report)},
        {"loops_silent", overview.report.loops_silent},
        {"resident_bytes", overview.process.resident_bytes},
        {"open_fds", overview.process.open_fds},
        {"dead_letters", to_object(overview.report.dead_letters)},
        {"spool", to_value(overview.report.spool)},
        {"resends", overview.report.resends},
        {"reloads", overview.report.reloads},
        {"reloads_failed", overview.report.reloads_failed},
        {"last_refusal", overview.report.last_refusal},
        {"channels_refused", overview.report.channels_refused},
        {"adapters", to_array(overview.report.adapters, overview.report.gauges)},
        {"consumers", to_array(overview.report.consumers)},
    };
    return json::serialize(status) + "\n";
}

}  // namespace millrace::admin
