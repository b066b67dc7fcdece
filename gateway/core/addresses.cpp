#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/asker.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"
#include "gateway/core/event_fields.hpp"

// What goes to addresses of an adapter that are no scopes (`plant:alerts/1`), and what its sender hears of it.
namespace millrace {
namespace {

const RouteConfig reported_route{};

}  // namespace

std::int32_t Dispatcher::open_addresses(const millrace_scope_spec& spec, millrace_id& id) {
    const auto slot = scopes_.reserve();
    if (!slot) return MILLRACE_NO_SLOT;
    id = Id{loop_.index(), *slot, scopes_.generation(*slot) + 1}.pack();
    PortPtr port = pipeline_.ports.add_peer({.home = this, .address = fmt::format("{}:", adapter_.name()), .scope = id},
                                            {0, spec.send_bytes_max});
    Scope& scope = scopes_.emplace(*slot, id, std::move(port), adapter_.name().size() + 1, spec.context);
    scope.state = Scope::State::open;
    adapter_.enter();
    addresses_ = scope.port;
    durability_->open_departures(addresses_);
    return MILLRACE_OPENED;
}

void Dispatcher::list_addresses() {
    if (!addresses_ || addresses_->is_closed()) return;
    pipeline_.ports.list(addresses_);
    durability_->open_departures(addresses_);
}

void Dispatcher::gap(millrace_id id) {
    Scope* scope = scopes_.find(Id::unpack(id));
    if (!scope || scope->state != Scope::State::open) return;
    for (Instance* instance : scope->instances) {
        if (std::exchange(instance->has_gap, true)) continue;
        const Event::Head head{MILLRACE_GAP, MILLRACE_NO_PAYLOAD, 0, 0, 0, &instance->route};
        delivery_.enqueue(*instance, make_event(head, {}, {}));
    }
    for (const Way& way : scope->ways) {
        if (way.channel) inform(way.channel, MILLRACE_GAP, {});
    }
    loop_.wake();
}

void Dispatcher::outcome(const millrace_report& report) {
    if (report.asker.size != 0) {
        const std::optional<Asker> asker = Asker::from_words(to_text(report.asker));
        if (!asker || report.receipt != 0 || report.outcome == 0) return adapter_.count_refused_call();
        std::string said = make_outcome_fields(asker->correlation, report.outcome, report.code, to_text(report.text));
        return tell(*asker, report.scope, said.append(to_text(report.fields)));
    }
    const auto found = reported_.find(report.receipt);
    if (found == reported_.end()) return adapter_.count_refused_call();
    const Reported sent = found->second;
    if (report.outcome == MILLRACE_KEPT) {
        if (sent.row != 0) durability_->on_kept(sent.row);
        return;
    }
    if (report.is_final != 0)
        reported_.erase(found);
    else
        found->second.row = 0;
    const bool is_known = report.outcome != MILLRACE_LOST;
    if (sent.row != 0) durability_->on_outcome(sent.row, is_known, sent.is_told ? sent.from : PortPtr());
    if (!sent.is_told || report.outcome == 0 || (sent.row != 0 && !is_known)) return;
    std::string fields = make_outcome_fields(sent.correlation, report.outcome, report.code, to_text(report.text));
    tell(sent, fields.append(to_text(report.fields)));
}

void Dispatcher::tell_of(std::int64_t row, const PortPtr& asker) {
    const auto found = std::ranges::find(reported_, row, [](const auto& each) { return each.second.row; });
    if (found == reported_.end()) return;
    found->second.from = asker;
    found->second.is_told = true;
}

void Dispatcher::tell(const Reported& sent, std::string_view fields) { inform(sent.from, MILLRACE_RECEIPT, fields); }

// The scope it asked from may have been opened again since, and the process may be another one.
void Dispatcher::tell(const Asker& asker, millrace_id id, std::string_view fields) {
    if (asker.is_channel()) {
        const PortPtr channel = pipeline_.ports.at(asker.address);
        return channel ? inform(channel, MILLRACE_RECEIPT, fields) : static_cast<void>(++counts_.orphans);
    }
    const Scope* scope = id == 0 ? nullptr : scopes_.find(Id::unpack(id));
    if (scope && scope->address() != asker.scope()) return adapter_.count_refused_call();
    if (!scope || scope->state != Scope::State::open) return static_cast<void>(++counts_.orphans);
    const auto of_its_name = [&](const Instance* each) { return each->consumer->name() == asker.consumer(); };
    const auto found = std::ranges::find_if(scope->instances, of_its_name);
    if (found == scope->instances.end()) return static_cast<void>(++counts_.orphans);
    const Event::Head head{MILLRACE_RECEIPT, MILLRACE_NO_PAYLOAD, 0, 0, 0, &reported_route};
    delivery_.enqueue(**found, make_event(head, fields, {}));
    loop_.wake();
}

// On the loop of `to`, whose scope may be gone by then. A channel that is closed is opened for a receipt alone.
void Dispatcher::inform(const PortPtr& to, std::uint32_t kind, std::string_view fields) {
    departed_.add();
    Dispatcher* home = to->place.home;
    const bool is_posted = home->loop().post([home, to, kind, said = std::string(fields)] {
        const bool is_gap = kind == MILLRACE_GAP;
        Instance* instance = is_gap && !to->scope ? nullptr : home->find_or_open(to);
        const Event::Head head{kind, MILLRACE_NO_PAYLOAD, 0, 0, 0, &reported_route};
        if (!instance) {
            home->counts_.orphans += !is_gap;
        } else if (!is_gap || !std::exchange(instance->has_gap, true)) {
            home->delivery_.enqueue(*instance, home->make_event(head, said, {}));
        }
        home->arrived_.add();
    });
    if (!is_posted) arrived_.add();
}

}  // namespace millrace
