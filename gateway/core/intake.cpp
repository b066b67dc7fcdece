#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/base/prefetch.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"
#include "gateway/core/event_fields.hpp"
#include "gateway/core/names.hpp"
#include "gateway/core/outermost.hpp"
#include "gateway/core/said.hpp"

// How what is submitted is taken in: into every mailbox that it belongs to, or into none (contract D12).
namespace millrace {
namespace {

constexpr std::string_view kNoChannel =
    "its channel has a name that is too long or has control characters, or there is no room for it";

std::uint32_t hops_of(const millrace_submission& submission) { return std::min(submission.hops, Parcel::kHopsMax + 1); }

bool goes_in_circles(const millrace_submission& submission) { return submission.hops > Parcel::kHopsMax; }

void append(std::vector<Attribute>& attributes, const Particulars::Pairs& pairs) {
    for (const auto& [key, value] : pairs) attributes.push_back({key, value});
}

}  // namespace

std::uint32_t Dispatcher::take_now(Scope& scope, const millrace_submission* first, std::uint32_t count,
                                   std::uint32_t stride, std::uint8_t* results) {
    if (!scope.only || !delivery_.is_free(*scope.only)) return 0;
    Instance& instance = *scope.only;
    prefetch(instance.handle);
    prefetch(scope.port.get());
    prefetch(&scope.port->place);
    count = std::min(count, kTurnEvents);
    const RouteConfig* route = &instance.route;
    const std::uint8_t result = route->delivery == DeliveryClass::acked ? MILLRACE_PENDING : MILLRACE_SETTLED;
    const auto now_us = pipeline_.clock.now_us();
    fields_.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
        const millrace_submission& submission = strided(first, i, stride);
        const bool is_plain =
            submission.external_id.size == 0 && submission.attribute_count == 0 && submission.body.size == 0;
        if (!is_plain || goes_in_circles(submission)) {
            count = i;
            break;
        }
        batch_[i].head = {MILLRACE_MESSAGE, submission.payload_kind, 0, scope.order++, hops_of(submission), route};
        batch_[i].payload = submission.payload;
        batch_[i].cookie = submission.cookie;
        append_fields(batch_[i].head, now_us, to_text(submission.fields), submission.payload.size);
        batch_[i].event.size = fields_.size();
        if (results) results[i] = result;
    }
    if (count == 0) return 0;
    for (std::size_t i = 0, begin = 0; i < count; ++i) {
        const std::size_t end = batch_[i].event.size;
        batch_[i].event = to_bytes(std::string_view(fields_).substr(begin, end - begin));
        begin = end;
    }
    delivery_.deliver_now(instance, std::span(batch_).first(count));
    return count;
}

// The short way into a mailbox that is all there is to reserve in.
std::optional<std::uint8_t> Dispatcher::take_in(Instance& only, const millrace_submission& submission) {
    only.mailbox.prefetch();
    if (!only.mailbox.has_room(size_with_fields(submission)) || only.consumer->is_stuck()) return std::nullopt;
    SettlementPtr settlement = new_settlement(only, only.route, submission.cookie);
    const std::uint8_t result = settlement ? MILLRACE_PENDING : MILLRACE_SETTLED;
    const Event event =
        make_event({MILLRACE_MESSAGE, submission.payload_kind, 0, only.scope.order++, hops_of(submission), &only.route,
                    deadline_us(only.route)},
                   to_text(submission.fields), submission.payload, std::move(settlement), {}, body_of(submission));
    if (goes_in_circles(submission))
        delivery_.refuse(only, event, kCircleText);
    else
        delivery_.enqueue(only, event);
    return result;
}

std::optional<std::uint8_t> Dispatcher::take_in(Scope& scope, const millrace_submission& submission) {
    const std::string_view external_id = to_text(submission.external_id);
    if (scope.only && external_id.empty()) return take_in(*scope.only, submission);
    Duplicates::Known known;
    if (!external_id.empty()) {
        known = pipeline_.duplicates.begin(adapter_.index(), external_id, pipeline_.clock.now_us());
        if (known.state == Duplicates::Known::State::begun) {
            settle(scope, {{}, {}, {}, submission.cookie}, {MILLRACE_RETRY, 0, "it is being handled already"});
            return MILLRACE_PENDING;
        }
        if (known.state == Duplicates::Known::State::final) {
            if (known.verdict == kUnrouted) return MILLRACE_NOWHERE;
            settle(scope, {{}, {}, {}, submission.cookie}, {known.verdict, known.code, known.text});
            return MILLRACE_PENDING;
        }
    }
    Ways own;
    Ways* ways = &scope.ways;
    if (scope.particulars || !known.acked.empty()) {
        if (scope.particulars) {
            if (const auto end = find_ways(scope, submission, own)) return end_unrouted(scope, submission, *end);
        } else {
            for (const Way& way : scope.ways) own.push_back({way.route, way.instance, way.channel, way.fields, {}});
        }
        std::erase_if(own, [&](const Way& way) {
            return way.leads_somewhere() && std::ranges::count(known.acked, consumer_of(way).index());
        });
        ways = &own;
    }
    if (!reserve(scope, *ways, size_with_fields(submission))) {
        if (!external_id.empty()) pipeline_.duplicates.forget(adapter_.index(), external_id);
        return std::nullopt;
    }
    return deliver(scope, *ways, submission);
}

ConsumerHost& Dispatcher::consumer_of(const Way& way) {
    return way.instance ? *way.instance->consumer : *way.channel->place.consumer;
}

// It is an answer like others, also for a resend.
std::uint8_t Dispatcher::end_unrouted(Scope& scope, const millrace_submission& submission, const Verdict& verdict) {
    const std::string_view external_id = to_text(submission.external_id);
    if (!external_id.empty()) pipeline_.duplicates.end(adapter_.index(), external_id, verdict, {});
    if (verdict.verdict == kUnrouted) return ++scope.order, MILLRACE_NOWHERE;
    settle(scope, {{}, {}, {}, submission.cookie}, verdict);
    return MILLRACE_PENDING;
}

// Nothing where there are some, else how it ends.
std::optional<Verdict> Dispatcher::find_ways(Scope& scope, const millrace_submission& submission, Ways& ways) {
    Particulars& particulars = *scope.particulars;
    if (!are_plain({submission.attributes, submission.attribute_count})) {
        adapter_.count_refused_call();
        bury(scope, submission, fmt::format("its attributes are not {}", kPlainText));
        return Verdict{kUnrouted, 0, {}};
    }
    Said said(submission.attributes, submission.attribute_count);
    const std::string changing = make_attributes(said.attributes);
    append(said.attributes, particulars.attributes);
    append(said.headers, particulars.headers);
    MessageView& view = particulars.view;
    view.forget_json();
    view.payload = to_text(submission.payload);
    view.text = submission.payload_kind == MILLRACE_TEXT ? std::optional(view.payload) : std::nullopt;
    view.headers = said.headers;
    const Snapshot& rules = particulars.rules ? *particulars.rules : *snapshot_;
    const std::uint32_t position = rules.position(adapter_.index());
    const Routing routing =
        position == Snapshot::kNowhere ? Routing() : rules.router.match(position, said.attributes, view);
    if (routing.outcome != Routing::Outcome::deliver) {
        if (routing.outcome == Routing::Outcome::unmatched) bury(scope, submission, "no route takes it");
        ++counts_.unmatched_messages;
        return Verdict{kUnrouted, 0, {}};
    }
    if (particulars.rules && !is_served(rules, routing))
        return Verdict{MILLRACE_RETRY, 0, "a consumer that its routes lead to is gone"};
    for (const Match& match : routing.matches) {
        const RouteConfig& route = *rules.routes[match.route];
        std::string fields = changing;
        append_route(fields, route.name, match.captures);
        for (const Target& target : rules.router.targets(match.route)) {
            Way way = find_way(scope, route, *consumer_of(rules, target), target, match.captures);
            const auto is_same = [&way](const Way& other) {
                return other.instance == way.instance && other.channel == way.channel;
            };
            if (way.leads_somewhere() && std::ranges::any_of(ways, is_same)) continue;
            way.fields = way.instance ? fields : particulars.account + fields;
            ways.push_back(std::move(way));
        }
    }
    const auto has_an_end = [](const Way& way) {
        return way.leads_somewhere() || way.route->delivery == DeliveryClass::acked;
    };
    if (std::ranges::any_of(ways, has_an_end)) return std::nullopt;
    for (std::size_t i = 0; i < ways.size(); ++i) bury(scope, submission, kNoChannel);
    return Verdict{kUnrouted, 0, {}};
}

// Null where it would have no name, or one that nobody could send to.
PortPtr Dispatcher::channel_of(ConsumerHost& consumer, const Target& target, std::span<const Capture> captures) {
    const std::string key = target.channel->make(captures);
    if (!is_border_name(key) || consumer.name().size() + 1 + key.size() > MILLRACE_ADDRESS_MAX) return {};
    return pipeline_.ports.channel(consumer, key);
}

// A consumer that a message is the first to reach is told of the scope, and not asked (contract A3).
Way Dispatcher::find_way(Scope& scope, const RouteConfig& route, ConsumerHost& consumer, const Target& target,
                         std::span<const Capture> captures) {
    if (target.channel) return {&route, nullptr, channel_of(consumer, target, captures), {}, {}};
    Instance* instance = find(scope, consumer.index());
    if (!instance && (instance = delivery_.open(scope, consumer, route))) {
        instance->set_prefix(std::make_shared<const std::string>(scope.particulars->prefix));
        instance->has_accepted = true;
        take_state(*instance);
        const Event::Head head{MILLRACE_CONNECT, MILLRACE_NO_PAYLOAD, 0, scope.order++, 0, &route};
        delivery_.enqueue(*instance, make_event(head, {}, {}));
    }
    return {&route, instance, {}, {}, {}};
}

bool Dispatcher::reserve(Scope& scope, Ways& ways, std::uint64_t bytes) {
    for (Way& way : ways) {
        if (!way.leads_somewhere() || way.is_durable()) continue;
        if (way.instance) {
            if (way.instance->mailbox.has_room(bytes) && !way.instance->consumer->is_stuck()) continue;
        } else {
            const Amount amount = way.channel->amount_of(bytes);
            if (scope.grant.port() == way.channel) way.hold = std::exchange(scope.grant, {}).split(amount);
            if (!way.hold && way.channel->take(amount, {}) == MILLRACE_TAKEN) way.hold = Hold(way.channel, amount);
            if (way.hold) continue;
            for (Way& each : ways) each.hold = {};
            scope.waits_at = way.channel;
            pipeline_.waits.wait({this, scope.id, nullptr, nullptr}, way.channel, amount);
            return false;
        }
        for (Way& each : ways) each.hold = {};
        return false;
    }
    if (durability_->take_room(scope, ways, bytes)) return true;
    for (Way& each : ways) each.hold = {};
    return false;
}

std::uint8_t Dispatcher::deliver(Scope& scope, Ways& ways, const millrace_submission& submission) {
    const bool is_kept =
        std::ranges::any_of(ways, [](const Way& way) { return way.is_durable() && way.leads_somewhere(); });
    // The strictest class governs the one answer (contract D5).
    const auto is_awaited = [is_kept](const Way& way) {
        return !is_kept && way.route->delivery == DeliveryClass::acked;
    };
    Settlement::Consumers awaited;
    Verdict verdict;
    for (const Way& way : ways) {
        if (!is_awaited(way)) continue;
        if (way.leads_somewhere()) {
            awaited.push_back(consumer_of(way).index());
        } else {
            verdict = {MILLRACE_REJECT, 0, kNoChannel};
        }
    }
    SettlementPtr settlement;
    const std::string_view external_id = to_text(submission.external_id);
    if (!awaited.empty()) {
        settlement = new Settlement(scope.id, submission.cookie, adapter_.is_upstream(), settle_due_us(scope),
                                    std::move(awaited));
        settlement->external_id = external_id;
        settlement->verdict = verdict.verdict;
        settlement->text = verdict.text;
    } else if (!is_kept && !external_id.empty()) {  // What is kept has not ended before it is on the disk.
        pipeline_.duplicates.end(adapter_.index(), external_id, verdict, {});
    }
    const auto order = scope.order++;
    if (is_kept) durability_->accept(scope, ways, submission, order);
    Event event;
    const RouteConfig* made_for = nullptr;
    for (Way& way : ways) {
        if (way.leads_somewhere() && way.is_durable()) continue;
        if (!way.leads_somewhere()) {
            bury(scope, submission, kNoChannel);
            continue;
        }
        SettlementPtr own = is_awaited(way) ? settlement : SettlementPtr();
        if (!way.instance) {
            send_to_channel(scope, way, submission, std::move(own));
            continue;
        }
        if (std::exchange(made_for, way.route) != way.route) {
            std::string fields = way.fields;
            fields.append(to_text(submission.fields));
            event = make_event({MILLRACE_MESSAGE, submission.payload_kind, 0, order, hops_of(submission), way.route,
                                deadline_us(*way.route)},
                               fields, submission.payload, std::move(own), {}, body_of(submission));
        }
        if (goes_in_circles(submission))
            delivery_.refuse(*way.instance, event, kCircleText);
        else
            delivery_.enqueue(*way.instance, event);
    }
    if (settlement || is_kept) return MILLRACE_PENDING;
    if (verdict.verdict == MILLRACE_ACK) return MILLRACE_SETTLED;
    settle(scope, {{}, {}, {}, submission.cookie}, verdict);
    return MILLRACE_PENDING;
}

Body Dispatcher::body_of(const millrace_submission& submission) const {
    return {submission.body, submission.sealed == 0 ? nullptr : adapter_.sealed_body(submission.sealed)};
}

void Dispatcher::send_to_channel(Scope& scope, Way& way, const millrace_submission& submission,
                                 SettlementPtr settlement) {
    auto parcel = std::make_unique<Parcel>();
    parcel->hold = std::move(way.hold);
    parcel->from = scope.port;
    parcel->payload_kind = submission.payload_kind;
    parcel->hops = hops_of(submission) + 1;
    parcel->route = way.route;
    const Body body = body_of(submission);
    parcel->fill({way.fields, to_text(submission.fields)}, submission.payload,
                 body.file ? millrace_bytes() : body.bytes);
    parcel->body_file = body.file;
    if (settlement)
        parcel->settlement = FarSettlement(*this, std::move(settlement), way.channel->place.consumer->index());
    depart(std::move(parcel));
}

}  // namespace millrace
