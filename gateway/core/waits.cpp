#include "gateway/core/waits.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/core/dispatcher.hpp"

namespace millrace {

void Grant::arrive() {
    const std::unique_ptr<Grant> self(this);
    waiter.home->on_granted(*this);
}

Waits::Answer Waits::wait(const Waiter& waiter, const PortPtr& port, Amount amount) {
    Grants grants;
    Answer answer;
    {
        std::lock_guard lock(mutex_);
        answer = wait_locked(waiter, port, amount, grants);
        serve_locked(*port, grants);
    }
    post(std::move(grants));
    return answer;
}

Waits::Answer Waits::wait_locked(const Waiter& waiter, const PortPtr& port, Amount amount, Grants& grants) {
    port->is_waited_for_.store(true);
    std::deque<Entry>& queue = queues_[port.get()];
    if (queue.empty() && port->take_for_waiter(amount)) {
        grants.push_back(grant({waiter, port, amount}));
    } else if (!closes_ring(waiter.self, *port)) {
        if (waiter.self) waits_at_[waiter.self] = port.get();
        queue.push_back({waiter, port, amount});
    } else if (port->take_beyond(amount)) {
        grants.push_back(grant({waiter, port, amount}));
    } else {
        return Answer::hopeless;
    }
    return Answer::waiting;
}

bool Waits::closes_ring(const Port* self, const Port& port) const {
    if (!self) return false;
    for (const Port* at = &port;;) {
        if (at == self) return true;
        const auto next = waits_at_.find(at);
        if (next == waits_at_.end()) return false;
        at = next->second;
    }
}

void Waits::forget(const Waiter& waiter, const Port& port) {
    PortPtr held;
    Grants grants;
    {
        std::lock_guard lock(mutex_);
        const auto found = queues_.find(&port);
        if (found == queues_.end()) return;
        std::deque<Entry>& queue = found->second;
        const auto entry = std::ranges::find_if(queue, [&](const Entry& each) {
            return each.waiter.scope == waiter.scope && each.waiter.consumer == waiter.consumer;
        });
        if (entry == queue.end()) return;
        held = std::move(entry->port);
        queue.erase(entry);
        if (waiter.self) waits_at_.erase(waiter.self);
        serve_locked(*held, grants);
    }
    post(std::move(grants));
}

void Waits::serve(Port& port) {
    Grants grants;
    {
        std::lock_guard lock(mutex_);
        serve_locked(port, grants);
    }
    post(std::move(grants));
}

void Waits::serve_locked(Port& port, Grants& grants) {
    const auto found = queues_.find(&port);
    if (found == queues_.end()) return;
    std::deque<Entry>& queue = found->second;
    while (!queue.empty() && port.take_for_waiter(queue.front().amount)) {
        if (queue.front().waiter.self) waits_at_.erase(queue.front().waiter.self);
        grants.push_back(grant(queue.front()));
        queue.pop_front();
    }
    if (!queue.empty()) return;
    queues_.erase(found);
    port.is_waited_for_.store(false);
}

Waits::Grants::value_type Waits::grant(const Entry& entry) {
    return std::make_unique<Grant>(entry.waiter, Hold(entry.port, entry.amount));
}

void Waits::post(Grants grants) {
    for (auto& each : grants) {
        Loop& loop = each->waiter.home->loop();
        if (loop.post(each.get())) static_cast<void>(each.release());
    }
}

std::size_t Waits::size() const {
    std::lock_guard lock(mutex_);
    std::size_t sum = 0;
    for (const auto& [port, queue] : queues_) sum += queue.size();
    return sum;
}

}  // namespace millrace
