#include "adapters/chat/irc/deliveries.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace millrace::chat::irc {
namespace {

std::string told(Deliveries& deliveries) {
    std::string text;
    for (const Outcome& it : std::exchange(deliveries.outcomes(), {})) {
        if (!text.empty()) text += ", ";
        constexpr const char* kKinds[] = {" sent", " rejected", " lost", " unknown"};
        text += std::to_string(it.id) + kKinds[static_cast<std::size_t>(it.kind)];
        if (it.code != 0) text += " " + std::to_string(it.code);
        for (const std::string& id : it.message_ids) text += " " + id;
    }
    return text;
}

TEST(IrcDeliveries, AnEchoClosesALine) {
    Deliveries it;
    const std::uint64_t first = it.wrote(7, "#a", 0);
    const std::uint64_t second = it.wrote(7, "#a", 0);
    it.echoed(second, "#a", "m2");
    it.echoed(first, "#a", "m1");
    EXPECT_EQ(told(it), "");  // There may be more of it.
    it.finished(7);
    EXPECT_EQ(told(it), "7 sent m2 m1");
    it.echoed(second, "#a", "m2");
    it.finished(7);
    EXPECT_EQ(told(it), "");
    EXPECT_EQ(it.open_lines(), 0u);
}

TEST(IrcDeliveries, WithoutALabelItIsTheOldestToThatTarget) {
    Deliveries it;
    it.wrote(1, "#a", 0), it.finished(1);
    it.wrote(2, "#b", 0), it.finished(2);
    it.wrote(3, "#a", 0), it.finished(3);
    it.echoed(0, "#b", "");
    EXPECT_EQ(told(it), "2 sent");
    EXPECT_TRUE(it.refused(0, "#a", 404, "no"));
    EXPECT_EQ(told(it), "1 rejected 404");
    EXPECT_FALSE(it.refused(0, "#c", 404, "no"));
    it.answered(0);
    it.echoed(0, "#a", "x");
    EXPECT_EQ(told(it), "3 sent x");
}

TEST(IrcDeliveries, OneBadLineSpoilsTheCommand) {
    Deliveries it;
    const std::uint64_t first = it.wrote(7, "#a", 0);
    it.wrote(7, "#a", 0);
    const std::uint64_t third = it.wrote(7, "#a", 0);
    it.finished(7);
    it.answered(third);
    EXPECT_TRUE(it.refused(first, "", 404, "no"));
    EXPECT_EQ(told(it), "");
    it.lost();
    EXPECT_EQ(told(it), "7 rejected 404");
}

TEST(IrcDeliveries, AFenceTellsOfAllBeforeIt) {
    Deliveries it;
    EXPECT_EQ(it.fence(), std::nullopt);
    it.wrote(1, "#a", 0), it.finished(1);
    it.wrote(2, "#a", 0), it.finished(2);
    const auto fence = it.fence();
    ASSERT_TRUE(fence);
    EXPECT_EQ(it.fence(), std::nullopt);  // One at a time.
    it.wrote(3, "#a", 0), it.finished(3);
    EXPECT_TRUE(it.refused(0, "#a", 404, "no"));
    it.passed(*fence + 5, false);  // Not ours.
    EXPECT_EQ(told(it), "1 rejected 404");
    it.passed(*fence, false);
    EXPECT_EQ(told(it), "2 sent");
    ASSERT_TRUE(it.fence());
    it.passed(3, true);
    EXPECT_EQ(told(it), "3 unknown");  // Said again and again it would not be there either.
}

TEST(IrcDeliveries, Ends) {
    Deliveries it;
    it.reject(9, 0, "no such name");
    EXPECT_EQ(told(it), "9 rejected");
    it.wrote(1, "#a", 0), it.finished(1);
    it.wrote(2, "#a", 100), it.finished(2);
    it.wrote(3, "#a", 200);
    EXPECT_EQ(it.oldest_ms(), 0);
    it.expire(100);
    EXPECT_EQ(told(it), "1 lost");
    EXPECT_TRUE(it.fence());
    it.lost();
    EXPECT_EQ(told(it), "2 lost");
    it.finished(3);
    EXPECT_EQ(told(it), "3 lost");
    it.echoed(it.wrote(4, "#a", 0), "", "m1");  // A part has left, and the rest never will.
    it.lose(4, "gone");
    EXPECT_EQ(told(it), "4 lost m1");
    it.lose(5, "gone");
    EXPECT_EQ(told(it), "");
    EXPECT_EQ(it.fence(), std::nullopt);
    EXPECT_EQ(it.oldest_ms(), std::nullopt);
}

}  // namespace
}  // namespace millrace::chat::irc
