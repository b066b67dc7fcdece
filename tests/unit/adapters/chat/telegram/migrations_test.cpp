#include "adapters/chat/telegram/migrations.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::telegram {
namespace {

TEST(TelegramMigrations, AreFollowed) {
    Migrations it;
    it.put("-4", "-1009");
    it.put("-1009", "-1010");
    EXPECT_EQ(it.now("-4"), "-1010");
    EXPECT_EQ(it.first("-1010"), "-4");
    EXPECT_EQ(it.now("5"), "5");
    it.put("-1010", "-4");  // Round and round it goes.
    it.put("-7", "-7");
    EXPECT_EQ(it.now("-4"), "-1010");
    EXPECT_EQ(it.now("-7"), "-7");
}

}  // namespace
}  // namespace millrace::chat::telegram
