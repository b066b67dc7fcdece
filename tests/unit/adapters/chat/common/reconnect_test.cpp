#include "adapters/chat/common/reconnect.hpp"

#include <gtest/gtest.h>

namespace millrace::chat {
namespace {

constexpr std::uint32_t kLeast = 0;

TEST(ChatReconnect, WaitsLongerEachTime) {
    Reconnect it({1'000, 8'000, 5'000});
    EXPECT_EQ(it.due_ms(), std::nullopt);
    for (const std::int64_t wait : {500, 1'000, 2'000, 4'000, 4'000}) {
        it.failed(100, kLeast);
        EXPECT_EQ(it.due_ms(), 100 + wait);
    }
    it.failed(0, 4'000);
    EXPECT_EQ(it.due_ms(), 8'000);  // The most.
    it.failed(0, 4'001);
    EXPECT_EQ(it.due_ms(), 4'000);
}

TEST(ChatReconnect, OnlyAConnectionThatLastsIsASuccess) {
    Reconnect it({1'000, 300'000, 5'000});
    it.failed(0, kLeast);
    it.failed(0, kLeast);
    it.connected(1'000);
    EXPECT_EQ(it.due_ms(), std::nullopt);
    it.failed(5'999, kLeast);  // Let in and thrown out at once, as a ban does.
    EXPECT_EQ(it.due_ms(), 5'999 + 2'000);
    it.connected(10'000);
    it.failed(15'000, kLeast);
    EXPECT_EQ(it.due_ms(), 15'500);
    EXPECT_EQ(it.failures(), 1u);
}

TEST(ChatReconnect, TheNetworksOwnWordCounts) {
    Reconnect it({1'000, 300'000, 5'000});
    it.failed(0, kLeast, 60'000);
    EXPECT_EQ(it.due_ms(), 60'000);
    it.stop("banned");
    EXPECT_EQ(it.due_ms(), std::nullopt);
    it.failed(0, kLeast);
    EXPECT_EQ(it.due_ms(), std::nullopt);
    EXPECT_EQ(it.stopped(), "banned");
}

}  // namespace
}  // namespace millrace::chat
