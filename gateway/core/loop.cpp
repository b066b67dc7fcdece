#include "gateway/core/loop.hpp"

#include <memory>
#include <utility>

namespace millrace {
namespace {

struct Action final : Job {
    explicit Action(std::function<void()> call) : call(std::move(call)) {}

    void arrive() override {
        std::unique_ptr<Action> self(this);
        call();
    }

    std::function<void()> call;
};

}  // namespace

Loop::Loop(std::uint8_t index, const Clock& clock, Alarm& alarm, std::function<void()> wake_up)
    : index_(index), clock_(clock), alarm_(alarm), wake_up_(std::move(wake_up)) {}

Loop::~Loop() {
    alarm_.forget(*this);
    for (Job* job = inbox_.take(); job;) delete std::exchange(job, job->next);
}

void Loop::post(Job* job) {
    if (inbox_.push(job)) wake();
}

void Loop::post(std::function<void()> action) { post(new Action(std::move(action))); }

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

void Loop::run() {
    woken_.exchange(false, std::memory_order_acq_rel);
    for (Job* job = inbox_.take(); job;) {
        Job* next = job->next;
        job->arrive();
        job = next;
    }
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
