#include <fmt/format.h>

#include <memory>
#include <utility>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"
#include "gateway/core/event_fields.hpp"
#include "gateway/core/outermost.hpp"
#include "gateway/core/said.hpp"

// How scopes open: what is sure of all their messages is decided, and those whom that leads to are asked (contract A3).
namespace millrace {
namespace {

Particulars::Pairs copy(std::span<const Attribute> attributes) {
    Particulars::Pairs pairs;
    for (const auto& [key, value] : attributes) pairs.emplace_back(key, value);
    return pairs;
}

// What a channel is told of the scope that a message comes from: all but which one it is.
ScopeFields account_of(ScopeFields fields) {
    fields.adapter = fields.scope = {};
    fields.epoch = 0;
    return fields;
}

}  // namespace

std::int32_t Dispatcher::open(const millrace_scope_spec& spec, millrace_id& id) {
    if (pipeline_.is_draining.load(std::memory_order_relaxed)) return MILLRACE_DRAINING;
    if (spec.flags & MILLRACE_ADDRESSES) return open_addresses(spec, id);
    const SnapshotPtr* pinned = spec.routes != 0 ? pinned_.find(spec.routes) : nullptr;
    if (spec.routes != 0 && !pinned) return adapter_.count_refused_call(), MILLRACE_UNMATCHED;
    const Snapshot& rules = pinned ? **pinned : *snapshot_;
    const Said said(spec.attributes, spec.attribute_count);
    const std::uint32_t position = rules.position(adapter_.index());
    if (position == Snapshot::kNowhere) return MILLRACE_DRAINING;
    const Opening opening = rules.router.at_open(position, said.attributes, spec.flags & MILLRACE_VARIES);
    if (opening.sure.outcome != Routing::Outcome::deliver && !opening.may_deliver) {
        ++counts_.unmatched;
        const bool is_dropped = opening.sure.outcome == Routing::Outcome::drop;
        return is_dropped && (spec.flags & MILLRACE_TELLS_DROPPED) ? MILLRACE_DROPPED : MILLRACE_UNMATCHED;
    }
    if (pinned && !is_served(rules, opening.sure)) return MILLRACE_DRAINING;
    const auto slot = scopes_.reserve();
    if (!slot) return MILLRACE_NO_SLOT;
    id = Id{loop_.index(), *slot, scopes_.generation(*slot) + 1}.pack();
    Port::Place place{.needs_reply_to = (spec.flags & MILLRACE_REPLY_TO) != 0,
                      .is_one_message = adapter_.is_transactional(),
                      .home = this,
                      .address = fmt::format("{}:{}", adapter_.name(), to_text(spec.key)),
                      .scope = id};
    const Bound room{0, spec.send_bytes_max};
    PortPtr peer = adapter_.has_addresses() ? PortPtr(new Port(std::move(place), room, pipeline_.waits))
                                            : pipeline_.ports.add_peer(std::move(place), room);
    Scope& scope = scopes_.emplace(*slot, id, std::move(peer), adapter_.name().size() + 1, spec.context);
    scope.settle_deadline_us = std::int64_t{spec.settle_deadline_ms} * 1000;
    const ScopeFields fields{
        adapter_.name(), adapter_.protocol(), scope.key(), scope.epoch, {}, said.attributes, {}, to_text(spec.fields)};
    if (opening.is_per_message) {
        scope.particulars = std::make_unique<Particulars>(Particulars{copy(said.attributes),
                                                                      copy(said.headers),
                                                                      make_prefix(fields),
                                                                      make_prefix(account_of(fields)),
                                                                      {},
                                                                      pinned ? *pinned : SnapshotPtr()});
    }
    const auto opened = add_ways(scope, rules, opening.sure, fields);
    if (opened != MILLRACE_OPENED) {
        while (!scope.instances.empty()) delivery_.remove(*scope.instances.back());
        scopes_.erase(*slot);
        return opened;
    }
    adapter_.enter();
    const bool is_single = !scope.particulars && scope.ways.size() == 1;
    if (is_single && !scope.ways.front().is_durable()) scope.only = scope.ways.front().instance;
    ask(scope);
    if (Outermost outermost(is_running_); outermost) {
        delivery_.run_ready();
        durability_->flush();
    }
    return MILLRACE_OPENED;
}

// What takes every message of the scope. Its consumers are asked whether they accept it.
std::int32_t Dispatcher::add_ways(Scope& scope, const Snapshot& rules, const Routing& routing,
                                  const ScopeFields& fields) {
    for (const Match& match : routing.matches) {
        const RouteConfig& route = *rules.routes[match.route];
        ScopeFields routed = fields;
        routed.route = route.name;
        routed.captures = match.captures;
        const auto prefix = std::make_shared<const std::string>(make_prefix(routed));
        for (const Target& target : rules.router.targets(match.route)) {
            ConsumerHost& consumer = *consumer_of(rules, target);
            if (target.channel) {
                PortPtr channel = channel_of(consumer, target, match.captures);
                if (!channel) return ++counts_.unmatched, MILLRACE_UNMATCHED;
                scope.ways.push_back({&route, nullptr, std::move(channel), make_prefix(account_of(routed)), {}});
            } else if (!find(scope, consumer.index())) {
                Instance* instance = delivery_.open(scope, consumer, route);
                if (!instance) return MILLRACE_NO_SLOT;
                instance->set_prefix(prefix);
                take_state(*instance);
                scope.ways.push_back({&route, instance, {}, {}, {}});
            }
        }
    }
    return MILLRACE_OPENED;
}

void Dispatcher::ask(Scope& scope) {
    scope.question = std::make_unique<Question>();
    scope.question->remaining = scope.instances.size();
    if (scope.instances.empty()) return settle_connect(scope, MILLRACE_REASON_CONSUMER);
    const auto order = scope.order++;
    Event connect;
    const RouteConfig* made_for = nullptr;
    for (Instance* instance : scope.instances) {
        if (std::exchange(made_for, &instance->route) != &instance->route) {
            connect = make_event({MILLRACE_CONNECT, MILLRACE_NO_PAYLOAD, 0, order, 0, &instance->route}, {}, {});
        }
        delivery_.enqueue(*instance, connect);
    }
}

}  // namespace millrace
