#include "gateway/core/duplicates.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

using State = Duplicates::Known::State;

constexpr std::uint32_t kAdapter = 3;

class DuplicatesTest : public ::testing::Test {
  protected:
    State begin(const std::string& id, std::int64_t now_us = 0) { return known_.begin(kAdapter, id, now_us).state; }
    void end(const std::string& id, std::uint32_t verdict, const Settlement::Consumers& acked = {}) {
        known_.end(kAdapter, id, {verdict, 550, "no"}, acked);
    }

    Duplicates known_;
};

TEST_F(DuplicatesTest, D9_a_final_answer_is_given_again) {
    EXPECT_EQ(begin("id"), State::unknown);
    EXPECT_EQ(begin("id"), State::begun);
    end("id", MILLRACE_REJECT);
    const Duplicates::Known again = known_.begin(kAdapter, "id", 0);
    EXPECT_EQ(again.state, State::final);
    EXPECT_EQ(again.verdict, static_cast<std::uint32_t>(MILLRACE_REJECT));
    EXPECT_EQ(again.code, 550u);
    EXPECT_EQ(again.text, "no");
    EXPECT_EQ(known_.count(), 2u);
}

TEST_F(DuplicatesTest, D9_after_a_retry_those_go_on_that_have_not_acked) {
    begin("id");
    end("id", MILLRACE_RETRY, {1});
    const Duplicates::Known again = known_.begin(kAdapter, "id", 0);
    EXPECT_EQ(again.state, State::unfinished);
    EXPECT_EQ(again.acked, Settlement::Consumers{1});
    EXPECT_EQ(begin("id"), State::begun);
    EXPECT_EQ(known_.count(), 1u);
}

TEST_F(DuplicatesTest, WhatWasNotTakenMayComeAgain) {
    begin("id");
    known_.forget(kAdapter, "id");
    EXPECT_EQ(begin("id"), State::unfinished);
}

TEST_F(DuplicatesTest, IdsAreThoseOfAnAdapter) {
    begin("id");
    EXPECT_EQ(known_.begin(kAdapter + 1, "id", 0).state, State::unknown);
}

TEST_F(DuplicatesTest, AreKnownFor25Hours) {
    begin("id");
    end("id", MILLRACE_ACK);
    constexpr std::int64_t kHour_us = 3'600'000'000;
    EXPECT_EQ(begin("id", 25 * kHour_us - 1), State::final);
    EXPECT_EQ(begin("id", 25 * kHour_us), State::unknown);
}

TEST_F(DuplicatesTest, TheOldestMakeRoom) {
    for (std::size_t i = 0; i < Duplicates::kIdsMax; ++i) begin(std::to_string(i));
    EXPECT_EQ(begin("1"), State::begun);
    EXPECT_EQ(begin("one more"), State::unknown);
    EXPECT_EQ(begin("0"), State::unknown);
}

}  // namespace
}  // namespace millrace
