#include <utility>

#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/delivery.hpp"

// What a suspended handler waits for: sleeps, offloaded work, and completions from elsewhere.
namespace millrace {

struct Delivery::Offload final : Job {
    Offload(Delivery& delivery, const millrace_consumer& table, void* handle, millrace_id op)
        : delivery(delivery), table(table), handle(handle), op(op) {}

    void work() override {
        table.work(handle, op);
        delivery.loop().post(this);
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

millrace_status Delivery::start_op(Turn& turn, std::uint32_t kind, std::uint64_t arg, millrace_id& op) {
    Instance& instance = turn.instance();
    if (is_abandoning_) return MILLRACE_ERROR;
    const auto slot = ops_.reserve();
    if (!slot) return MILLRACE_ERROR;
    Op& started = ops_.emplace(*slot, &instance);
    op = Id{loop_.index(), *slot, ops_.generation(*slot)}.pack();
    ++instance.ops;
    if (kind == MILLRACE_SLEEP) {
        const auto due_us = loop_.clock().steady_us() + static_cast<std::int64_t>(arg);
        started.timer = loop_.at(due_us, [this, slot = *slot] { end_op(slot, MILLRACE_OP_DONE); });
    } else {
        instance.consumer.pool().submit(new Offload(*this, instance.consumer.table(), instance.handle, op));
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
    turn_.resume(instance, [&] { instance.consumer.table().resumed(instance.handle, id, status); });
    finish(turn_, true);
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

void Delivery::drop_messages(Instance& instance) {
    // The first is still its handler's where that is suspended.
    const std::size_t kept = instance.state == Instance::State::open ? 1 : 0;
    ledger(instance).dropped.add(instance.mailbox.drop_messages(kept));
}

void Delivery::abandon() {
    is_abandoning_ = true;
    instances_.each([this](std::uint32_t, Instance& instance) {
        switch (instance.state) {
            case Instance::State::running:
                if (instance.turn) instance.turn->cancel();
                return;  // finish() will drop the rest.
            case Instance::State::open:
                cancel_ops(instance);
                break;
            case Instance::State::back_off:
                loop_.cancel(*instance.timer);
                instance.timer.reset();
                [[fallthrough]];
            case Instance::State::no_room:
                instance.state = Instance::State::idle;
                break;
            default:
                break;
        }
        drop_messages(instance);
    });
}

bool Delivery::complete(millrace_id token, const millrace_outcome& outcome) {
    Instance* instance = instances_.find(Id::unpack(token).slot);
    if (!instance || instance->state != Instance::State::open || instance->draft.token != token || instance->ops != 0) {
        return false;
    }
    turn_.end(*instance, outcome);
    finish(turn_, true);
    return true;
}

}  // namespace millrace
