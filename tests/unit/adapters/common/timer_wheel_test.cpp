#include "adapters/common/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace millrace {
namespace {

struct Deadline : TimerWheel::Entry {
    std::function<void()> run = [] {};
    int fired = 0;

    void on_timer() override {
        ++fired;
        run();
    }
};

TEST(TimerWheel, FiresAtTheDeadlineAndOnce) {
    TimerWheel wheel(1000);
    Deadline deadline;
    wheel.schedule(deadline, 1250);
    wheel.advance(1249);
    EXPECT_EQ(deadline.fired, 0);
    wheel.advance(1299);
    EXPECT_EQ(deadline.fired, 0);
    wheel.advance(1300);
    EXPECT_EQ(deadline.fired, 1);
    wheel.advance(1'000'000);
    EXPECT_EQ(deadline.fired, 1);
}

TEST(TimerWheel, FiresWhatIsDueAlreadyAtTheNextTick) {
    TimerWheel wheel(1000);
    Deadline deadline;
    wheel.schedule(deadline, 5);
    wheel.advance(1099);
    EXPECT_EQ(deadline.fired, 0);
    wheel.advance(1100);
    EXPECT_EQ(deadline.fired, 1);
}

TEST(TimerWheel, ReplacesAndCancels) {
    TimerWheel wheel(0);
    Deadline moved;
    Deadline cancelled;
    wheel.schedule(moved, 100);
    wheel.schedule(moved, 500);
    wheel.schedule(cancelled, 100);
    wheel.cancel(cancelled);
    wheel.cancel(cancelled);
    {
        Deadline destroyed;
        wheel.schedule(destroyed, 100);
    }
    wheel.advance(400);
    EXPECT_EQ(moved.fired, 0);
    wheel.advance(500);
    EXPECT_EQ(moved.fired, 1);
    EXPECT_EQ(cancelled.fired, 0);
}

TEST(TimerWheel, MayBeChangedWhileItFires) {
    TimerWheel wheel(0);
    auto victim = std::make_unique<Deadline>();
    Deadline killer;
    Deadline repeating;
    killer.run = [&] { victim.reset(); };
    repeating.run = [&] { wheel.schedule(repeating, wheel.now_ms() + 100); };
    wheel.schedule(killer, 100);
    wheel.schedule(*victim, 100);
    wheel.schedule(repeating, 100);
    for (int now_ms = 100; now_ms <= 1000; now_ms += 100) wheel.advance(now_ms);
    EXPECT_EQ(killer.fired, 1);
    EXPECT_EQ(victim, nullptr);
    EXPECT_EQ(repeating.fired, 10);
}

TEST(TimerWheel, IsNeverEarlyAndAtMostATickLate) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    TimerWheel wheel(12'345);
    std::vector<Deadline> deadlines(2000);
    std::vector<std::int64_t> due_ms;
    std::vector<std::int64_t> fired_at_ms(deadlines.size(), -1);
    for (std::size_t i = 0; i < deadlines.size(); ++i) {
        due_ms.push_back(12'345 + static_cast<std::int64_t>(random() % 400'000));
        deadlines[i].run = [&, i] { fired_at_ms[i] = wheel.now_ms(); };
        wheel.schedule(deadlines[i], due_ms[i]);
    }
    for (std::int64_t now_ms = 12'345; now_ms < 413'000; now_ms += 50) wheel.advance(now_ms);
    for (std::size_t i = 0; i < deadlines.size(); ++i) {
        EXPECT_EQ(deadlines[i].fired, 1);
        EXPECT_GE(fired_at_ms[i], due_ms[i]);
        EXPECT_LE(fired_at_ms[i], due_ms[i] + 2 * TimerWheel::kTickMs);
    }
}

TEST(TimerWheel, CatchesUpAfterALongPause) {
    TimerWheel wheel(0);
    std::vector<Deadline> deadlines(100);
    for (std::size_t i = 0; i < deadlines.size(); ++i)
        wheel.schedule(deadlines[i], static_cast<std::int64_t>(i) * 1000);
    Deadline later;
    wheel.schedule(later, 10'000'100);
    wheel.advance(10'000'000);
    for (const Deadline& deadline : deadlines) EXPECT_EQ(deadline.fired, 1);
    EXPECT_EQ(later.fired, 0);
    wheel.advance(10'000'100);
    EXPECT_EQ(later.fired, 1);
}

}  // namespace
}  // namespace millrace
