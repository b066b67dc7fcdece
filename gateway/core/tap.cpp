#include "gateway/core/tap.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/core/bytes.hpp"
#include "gateway/core/consumer_host.hpp"
#include "gateway/core/scope.hpp"

namespace millrace {

bool TapFilter::takes(const Instance& instance, const Event::Head& head) const {
    const Scope& scope = instance.scope;
    if (!adapter.empty() && std::string_view(scope.address()).substr(0, scope.key_at - 1) != adapter) return false;
    if (!route.empty() && head.route->name != route) return false;
    if (!consumer.empty() && instance.consumer->name() != consumer) return false;
    if (!kinds.empty() && std::ranges::count(kinds, head.kind) == 0) return false;
    Captures captures;
    return !this->scope || this->scope->match(scope.key(), captures);
}

struct Watch::Shown final : Job {
    void arrive() override {}

    Sighting sighting;
};

void Watch::show(const Instance& instance, const Event::Head& head, millrace_bytes event, millrace_bytes payload) {
    if (!filter_.takes(instance, head)) return;
    const std::uint64_t size = instance.prefix.size + event.size + payload.size;
    if (messages_.load(std::memory_order_relaxed) >= kMessagesMax ||
        bytes_.load(std::memory_order_relaxed) + size > kBytesMax) {
        skipped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    auto shown = std::make_unique<Shown>();
    shown->sighting.consumer = instance.consumer->name();
    std::string& message = shown->sighting.message;
    message.reserve(size);
    message.append(to_text(instance.prefix)).append(to_text(event)).append(to_text(payload));
    messages_.fetch_add(1, std::memory_order_relaxed);
    bytes_.fetch_add(size, std::memory_order_relaxed);
    inbox_.push(shown.release());
}

Watch::Seen Watch::take() {
    Seen seen;
    std::uint64_t bytes = 0;
    for (Job* job = inbox_.take(); job;) {
        const std::unique_ptr<Shown> shown(static_cast<Shown*>(std::exchange(job, job->next)));
        bytes += shown->sighting.message.size();
        seen.sightings.push_back(std::move(shown->sighting));
    }
    messages_.fetch_sub(seen.sightings.size(), std::memory_order_relaxed);
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    seen.skipped = skipped_.exchange(0, std::memory_order_relaxed);
    return seen;
}

Tap::Seat::Seat(Tap& tap, TapFilter filter) : tap_(tap), watch_(std::make_shared<Watch>(std::move(filter))) {
    std::lock_guard lock(tap_.mutex_);
    tap_.watches_.push_back(watch_);
    tap_.version_.fetch_add(1, std::memory_order_relaxed);
}

Tap::Seat::~Seat() {
    std::lock_guard lock(tap_.mutex_);
    std::erase(tap_.watches_, watch_);
    tap_.version_.fetch_add(1, std::memory_order_relaxed);
}

void TapView::show(const Instance& instance, const Event::Head& head, millrace_bytes event,
                   millrace_bytes payload) const {
    for (const auto& watch : watches_) watch->show(instance, head, event, payload);
}

void TapView::look() {
    std::lock_guard lock(tap_.mutex_);
    version_ = tap_.version_.load(std::memory_order_relaxed);
    watches_ = tap_.watches_;
}

}  // namespace millrace
