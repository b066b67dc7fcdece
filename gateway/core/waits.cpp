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
    std::lock_guard lock(mutex_);
    port->is_waited_for_.store(true);
    std::deque<Entry>& queue = queues_[port.get()];
    if (queue.empty() && port->take_for_waiter(amount)) {
        grant({waiter, port, amount});
    } else if (!closes_ring(waiter.self, *port)) {
        if (waiter.self) waits_at_[waiter.self] = port.get();
        queue.push_back({waiter, port, amount});
        serve_locked(*port);
        return Answer::waiting;
    } else if (port->take_beyond(amount)) {
        grant({waiter, port, amount});
    } else {
        serve_locked(*port);
        return Answer::hopeless;
    }
    serve_locked(*port);
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
    std::deque<Entry> gone;
    std::lock_guard lock(mutex_);
    const auto found = queues_.find(&port);
    if (found == queues_.end()) return;
    std::deque<Entry>& queue = found->second;
    const auto is_it = [&](const Entry& entry) {
        return entry.waiter.scope == waiter.scope && entry.waiter.consumer == waiter.consumer;
    };
    const auto entry = std::ranges::find_if(queue, is_it);
    if (entry == queue.end()) return;
    gone.push_back(std::move(*entry));
    queue.erase(entry);
    if (waiter.self) waits_at_.erase(waiter.self);
    serve_locked(*gone.front().port);
}

void Waits::serve(Port& port) {
    std::lock_guard lock(mutex_);
    serve_locked(port);
}

void Waits::serve_locked(Port& port) {
    const auto found = queues_.find(&port);
    if (found == queues_.end()) return;
    std::deque<Entry>& queue = found->second;
    while (!queue.empty() && port.take_for_waiter(queue.front().amount)) {
        Entry entry = std::move(queue.front());
        queue.pop_front();
        if (entry.waiter.self) waits_at_.erase(entry.waiter.self);
        grant(std::move(entry));
    }
    if (!queue.empty()) return;
    queues_.erase(found);
    port.is_waited_for_.store(false);
}

void Waits::grant(Entry entry) {
    Dispatcher& home = *entry.waiter.home;
    home.loop().post(new Grant(entry.waiter, Hold(std::move(entry.port), entry.amount)));
}

std::size_t Waits::size() const {
    std::lock_guard lock(mutex_);
    std::size_t sum = 0;
    for (const auto& [port, queue] : queues_) sum += queue.size();
    return sum;
}

}  // namespace millrace
