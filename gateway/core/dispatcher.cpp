#include "gateway/core/dispatcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/bytes.hpp"
#include "gateway/core/event_fields.hpp"

namespace millrace {
namespace {

const millrace_submission& nth(const millrace_submission* first, std::uint32_t index, std::uint32_t stride) {
    return *reinterpret_cast<const millrace_submission*>(reinterpret_cast<const char*>(first) +
                                                         std::size_t{index} * stride);
}

// While it lives, nothing else on this thread runs plugin code.
class Outermost {
  public:
    explicit Outermost(bool& is_running) : is_running_(is_running), is_outermost_(!std::exchange(is_running, true)) {}
    ~Outermost() {
        if (is_outermost_) is_running_ = false;
    }
    explicit operator bool() const { return is_outermost_; }

  private:
    bool& is_running_;
    const bool is_outermost_;
};

}  // namespace

Dispatcher::Dispatcher(std::uint8_t index, AdapterHost& adapter, void* context, Pipeline& pipeline)
    : adapter_(adapter), pipeline_(pipeline), ledgers_(pipeline.consumers.size()),
      loop_(index, pipeline.clock, pipeline.alarm,
            [this, wake = adapter.table().wake, context] {
                if (is_attached_.load(std::memory_order_acquire)) wake(context);
            }),
      delivery_(loop_, ledgers_, *this) {}

Dispatcher::~Dispatcher() = default;

std::int32_t Dispatcher::open(const millrace_scope_spec& spec, millrace_id& id) {
    if (pipeline_.is_draining.load(std::memory_order_relaxed)) return MILLRACE_DRAINING;
    std::vector<Attribute> attributes;
    for (std::uint32_t i = 0; i < spec.attribute_count; ++i) {
        attributes.push_back({to_text(spec.attributes[i].key), to_text(spec.attributes[i].value)});
    }
    const Decision decision = pipeline_.router.match(adapter_.index(), attributes);
    if (decision.outcome != Decision::Outcome::deliver) {
        ++counts_.unmatched;
        return MILLRACE_UNMATCHED;
    }
    const auto slot = scopes_.reserve();
    if (!slot) return MILLRACE_NO_SLOT;
    id = Id{loop_.index(), *slot, scopes_.generation(*slot) + 1}.pack();
    const RouteConfig& route = pipeline_.config.routes[decision.route];
    PortPtr peer = pipeline_.ports.add_peer(
        {Port::Kind::peer, this, fmt::format("{}:{}", adapter_.name(), to_text(spec.key)), nullptr, id},
        {0, spec.send_bytes_max});
    Scope& scope = scopes_.emplace(*slot, id, std::move(peer), adapter_.name().size() + 1, spec.context);
    const auto prefix = std::make_shared<const std::string>(
        make_prefix({adapter_.name(), adapter_.protocol(), scope.key(), scope.epoch, route.name, attributes,
                     decision.captures, to_text(spec.fields)}));
    for (const std::uint32_t consumer : decision.consumers) {
        if (Instance* instance = delivery_.open(scope, *pipeline_.consumers[consumer], route)) {
            instance->prefix = prefix;
            continue;
        }
        while (!scope.instances.empty()) delivery_.remove(*scope.instances.back());
        scopes_.erase(*slot);
        return MILLRACE_NO_SLOT;
    }
    ask(scope);
    if (Outermost outermost(is_running_); outermost) delivery_.run_ready();
    return MILLRACE_OPENED;
}

void Dispatcher::ask(Scope& scope) {
    scope.question = std::make_unique<Question>();
    scope.question->remaining = scope.instances.size();
    const RouteConfig* route = &scope.instances.front()->route;
    const Event connect = make_event({MILLRACE_CONNECT, MILLRACE_NO_PAYLOAD, 0, scope.order++, 0, route}, {}, {});
    for (Instance* instance : scope.instances) delivery_.enqueue(*instance, connect);
}

std::uint32_t Dispatcher::submit(millrace_id id, const millrace_submission* first, std::uint32_t count,
                                 std::uint32_t stride) {
    Scope* scope = scopes_.find(Id::unpack(id));
    if (!scope || scope->state != Scope::State::open) return 0;
    if (scope->is_closing || pipeline_.is_draining.load(std::memory_order_relaxed)) return 0;
    Outermost outermost(is_running_);
    std::uint32_t taken = outermost ? take_now(*scope, first, count, stride) : 0;
    if (taken < count) taken += take_in(*scope, &nth(first, taken, stride), count - taken, stride);
    if (outermost) {
        delivery_.run_ready();
        flush_settlements();
    }
    if (taken < count) {
        ++counts_.paused;
        scope->is_paused = true;
        const millrace_submission& refused = nth(first, taken, stride);
        scope->paused_bytes = kEventFieldBytesMax + refused.fields.size + refused.payload.size;
        on_taken(*scope);
    }
    return taken;
}

std::uint32_t Dispatcher::take_now(Scope& scope, const millrace_submission* first, std::uint32_t count,
                                   std::uint32_t stride) {
    if (scope.instances.size() != 1 || !delivery_.is_free(*scope.instances.front())) return 0;
    count = std::min(count, kTurnEvents);
    const RouteConfig* route = &scope.instances.front()->route;
    std::array<BorrowedEvent, kTurnEvents> events;
    std::array<std::size_t, kTurnEvents> ends;
    const auto now_us = pipeline_.clock.now_us();
    fields_.clear();
    for (std::uint32_t i = 0; i < count; ++i) {
        const millrace_submission& submission = nth(first, i, stride);
        events[i].head = {MILLRACE_MESSAGE, submission.payload_kind, 0, scope.order++, 0, route};
        events[i].payload = submission.payload;
        events[i].cookie = submission.cookie;
        append_fields(events[i].head, now_us, to_text(submission.fields), submission.payload.size);
        ends[i] = fields_.size();
    }
    for (std::size_t i = 0, begin = 0; i < count; begin = ends[i++]) {
        events[i].event = to_bytes(std::string_view(fields_).substr(begin, ends[i] - begin));
    }
    delivery_.deliver_now(*scope.instances.front(), std::span(events).first(count));
    return count;
}

std::uint32_t Dispatcher::take_in(Scope& scope, const millrace_submission* first, std::uint32_t count,
                                  std::uint32_t stride) {
    for (std::uint32_t i = 0; i < count; ++i) {
        const millrace_submission& submission = nth(first, i, stride);
        const auto bytes = kEventFieldBytesMax + submission.fields.size + submission.payload.size;
        const bool has_room = std::ranges::all_of(scope.instances, [bytes](const Instance* instance) {
            return instance->mailbox.has_room(bytes) && !instance->consumer.is_stuck();
        });
        if (!has_room) return i;
        const RouteConfig& route = scope.instances.front()->route;
        const Event event = make_event({MILLRACE_MESSAGE, submission.payload_kind, 0, scope.order++, 0, &route},
                                       to_text(submission.fields), submission.payload,
                                       new_settlement(scope, route, submission.cookie, scope.instances.size()));
        for (Instance* instance : scope.instances) delivery_.enqueue(*instance, event);
    }
    return count;
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
                             SettlementPtr settlement, std::unique_ptr<Parcel> parcel) {
    fields_.clear();
    append_fields(head, pipeline_.clock.now_us(), fields, payload.size);
    return Event::make(head, to_bytes(fields_), payload, std::move(settlement), std::move(parcel));
}

bool Dispatcher::close(millrace_id id, std::uint32_t reason, std::string_view fields) {
    Scope* scope = scopes_.find(Id::unpack(id));
    if (!scope || scope->state == Scope::State::closed) return false;
    close(*scope, reason, fields);
    loop_.wake();
    return true;
}

void Dispatcher::close(Scope& scope, std::uint32_t reason, std::string_view fields) {
    scope.state = Scope::State::closed;
    if (!scope.is_channel()) scope.port->close();
    if (scope.idle) loop_.cancel(*std::exchange(scope.idle, {}));
    scope.question.reset();
    delivery_.on_closed(scope);
    const RouteConfig* route = &scope.instances.front()->route;
    const Event disconnect =
        make_event({MILLRACE_DISCONNECT, MILLRACE_NO_PAYLOAD, reason, scope.order++, 0, route}, fields, {});
    const std::vector<Instance*> instances = scope.instances;
    for (Instance* instance : instances) delivery_.close(*instance, disconnect);
}

void Dispatcher::forget(Scope& scope) {
    const PortPtr port = scope.port;
    auto for_next = std::move(scope.for_next);
    scopes_.erase(Id::unpack(scope.id).slot);
    port->scope = nullptr;
    for (auto& parcel : for_next) take_in(std::move(parcel));
}

void Dispatcher::written(millrace_id id, std::uint64_t bytes) {
    Scope* scope = scopes_.find(Id::unpack(id));
    if (!scope || scope->state == Scope::State::closed) return;
    scope->port->give({0, bytes});
}

void Dispatcher::answer(Instance& instance, Turn& turn) {
    Scope& scope = instance.scope;
    if (scope.state == Scope::State::closed) {
        return instance.has_accepted ? delivery_.line_up(instance) : delivery_.remove(instance);
    }
    if (!scope.question) {  // It was not asked, only told.
        commit(instance, turn.outbox());
        return delivery_.line_up(instance);
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
    if (!scope.is_paused || pipeline_.is_draining.load(std::memory_order_relaxed)) return;
    const bool is_relaxed = std::ranges::all_of(scope.instances, [&scope](const Instance* instance) {
        return instance->mailbox.is_relaxed() && instance->mailbox.has_room(scope.paused_bytes) &&
               !instance->consumer.is_stuck();
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

void Dispatcher::detach() {
    is_attached_.store(false, std::memory_order_release);
    pipeline_.alarm.forget(loop_);
}

LoopReport Dispatcher::report() {
    LoopReport report = counts_;
    report.scopes = scopes_.size();
    std::vector<ConsumerCount> now(ledgers_.size());
    delivery_.report(now);
    for (std::size_t i = 0; i < ledgers_.size(); ++i) {
        const Ledger& ledger = ledgers_[i];
        report.consumers.push_back({ledger.created.get(), ledger.acked.get(), ledger.dead.get(), ledger.expired.get(),
                                    ledger.dropped.get(), ledger.retried.get(), ledger.overdue.get(), now[i]});
    }
    return report;
}

}  // namespace millrace
