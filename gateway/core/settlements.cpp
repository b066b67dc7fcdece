#include <fmt/format.h>

#include "gateway/base/log.hpp"
#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/dispatcher.hpp"

// Step 7 on the gateway's side: which messages have ended, for those who wait to hear it, and for the dead letters.
namespace millrace {

SettlementPtr Dispatcher::new_settlement(const Scope& scope, const RouteConfig& route, std::uint64_t cookie,
                                         std::size_t consumers) {
    const bool is_awaited = route.delivery == DeliveryClass::acked;
    return is_awaited ? SettlementPtr(new Settlement(scope.id, cookie, consumers)) : nullptr;
}

void Dispatcher::settle(const Event& event, const Verdict& verdict) {
    if (event.parcel()) return event.parcel()->settlement.end(verdict);
    if (event.settlement()) settle(*event.settlement(), verdict);
}

void Dispatcher::settle(Settlement& settlement, const Verdict& verdict) {
    if (!settlement.add(verdict)) return;
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
                      std::uint32_t code, std::string_view why) {
    log::limited(log::Level::warn, instance.consumer.name(), "dead letter after {} attempts: {}", event.attempt, why);
    DeadLetter letter{
        pipeline_.clock.now_us(), instance.consumer.name(), route.name, event.attempt, code, std::string(why), {}};
    for (const millrace_bytes& piece : {event.scope, event.event, event.payload}) letter.message += to_text(piece);
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
