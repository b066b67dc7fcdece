#include <fmt/format.h>

#include "gateway/base/log.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"

// Step 7 on the gateway's side: which messages have ended, for those who wait to hear it, and for the dead letters.
namespace millrace {

SettlementPtr Dispatcher::new_settlement(const Instance& instance, const RouteConfig& route,
                                         std::uint64_t cookie) const {
    if (route.delivery != DeliveryClass::acked) return {};
    return new Settlement(instance.scope.id, cookie, adapter_.is_upstream(), settle_due_us(instance.scope),
                          {instance.consumer->index()});
}

std::int64_t Dispatcher::settle_due_us(const Scope& scope) const {
    return scope.settle_deadline_us == 0 ? 0 : pipeline_.clock.steady_us() + scope.settle_deadline_us;
}

// Contract D10.
void Dispatcher::on_settle_deadline(const Instance& instance, const Event& event) {
    const Parcel* parcel = event.parcel();
    ++counts_.settle_deadlines;
    counts_.last_settle_deadline = parcel ? parcel->from->place.address : instance.scope.port->place.address;
}

void Dispatcher::settle(const Instance& instance, const Event& event, const Verdict& verdict) {
    if (event.parcel()) return event.parcel()->settlement.end(verdict);
    if (event.settlement()) settle(*event.settlement(), instance.consumer->index(), verdict);
}

void Dispatcher::settle(Settlement& settlement, std::uint32_t consumer, const Verdict& verdict) {
    if (!settlement.add(consumer, verdict)) return;
    if (!settlement.external_id.empty()) {
        pipeline_.duplicates.end(adapter_.index(), settlement.external_id,
                                 {settlement.verdict, settlement.code, settlement.text}, settlement.acked);
    }
    settled_.push_back(
        {settlement.scope, settlement.cookie, settlement.verdict, settlement.code, std::move(settlement.text)});
}

void Dispatcher::settle(const Scope& scope, const BorrowedEvent& event, const Verdict& verdict) {
    settled_.push_back({scope.id, event.cookie, verdict.verdict, verdict.code, std::string(verdict.text)});
}

void Dispatcher::flush_settlements() {
    if (settled_.empty()) return;
    const std::vector<Settled> settled = std::exchange(settled_, {});
    std::vector<millrace_settlement> settlements;
    settlements.reserve(settled.size());
    for (const Settled& each : settled) {
        const Scope* scope = scopes_.find(Id::unpack(each.scope));
        if (!scope || scope->state != Scope::State::open) continue;
        settlements.push_back({sizeof(millrace_settlement), MILLRACE_MESSAGE, each.verdict, each.code, scope->context,
                               each.cookie, to_bytes(each.text), nullptr, 0, 0});
    }
    if (settlements.empty()) return;
    adapter_.table().settle(adapter_.self(), settlements.data(), static_cast<std::uint32_t>(settlements.size()),
                            sizeof(millrace_settlement));
}

void Dispatcher::bury(const Instance& instance, const RouteConfig& route, const millrace_event& event,
                      std::uint32_t code, std::string_view why, bool is_on_disk) {
    log::limited(log::Level::warn, instance.consumer->name(), "dead letter after {} attempts: {}", event.attempt, why);
    if (is_on_disk) return;  // The spool has it.
    DeadLetter letter{
        pipeline_.clock.now_us(), instance.consumer->name(), route.name, event.attempt, code, std::string(why), {}};
    for (const millrace_bytes& piece : {event.scope, event.event, event.payload}) letter.message += to_text(piece);
    pipeline_.dead_letters.bury(std::move(letter));
}

// One that no consumer has seen.
void Dispatcher::bury(const Scope& scope, const millrace_submission& submission, std::string_view why) {
    log::limited(log::Level::warn, adapter_.name(), "a message is a dead letter: {}", why);
    const Event::Head head{MILLRACE_MESSAGE, submission.payload_kind, 0, scope.order, 0, nullptr};
    fields_.clear();
    append_fields(head, pipeline_.clock.now_us(), to_text(submission.fields), submission.payload.size);
    DeadLetter letter{pipeline_.clock.now_us(), {}, {}, 0, 0, std::string(why), scope.particulars->prefix};
    letter.message.append(fields_).append(to_text(submission.payload));
    pipeline_.dead_letters.bury(std::move(letter));
}

void Dispatcher::on_unstuck() {
    for (Dispatcher* dispatcher : pipeline_.loops.all()) {
        dispatcher->loop().post([dispatcher] { dispatcher->resume_paused(); });
    }
}

void Dispatcher::resume_paused() {
    scopes_.each([this](std::uint32_t, Scope& scope) { on_taken(scope); });
}

}  // namespace millrace
