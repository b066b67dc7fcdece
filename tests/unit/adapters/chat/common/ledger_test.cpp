#include "adapters/chat/common/ledger.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace millrace::chat {
namespace {

using Ids = std::vector<std::string>;

constexpr std::string_view kOwner = "irc home";

class ChatLedgerTest : public ::testing::Test {
  protected:
    ChatLedgerTest() {
        std::string name = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        path = folder / "state";
        open();
    }
    ~ChatLedgerTest() override { std::filesystem::remove_all(folder); }

    void open() {
        ledger.reset();
        ledger.emplace();
        ledger->open(path, kOwner);
    }
    std::string text() const {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    }
    void write(const std::string& bytes) {
        ledger.reset();
        std::ofstream(path, std::ios::binary) << bytes;
    }

    std::filesystem::path folder;
    std::filesystem::path path;
    std::optional<Ledger> ledger;
};

TEST_F(ChatLedgerTest, CursorsOutliveIt) {
    EXPECT_TRUE(ledger->move("#ops", "1") && ledger->move("#ops", "2") && ledger->move("#b c", "100%\n"));
    EXPECT_TRUE(ledger->move("gone", "1") && ledger->move("gone", "") && ledger->move("never", ""));
    EXPECT_EQ(text(),
              "millrace-chat 1 irc%20home\ncursor %23ops 1 .\ncursor %23ops 2 .\ncursor %23b%20c 100%25%0A .\n"
              "cursor gone 1 .\ncursor gone .\n");
    open();
    EXPECT_EQ(ledger->cursor("#ops"), "2");
    EXPECT_EQ(ledger->cursor("#b c"), "100%\n");
    EXPECT_EQ(ledger->cursor("gone"), "");
    EXPECT_EQ(ledger->cursors().size(), 2u);
    EXPECT_EQ(text(), "millrace-chat 1 irc%20home\ncursor %23b%20c 100%25%0A .\ncursor %23ops 2 .\n");
}

TEST_F(ChatLedgerTest, OneThatDoesNotMoveIsNotWritten) {
    ledger->move("a", "1");
    const std::string before = text();
    EXPECT_TRUE(ledger->move("a", "1"));
    EXPECT_EQ(text(), before);
}

TEST_F(ChatLedgerTest, TheIdMapOutlivesIt) {
    EXPECT_TRUE(ledger->put({"#ops", "c1", {}}) && ledger->put({"#ops", "c1", {"m 1", "m\n2"}}) &&
                ledger->put({"#two", "c2", {"m3"}}));
    for (int i = 0; i < 2; ++i) {
        open();
        ASSERT_NE(ledger->ids().find("#ops", "c1"), nullptr);
        EXPECT_EQ(ledger->ids().find("#ops", "c1")->message_ids, (Ids{"m 1", "m\n2"}));
        EXPECT_EQ(ledger->ids().find_message("#two", "m3")->client_id, "c2");
    }
}

TEST_F(ChatLedgerTest, ALineThatWasCutOffSaysNothing) {
    const std::string head = text();
    for (const char* rest :
         {"cursor a 12 .\ncursor a 3", "cursor a 12 .\ncursor a 3 ", "cursor a 12 .\nsaid AAAA",
          "nonsense\n\n . \ncursor a 12 .\nwhat is this .\nsaid !!! .\nsaid AQAAAA== .\ncursor b 1"}) {
        write(head + rest);
        open();
        EXPECT_EQ(ledger->cursor("a"), "12") << rest;
        EXPECT_EQ(ledger->cursors().size(), 1u) << rest;
        EXPECT_EQ(ledger->ids().size(), 0u) << rest;
        EXPECT_TRUE(ledger->move("c", "4"));
        open();
        EXPECT_EQ(ledger->cursor("c"), "4") << rest;
    }
}

TEST_F(ChatLedgerTest, TwoGenerationsShareIt) {
    ledger->move("a", "1");
    std::optional<Ledger> next(std::in_place);
    next->open(path, kOwner);
    EXPECT_EQ(next->cursor("a"), "1");
    ledger->move("b", "2");
    next->move("a", "3");
    next.reset();
    open();
    EXPECT_EQ(ledger->cursor("a"), "3");
    EXPECT_EQ(ledger->cursor("b"), "2");
}

TEST_F(ChatLedgerTest, IsWrittenAnewWhenItHasGrown) {
    const std::string value(1'000, 'x');
    for (int i = 0; i < 3'000; ++i) {
        ASSERT_TRUE(ledger->move("a", value + std::to_string(i)));
        ASSERT_LT(std::filesystem::file_size(path), 2u << 20);
    }
    EXPECT_TRUE(ledger->move("b", "1"));
    open();
    EXPECT_EQ(ledger->cursor("a"), value + "2999");
    EXPECT_EQ(ledger->cursor("b"), "1");
}

TEST_F(ChatLedgerTest, WhatTheOtherGenerationWroteIsWrittenAnewToo) {
    std::optional<Ledger> next(std::in_place);
    next->open(path, kOwner);
    ledger->move("b", "2");
    ledger->put({"#ops", "c1", {"m1"}});
    ledger.reset();
    const std::string value(1'000, 'x');
    for (int i = 0; i < 1'200; ++i) ASSERT_TRUE(next->move("a", value + std::to_string(i)));
    EXPECT_LT(std::filesystem::file_size(path), 1u << 20);
    next.reset();
    open();
    EXPECT_EQ(ledger->cursor("b"), "2");
    EXPECT_NE(ledger->ids().find("#ops", "c1"), nullptr);
}

TEST_F(ChatLedgerTest, IsBounded) {
    EXPECT_FALSE(ledger->move("a", std::string(Ledger::kValueBytesMax, 'x')));
    EXPECT_EQ(ledger->cursor("a"), "");
    for (std::size_t i = 0; i < Ledger::kCursorsMax; ++i) ASSERT_TRUE(ledger->move(std::to_string(i), "1"));
    EXPECT_FALSE(ledger->move("one more", "1"));
    EXPECT_TRUE(ledger->move("0", "2"));
    EXPECT_TRUE(ledger->move("1", "") && ledger->move("one more", "1"));
}

TEST_F(ChatLedgerTest, OfAnotherAccountIsRefused) { EXPECT_THROW(Ledger().open(path, "irc work"), std::runtime_error); }

TEST(ChatLedgerInMemory, Works) {
    Ledger ledger;
    EXPECT_TRUE(ledger.move("a", "1") && ledger.put({"#a", "c", {"m"}}));
    EXPECT_EQ(ledger.cursor("a"), "1");
    EXPECT_NE(ledger.ids().find("#a", "c"), nullptr);
    EXPECT_FALSE(ledger.is_open());
}

}  // namespace
}  // namespace millrace::chat
