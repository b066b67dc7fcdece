#include "gateway/core/kept_states.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(KeptStates, AreTakenOnceAndUntilTheirTime) {
    KeptStates kept;
    kept.keep("bank:a", {"10", 7}, 0, 100);
    kept.keep("bank:b", {"20", 8}, 0, 50);
    EXPECT_EQ(kept.size(), 2u);
    EXPECT_EQ(kept.bytes(), 16u);
    const KeptState state = kept.take("bank:a", 99);
    EXPECT_EQ(state.bytes, "10");
    EXPECT_EQ(state.epoch, 7u);
    EXPECT_EQ(kept.take("bank:a", 99).bytes, "");
    EXPECT_EQ(kept.take("bank:b", 99).bytes, "");
    EXPECT_EQ(kept.size(), 0u);
    EXPECT_EQ(kept.bytes(), 0u);
    EXPECT_EQ(kept.evicted(), 0u) << "their time was over";
}

TEST(KeptStates, A7_of_too_many_those_go_that_would_be_forgotten_soonest) {
    KeptStates kept({2, 1'000});
    kept.keep("a", {"1", 1}, 0, 300);
    kept.keep("b", {"2", 1}, 0, 100);
    kept.keep("c", {"3", 1}, 0, 200);
    EXPECT_EQ(kept.evicted(), 1u);
    EXPECT_EQ(kept.take("b", 0).bytes, "");
    EXPECT_EQ(kept.take("a", 0).bytes, "1");
    EXPECT_EQ(kept.take("c", 0).bytes, "3");
}

TEST(KeptStates, A7_their_bytes_are_bounded_with_those_of_the_addresses) {
    KeptStates kept({100, 30});
    kept.keep("bank:a", {std::string(9, 'x'), 1}, 0, 100);
    kept.keep("bank:b", {std::string(9, 'x'), 1}, 0, 200);
    EXPECT_EQ(kept.bytes(), 30u);
    EXPECT_EQ(kept.evicted(), 0u);
    kept.keep("bank:c", {"x", 1}, 0, 300);
    EXPECT_EQ(kept.evicted(), 1u);
    EXPECT_EQ(kept.bytes(), 22u);
    kept.keep("bank:d", {std::string(100, 'x'), 1}, 0, 400);
    EXPECT_EQ(kept.size(), 0u) << "larger than all that may be kept";
    EXPECT_EQ(kept.bytes(), 0u);
    EXPECT_EQ(kept.evicted(), 4u);
}

}  // namespace
}  // namespace millrace
