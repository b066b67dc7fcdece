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

TEST(TelegramMigrations, MakeNoRing) {
    Migrations it;
    it.put("-1", "-2");
    it.put("-1", "-3");
    it.put("-2", "-1");
    EXPECT_EQ(it.now("-2"), "-3");
    EXPECT_EQ(it.first("-3"), "-2");
    it.put("-3", "-2");
    it.put("-1", "-2");
    EXPECT_EQ(it.now("-2"), it.now("-1"));
    EXPECT_EQ(it.first("-1"), "-2");
}

}  // namespace
}  // namespace millrace::chat::telegram
