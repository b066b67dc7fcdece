#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/delivery.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/durability.hpp"

// How a loop changes over to the next configuration, and how a channel passes from one generation of its consumer to
// the next (contract E8): between two events, with what it has left in its state.
namespace millrace {

// The last instance of a sync consumer is closed where its handlers ran.
struct Delivery::Farewell final : Job {
    Farewell(Delivery& delivery, Instance& instance, ConsumerHost& next)
        : delivery(delivery), instance(instance), next(next) {}

    void work() override {
        instance.consumer->table().close(instance.handle);
        static_cast<void>(delivery.loop().post(this));  // Which nobody leaves while a scope is there.
    }

    void arrive() override {
        const std::unique_ptr<Farewell> self(this);
        delivery.pass_on(instance, next);
        instance.state = Instance::State::idle;
        if (delivery.is_abandoning_) delivery.drop_messages(instance);
        delivery.line_up(instance);
    }

    Delivery& delivery;
    Instance& instance;
    ConsumerHost& next;
};

// Whether it is done; where it is not, the instance lines up when it is.
bool Delivery::renew(Instance& instance, ConsumerHost& next) {
    if (instance.handle && instance.consumer->is_sync()) {
        instance.state = Instance::State::running;
        instance.consumer->pool().submit(new Farewell(*this, instance, next));
        return false;
    }
    if (instance.handle) instance.consumer->table().close(instance.handle);
    pass_on(instance, next);
    return true;
}

void Delivery::pass_on(Instance& instance, ConsumerHost& next) {
    instance.handle = nullptr;
    next.enter();
    std::exchange(instance.consumer, &next)->leave();
}

void Dispatcher::make_room_for(std::size_t consumers) {
    while (ledgers_.size() < consumers) ledgers_.emplace_back();
}

void Dispatcher::adopt(SnapshotPtr next) {
    snapshot_ = std::move(next);
    if (addresses_ && !addresses_->is_closed() && !durability_->has_departures())
        durability_->open_departures(addresses_);
    scopes_.each([this](std::uint32_t, Scope& scope) {
        if (!scope.is_channel() || scope.state != Scope::State::open) return;
        Instance& instance = *scope.instances.front();
        if (!snapshot_->consumer(instance.consumer->index())) return close(scope, MILLRACE_REASON_DRAIN, {});
        delivery_.line_up(instance);
    });
    loop_.wake();
}

ConsumerHost* Dispatcher::next_generation(const Instance& instance) const {
    if (!instance.scope.is_channel()) return nullptr;
    ConsumerHost* current = snapshot_->consumer(instance.consumer->index());
    return current == instance.consumer ? nullptr : current;
}

void Dispatcher::end_generation(const ConsumerHost& consumer) {
    std::vector<Scope*> served;
    scopes_.each([&](std::uint32_t, Scope& scope) {
        if (scope.is_channel() || scope.state != Scope::State::open) return;
        if (std::ranges::any_of(scope.instances, [&](const Instance* each) { return each->consumer == &consumer; })) {
            served.push_back(&scope);
        }
    });
    for (Scope* scope : served) {
        adapter_.table().close_scope(adapter_.self(), scope->context, MILLRACE_REASON_DRAIN, 0, {});
        close(*scope, MILLRACE_REASON_DRAIN, {});
    }
    loop_.wake();
}

}  // namespace millrace
