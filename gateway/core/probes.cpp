#include <algorithm>
#include <utility>
#include <vector>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/said.hpp"

// What adapters ask before there is a scope (contract D11), and what the answer means after a reload.
namespace millrace {

std::int32_t Dispatcher::probe(const millrace_probe& probe, millrace_id& routes) {
    const std::uint32_t position = snapshot_->position(adapter_.index());
    const bool is_leaving = pipeline_.is_draining.load(std::memory_order_relaxed) || position == Snapshot::kNowhere;
    if (is_leaving) return MILLRACE_PROBE_LATER;
    const Said said(probe.attributes, probe.attribute_count);
    std::vector<std::string_view> unknown;
    for (const millrace_bytes& name : std::span(probe.unknown, probe.unknown_count)) unknown.push_back(to_text(name));
    Probe found = snapshot_->router.probe(position, said.attributes, unknown);
    if (found.answer == Truth::no) return ++counts_.unmatched_probes, MILLRACE_PROBE_NO;
    const auto pinned = pinned_.hold(snapshot_, std::move(found.routes), std::move(found.captured));
    if (!pinned) return MILLRACE_PROBE_LATER;
    routes = *pinned;
    return found.answer == Truth::yes ? MILLRACE_PROBE_YES : MILLRACE_PROBE_MAYBE;
}

// The generation of it that serves now, whichever there was when the rules were made; null: there is none any more.
ConsumerHost* Dispatcher::consumer_of(const Snapshot& rules, const Target& target) const {
    return snapshot_->consumer(rules.consumers[target.consumer]->index());
}

bool Dispatcher::is_served(const Snapshot& rules, const Routing& routing) const {
    return std::ranges::all_of(routing.matches, [&](const Match& match) {
        return std::ranges::all_of(rules.router.targets(match.route),
                                   [&](const Target& target) { return consumer_of(rules, target) != nullptr; });
    });
}

}  // namespace millrace
