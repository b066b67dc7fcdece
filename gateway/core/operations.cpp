#include <algorithm>
#include <utility>

#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"

// What a suspended handler waits for: sleeps, offloaded work, and completions from elsewhere.
namespace millrace {
namespace {

constexpr std::uint64_t kDelayMax_us = std::uint64_t{10 * 366} * 86'400 * 1'000'000;

}  // namespace

struct Delivery::Offload final : Job {
    Offload(Delivery& delivery, const millrace_consumer& table, void* handle, millrace_id op)
        : delivery(delivery), table(table), handle(handle), op(op) {}

    void work() override {
        table.work(handle, op);
        static_cast<void>(delivery.loop().post(this));  // Which nobody leaves while a scope is there.
    }

    void arrive() override {
        std::unique_ptr<Offload> self(this);
        delivery.end_op(Id::unpack(op).slot, MILLRACE_OP_DONE);
    }

    Delivery& delivery;
    const millrace_consumer& table;
    void* handle;
    millrace_id op;
};

template <class Call> void Delivery::continue_open(Instance& instance, Call&& call) {
    const bool was_overdue = instance.draft.is_overdue;
    stop_timer(instance);
    turn_.resume(instance, std::forward<Call>(call));
    if (was_overdue && !turn_.is_suspended() && instance.consumer->count_returned()) dispatcher_.on_unstuck();
    finish(turn_, true);
}

millrace_status Delivery::start_op(Turn& turn, std::uint32_t kind, std::uint64_t arg, millrace_id& op) {
    Instance& instance = turn.instance();
    if (is_abandoning_) return MILLRACE_ERROR;
    const auto slot = ops_.reserve();
    if (!slot) return MILLRACE_ERROR;
    Op& started = ops_.emplace(*slot, Op{&instance, {}, false});
    op = Id{loop_.index(), *slot, ops_.generation(*slot)}.pack();
    ++instance.ops;
    if (kind == MILLRACE_SLEEP) {
        const auto due_us = loop_.clock().steady_us() + static_cast<std::int64_t>(std::min(arg, kDelayMax_us));
        started.timer = loop_.at(due_us, [this, slot = *slot] { end_op(slot, MILLRACE_OP_DONE); });
    } else {
        instance.consumer->pool().submit(new Offload(*this, instance.consumer->table(), instance.handle, op));
    }
    return MILLRACE_OK;
}

void Delivery::end_op(std::uint32_t slot, std::int32_t status) {
    const millrace_id id = Id{loop_.index(), slot, ops_.generation(slot)}.pack();
    const Op op = *ops_.find(slot);
    ops_.erase(slot);
    Instance& instance = *op.instance;
    --instance.ops;
    if (op.is_cancelled) status = MILLRACE_OP_CANCELLED;
    continue_open(instance, [&] { instance.consumer->table().resumed(instance.handle, id, status); });
}

void Delivery::cancel_ops(Instance& instance) {
    std::vector<std::uint32_t> sleeping;
    ops_.each([&](std::uint32_t slot, Op& op) {
        if (op.instance != &instance || op.is_cancelled) return;
        op.is_cancelled = true;
        if (op.timer) sleeping.push_back(slot);
    });
    for (std::uint32_t slot : sleeping) {
        loop_.cancel(*ops_.find(slot)->timer);
        loop_.post([this, slot] { end_op(slot, MILLRACE_OP_CANCELLED); });
    }
}

void Delivery::abandon() {
    is_abandoning_ = true;
    instances_.each([this](std::uint32_t, Instance& instance) {
        switch (instance.state) {
            case Instance::State::running:
                if (instance.turn) instance.turn->cancel();
                settle_as_retry(instance);
                return;  // finish() will drop the rest.
            case Instance::State::open:
                cancel_ops(instance);
                settle_as_retry(instance);
                break;
            case Instance::State::back_off:
                stop_timer(instance);
                [[fallthrough]];
            case Instance::State::no_room:
                stop_waiting(instance);
                instance.state = Instance::State::idle;
                break;
            default:
                break;
        }
        drop_messages(instance);
        if (instance.lane) dispatcher_.durability().look(instance);
        line_up(instance);
    });
}

void Delivery::set_timer(Instance& instance, std::string_view name, std::optional<std::uint64_t> delay_us,
                         std::uint32_t hops) {
    const auto old = std::ranges::find(instance.timers, name, &std::pair<std::string, Loop::Timer>::first);
    if (old != instance.timers.end()) {
        loop_.cancel(old->second);
        instance.timers.erase(old);
    }
    if (!delay_us || instance.scope.state == Scope::State::closed || is_abandoning_) return;
    const auto due_us = loop_.clock().steady_us() + static_cast<std::int64_t>(std::min(*delay_us, kDelayMax_us));
    const auto timer = loop_.at(due_us, [this, &instance, hops, name = std::string(name)] {
        std::erase_if(instance.timers, [&](const auto& each) { return each.first == name; });
        enqueue(instance, dispatcher_.make_timer(instance, name, hops));
    });
    instance.timers.emplace_back(name, timer);
}

bool Delivery::has_timer(const Instance& instance, std::string_view name) {
    return std::ranges::count(instance.timers, name, &std::pair<std::string, Loop::Timer>::first) != 0;
}

void Delivery::stop_timer(Instance& instance) {
    if (!instance.timer) return;
    loop_.cancel(*instance.timer);
    instance.timer.reset();
}

// A handler is suspended: from its first suspension on it has the route's timeout.
void Delivery::hold_open(Instance& instance, Draft draft) {
    instance.draft = std::move(draft);
    instance.state = Instance::State::open;
    if (instance.draft.is_overdue) return;
    std::int64_t& due_us = instance.draft.due_us;
    if (due_us == 0) due_us = loop_.clock().steady_us() + first_route(instance).timeout_us();
    instance.timer = loop_.at(due_us, [this, &instance] {
        instance.timer.reset();
        instance.draft.is_overdue = true;
        instance.consumer->count_overdue();
        instance.consumer->table().cancel(instance.handle, instance.draft.token);
        cancel_ops(instance);
        dispatcher_.give_up_asking(instance.scope);
    });
}

// A handler is on a worker: from its call on it has the route's timeout.
void Delivery::watch(Turn& turn, std::int64_t timeout_us) {
    const auto now_us = loop_.clock().steady_us();
    turn.timer = loop_.at(turn.began_us(now_us) + timeout_us, [this, &turn, timeout_us] {
        turn.timer.reset();
        turn.is_overdue = turn.expire(loop_.clock().steady_us() - timeout_us);
        if (!turn.is_overdue) return watch(turn, timeout_us);
        turn.instance().consumer->count_overdue();
        if (turn.kind() == MILLRACE_CONNECT) dispatcher_.give_up_asking(turn.instance().scope);
    });
}

bool Delivery::complete(const ConsumerHost& consumer, millrace_id token, const millrace_outcome& outcome) {
    Instance* instance = instances_.find(Id::unpack(token).slot);
    if (!instance || instance->consumer != &consumer) return false;
    if (instance->state != Instance::State::open || instance->draft.token != token || instance->ops != 0) {
        return false;
    }
    continue_open(*instance, [&] { turn_.complete(outcome); });
    return true;
}

bool Delivery::keep(const ConsumerHost& consumer, millrace_id token, std::unique_ptr<Job>& job) {
    Instance* instance = instances_.find(Id::unpack(token).slot);
    if (!instance || instance->consumer != &consumer) return false;
    if (!instance->turn || !instance->turn->shows(token)) return false;
    instance->turn->early.push_back(std::move(job));
    return true;
}

}  // namespace millrace
