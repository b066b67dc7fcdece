#include "gateway/core/loop.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/manual_clock.hpp"

namespace millrace {
namespace {

class LoopTest : public ::testing::Test {
  protected:
    void post(int number, std::int64_t duration_us = 0) {
        ASSERT_TRUE(loop.post([this, number, duration_us] {
            arrived.push_back(number);
            clock.advance_us(duration_us);
        }));
    }

    testing::ManualClock clock;
    Alarm alarm{clock};
    int wakes = 0;
    Loop loop{0, clock, alarm, [this] { ++wakes; }};
    std::vector<int> arrived;
};

TEST_F(LoopTest, jobs_come_in_their_order_and_wake_once) {
    for (int i = 0; i < 3; ++i) post(i);
    EXPECT_EQ(wakes, 1);
    loop.run();
    EXPECT_EQ(arrived, (std::vector{0, 1, 2}));
    EXPECT_EQ(wakes, 1);
}

TEST_F(LoopTest, B3_a_crowd_of_jobs_leaves_the_thread_to_others_between) {
    for (int i = 0; i < 5; ++i) post(i, 3'000);
    loop.run();
    EXPECT_EQ(arrived, (std::vector{0, 1}));
    EXPECT_EQ(wakes, 2);
    post(5);
    loop.run();
    EXPECT_EQ(arrived, (std::vector{0, 1, 2, 3}));
    loop.run();
    EXPECT_EQ(arrived, (std::vector{0, 1, 2, 3, 4}));
    EXPECT_EQ(wakes, 4) << "for what came meanwhile";
    loop.run();
    EXPECT_EQ(arrived, (std::vector{0, 1, 2, 3, 4, 5}));
    EXPECT_EQ(wakes, 4);
}

TEST_F(LoopTest, timers_have_their_turn_while_jobs_are_left) {
    loop.at(clock.steady_us(), [this] { arrived.push_back(-1); });
    for (int i = 0; i < 3; ++i) post(i, 5'000);
    loop.run();
    EXPECT_EQ(arrived, (std::vector{0, -1}));
}

TEST_F(LoopTest, one_that_leaves_runs_all_that_has_come) {
    for (int i = 0; i < 5; ++i) post(i, 3'000);
    loop.run();
    post(5, 6'000);
    post(6);
    loop.leave();
    EXPECT_EQ(arrived, (std::vector{0, 1, 2, 3, 4, 5, 6}));
    EXPECT_FALSE(loop.post([] {}));
}

TEST_F(LoopTest, what_has_not_come_to_its_end_is_freed_with_it) {
    for (int i = 0; i < 3; ++i) post(i, 6'000);
    loop.run();
    post(3);
    EXPECT_EQ(arrived, std::vector{0});
}

}  // namespace
}  // namespace millrace
