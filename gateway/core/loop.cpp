#include "gateway/core/loop.hpp"

#include <memory>
#include <utility>

namespace millrace {
namespace {

constexpr std::int64_t kJobsDuration_us = 5'000;

struct Action final : Job {
    explicit Action(std::function<void()> call) : call(std::move(call)) {}

    void arrive() override {
        std::unique_ptr<Action> self(this);
        call();
    }

    std::function<void()> call;
};

}  // namespace

Loop::Loop(std::uint16_t index, const Clock& clock, Alarm& alarm, std::function<void()> wake_up)
    : index_(index), clock_(clock), alarm_(alarm), wake_up_(std::move(wake_up)) {}

Loop::~Loop() {
    alarm_.forget(*this);
    while (jobs_ || (jobs_ = inbox_.take())) delete std::exchange(jobs_, jobs_->next);
}

bool Loop::post(Job* job) {
    const Inbox::Pushed pushed = inbox_.push(job);
    if (pushed == Inbox::Pushed::first) wake();
    return pushed != Inbox::Pushed::not_at_all;
}

bool Loop::post(std::function<void()> action) {
    auto job = std::make_unique<Action>(std::move(action));
    if (!post(job.get())) return false;
    static_cast<void>(job.release());
    return true;
}

void Loop::leave() {
    do {
        take_jobs();
    } while (jobs_ || !inbox_.close());
}

void Loop::wake() {
    if (!woken_.exchange(true, std::memory_order_acq_rel)) wake_up_();
}

Loop::Timer Loop::at(std::int64_t due_us, std::function<void()> action) {
    auto timer = timers_.emplace(due_us, std::move(action));
    if (alarm_us_ == 0 || due_us < alarm_us_) {
        alarm_us_ = due_us;
        alarm_.set(*this, due_us);
    }
    return timer;
}

void Loop::take_jobs() {
    const bool is_rest = jobs_ != nullptr;
    if (!is_rest) jobs_ = inbox_.take();
    if (!jobs_) return;
    const auto end_us = clock_.steady_us() + kJobsDuration_us;
    do {
        std::exchange(jobs_, jobs_->next)->arrive();
    } while (jobs_ && clock_.steady_us() < end_us);
    if (jobs_ || is_rest) wake();
}

void Loop::run() {
    woken_.exchange(false, std::memory_order_acq_rel);
    take_jobs();
    if (timers_.empty()) {
        alarm_us_ = 0;
        return;
    }
    auto now = clock_.steady_us();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        auto timer = timers_.extract(timers_.begin());
        timer.mapped()();
    }
    if (alarm_us_ == 0 || alarm_us_ > now) return;
    alarm_us_ = 0;
    if (timers_.empty()) return;
    alarm_us_ = timers_.begin()->first;
    alarm_.set(*this, alarm_us_);
}

}  // namespace millrace
