#include "gateway/core/dispatcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/durability.hpp"
#include "gateway/core/outermost.hpp"

namespace millrace {

Dispatcher::Dispatcher(std::uint16_t index, AdapterHost& adapter, void* context, Pipeline& pipeline)
    : adapter_(adapter), pipeline_(pipeline), snapshot_(pipeline.snapshot()), ledgers_(snapshot_->by_index.size()),
      loop_(index, pipeline.clock, pipeline.alarm,
            [this, wake = adapter.table().wake, context] {
                waking_.fetch_add(1);
                if (is_attached_.load()) wake(context);
                waking_.fetch_sub(1);
            }),
      delivery_(loop_, ledgers_, pipeline.tap, *this), durability_(std::make_unique<Durability>(*this, delivery_)),
      pinned_(index) {}

Dispatcher::~Dispatcher() = default;

std::uint32_t Dispatcher::submit(millrace_id id, const millrace_submission* first, std::uint32_t count,
                                 std::uint32_t stride, std::uint8_t* results) {
    delivery_.prefetch(Id::unpack(id).slot);
    Scope* scope = scopes_.find(Id::unpack(id));
    if (!scope || scope->state != Scope::State::open) return 0;
    if (scope->is_closing || pipeline_.is_draining.load(std::memory_order_relaxed)) return 0;
    Outermost outermost(is_running_);
    std::uint32_t taken = outermost ? take_now(*scope, first, count, stride, results) : 0;
    for (; taken < count; ++taken) {
        const auto result = take_in(*scope, strided(first, taken, stride));
        if (!result) break;
        if (results) results[taken] = *result;
    }
    if (outermost) {
        delivery_.run_ready();
        flush_settlements();
        durability_->flush();
    }
    if (taken < count) {
        ++counts_.paused;
        scope->is_paused = true;
        scope->paused_bytes = size_with_fields(strided(first, taken, stride));
        on_taken(*scope);
    }
    return taken;
}

void Dispatcher::append_fields(const Event::Head& head, std::int64_t now_us, std::string_view fields,
                               std::uint64_t payload_size) {
    if (ids_left_ == 0) {
        next_message_id_ = pipeline_.message_ids.take_block();
        ids_left_ = MessageIds::kBlock;
    }
    --ids_left_;
    append_event(fields_, head, next_message_id_++, now_us, fields, payload_size);
}

Event Dispatcher::make_event(const Event::Head& head, std::string_view fields, millrace_bytes payload,
                             SettlementPtr settlement, std::unique_ptr<Parcel> parcel, const Body& body) {
    fields_.clear();
    append_fields(head, pipeline_.clock.now_us(), fields, payload.size);
    return Event::make(head, to_bytes(fields_), payload, std::move(settlement), std::move(parcel), body);
}

bool Dispatcher::close(millrace_id id, std::uint32_t reason, std::string_view fields) {
    Scope* scope = scopes_.find(Id::unpack(id));
    if (!scope || scope->state == Scope::State::closed) return false;
    close(*scope, reason, fields);
    loop_.wake();
    return true;
}

void Dispatcher::close(Scope& scope, std::uint32_t reason, std::string_view fields) {
    if (scope.is_behind) tell_of_losses(scope);
    scope.state = Scope::State::closed;
    if (!scope.is_channel()) scope.port->close();
    if (scope.waits_at) pipeline_.waits.forget({this, scope.id, nullptr, nullptr}, *std::exchange(scope.waits_at, {}));
    scope.grant = {};
    if (scope.idle) loop_.cancel(*std::exchange(scope.idle, {}));
    scope.question.reset();
    delivery_.on_closed(scope);
    if (scope.instances.empty()) return forget(scope);
    const std::vector<Instance*> instances = scope.instances;
    const auto order = scope.order++;
    Event disconnect;
    const RouteConfig* made_for = nullptr;
    for (Instance* instance : instances) {
        if (std::exchange(made_for, &instance->route) != &instance->route) {
            disconnect = make_event({MILLRACE_DISCONNECT, MILLRACE_NO_PAYLOAD, reason, order, 0, made_for}, fields, {});
        }
        delivery_.close(*instance, disconnect);
    }
}

void Dispatcher::forget(Scope& scope) {
    const PortPtr port = scope.port;
    const bool is_awaited = scope.is_awaited;
    auto for_next = std::move(scope.for_next);
    scopes_.erase(Id::unpack(scope.id).slot);
    adapter_.leave();
    port->scope = nullptr;
    for (auto& parcel : for_next) take_in(std::move(parcel));
    if (is_awaited) durability_->reopen(port);
}

void Dispatcher::written(millrace_id id, std::uint64_t bytes) {
    Scope* scope = scopes_.find(Id::unpack(id));
    if (!scope || scope->state == Scope::State::closed) return;
    scope->port->give({0, std::min(bytes, scope->port->used_bytes())});
    if (!scope->is_behind || !scope->port->is_relaxed()) return;
    tell_of_losses(*scope);
    loop_.wake();
}

void Dispatcher::answer(Instance& instance, Turn& turn) {
    Scope& scope = instance.scope;
    if (!scope.question) {  // It was not asked, only told, or has gone before it heard the answer.
        const bool is_told = scope.is_channel() || scope.state != Scope::State::closed;
        if (is_told && instance.lane) {
            durability_->conclude(instance, turn);
        } else if (is_told) {
            commit(instance, turn.outbox());
        }
        return instance.has_accepted ? delivery_.line_up(instance) : delivery_.remove(instance);
    }
    Question& question = *scope.question;
    if (turn.refusals().empty()) {
        question.answers.emplace_back(&instance, std::move(turn.outbox()));
    } else if (const Turn::Refusal& refusal = turn.refusals().front(); refusal.verdict > question.verdict) {
        question.verdict = refusal.verdict;
        question.code = refusal.code;
        question.text = refusal.text;
    }
    if (--question.remaining == 0) settle_connect(scope, MILLRACE_REASON_CONSUMER);
}

void Dispatcher::give_up_asking(Scope& scope) {
    if (scope.state != Scope::State::asking) return;
    scope.question->verdict = std::max(scope.question->verdict, MILLRACE_RETRY);
    settle_connect(scope, MILLRACE_REASON_CONSUMER);
}

void Dispatcher::settle_connect(Scope& scope, std::uint32_t reason) {
    const std::unique_ptr<Question> question = std::move(scope.question);
    std::vector<millrace_send> replies;
    if (question->verdict == MILLRACE_ACK) {
        scope.state = Scope::State::open;
        for (const auto& [instance, outbox] : question->answers) outbox.to_replies(scope.context, replies);
    }
    const millrace_settlement settlement{sizeof(millrace_settlement),
                                         MILLRACE_CONNECT,
                                         question->verdict,
                                         question->code,
                                         scope.context,
                                         0,
                                         to_bytes(question->text),
                                         replies.data(),
                                         static_cast<std::uint32_t>(replies.size()),
                                         sizeof(millrace_send)};
    adapter_.table().settle(adapter_.self(), &settlement, 1, sizeof settlement);
    if (question->verdict != MILLRACE_ACK) return close(scope, reason, {});
    for (auto& [instance, outbox] : question->answers) {
        outbox.drop_replies();
        commit(*instance, outbox);
    }
}

void Dispatcher::on_taken(Scope& scope) {
    catch_up(scope);
    if (!scope.is_paused || scope.waits_at || scope.waits_for_spool ||
        pipeline_.is_draining.load(std::memory_order_relaxed))
        return;
    const bool is_all_on_disk = !scope.particulars && std::ranges::all_of(scope.ways, [](const Way& way) {
        return way.route->delivery == DeliveryClass::durable;
    });
    const bool is_relaxed = is_all_on_disk || std::ranges::all_of(scope.instances, [&scope](const Instance* instance) {
                                return instance->mailbox.is_relaxed() &&
                                       instance->mailbox.has_room(scope.paused_bytes) &&
                                       !instance->consumer->is_stuck();
                            });
    if (!is_relaxed) return;
    scope.is_paused = false;
    resumes_.push_back(scope.id);
    loop_.wake();
}

void Dispatcher::run() {
    {
        Outermost outermost(is_running_);
        if (!outermost) return;
        loop_.run();
        delivery_.run_ready();
        flush_settlements();
        durability_->flush();
    }
    run_requests();
    check_quiet();
}

void Dispatcher::run_requests() {
    for (const Closing& closing : std::exchange(closings_, {})) {
        Scope* scope = scopes_.find(Id::unpack(closing.scope));
        if (!scope || scope->state != Scope::State::open) continue;
        if (!scope->is_channel()) {
            adapter_.table().close_scope(adapter_.self(), scope->context, MILLRACE_REASON_CONSUMER, closing.code,
                                         to_bytes(closing.text));
        }
        close(*scope, MILLRACE_REASON_CONSUMER, {});
        loop_.wake();
    }
    for (const millrace_id id : std::exchange(resumes_, {})) {
        Scope* scope = scopes_.find(Id::unpack(id));
        if (!scope || scope->state != Scope::State::open || scope->is_closing) continue;
        adapter_.table().resume(adapter_.self(), scope->context);
    }
}

void Dispatcher::when_quiet(std::function<void()> then) {
    on_quiet_ = std::move(then);
    loop_.wake();
}

void Dispatcher::close_all(std::function<void()> then) {
    on_empty_ = std::move(then);
    is_closing_all_ = true;
    delivery_.abandon();
    flush_settlements();
    std::vector<Scope*> open;
    scopes_.each([&](std::uint32_t, Scope& scope) {
        if (scope.state != Scope::State::closed) open.push_back(&scope);
    });
    for (Scope* scope : open) {
        if (scope->state == Scope::State::asking) {
            scope->question->verdict = MILLRACE_RETRY;
            scope->question->text = "the gateway stops";
            settle_connect(*scope, MILLRACE_REASON_DRAIN);
        } else {
            if (!scope->is_channel()) {
                adapter_.table().close_scope(adapter_.self(), scope->context, MILLRACE_REASON_DRAIN, 0, {});
            }
            close(*scope, MILLRACE_REASON_DRAIN, {});
        }
    }
    loop_.wake();
}

std::uint64_t Dispatcher::open_deliveries() const {
    std::uint64_t open = 0;
    for (const Ledger& ledger : ledgers_) open += ledger.not_ended();
    return open;
}

void Dispatcher::check_quiet() {
    if (on_quiet_ && open_deliveries() == 0) std::exchange(on_quiet_, {})();
    if (on_empty_ && scopes_.size() == 0) std::exchange(on_empty_, {})();
}

// The thread that is woken ends after this, and with it what wakes it.
void Dispatcher::detach() {
    loop_.leave();
    pinned_.clear();
    pipeline_.alarm.forget(loop_);
    is_attached_.store(false);
    while (waking_.load() != 0) std::this_thread::yield();
    has_left_.store(true, std::memory_order_release);
}

PoisonJournal::Slot* Dispatcher::notes() {
    struct Place {
        PoisonJournal* journal = nullptr;
        PoisonJournal::Slot* slot = nullptr;
    };
    thread_local Place place;
    PoisonJournal* journal = pipeline_.spool() && pipeline_.journal ? &*pipeline_.journal : nullptr;
    if (std::exchange(place.journal, journal) != journal) place.slot = journal ? journal->add_thread() : nullptr;
    return place.slot;
}

LoopReport Dispatcher::report() {
    LoopReport report = counts_;
    report.scopes = scopes_.size();
    report.pinned_routes = pinned_.size();
    report.states_kept = kept_states_.size();
    report.state_bytes = kept_states_.bytes();
    report.states_evicted = kept_states_.evicted();
    std::vector<ConsumerCount> now(ledgers_.size());
    delivery_.report(now);
    for (std::size_t i = 0; i < ledgers_.size(); ++i) {
        const Ledger& ledger = ledgers_[i];
        now[i].open += ledger.left.get();
        report.consumers.push_back({ledger.created.get(), ledger.acked.get(), ledger.dead.get(), ledger.expired.get(),
                                    ledger.dropped.get(), ledger.retried.get(), ledger.overdue.get(), now[i]});
    }
    return report;
}

}  // namespace millrace
