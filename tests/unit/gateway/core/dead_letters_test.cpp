#include "gateway/core/dead_letters.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr std::size_t kLettersMax = MemoryDeadLetters::kLettersMax;
constexpr std::size_t kBytesMax = MemoryDeadLetters::kBytesMax;

DeadLetter letter(std::int64_t at_us, std::string message, std::string text = {}) {
    return {at_us, "echo", "all", 8, 0, std::move(text), std::move(message)};
}

void expect_count(const MemoryDeadLetters& memory, std::uint64_t kept, std::uint64_t bytes, std::uint64_t forgotten) {
    EXPECT_EQ(memory.count().kept, kept);
    EXPECT_EQ(memory.count().bytes, bytes);
    EXPECT_EQ(memory.count().forgotten, forgotten);
    EXPECT_EQ(memory.letters().size(), kept);
}

TEST(DeadLetters, AreKeptAsTheyCame) {
    MemoryDeadLetters memory;
    expect_count(memory, 0, 0, 0);
    memory.bury({5, "echo", "all", 3, 422, "no such order", "message"});
    expect_count(memory, 1, 20, 0);
    const DeadLetter kept = memory.letters().front();
    EXPECT_EQ(kept.at_us, 5);
    EXPECT_EQ(kept.consumer, "echo");
    EXPECT_EQ(kept.route, "all");
    EXPECT_EQ(kept.attempts, 3u);
    EXPECT_EQ(kept.code, 422u);
    EXPECT_EQ(kept.text, "no such order");
    EXPECT_EQ(kept.message, "message");
}

TEST(DeadLetters, TheOldestMakeRoomWhenThereAreTooMany) {
    MemoryDeadLetters memory;
    for (std::size_t i = 0; i < kLettersMax; ++i) memory.bury(letter(static_cast<std::int64_t>(i), "1234"));
    expect_count(memory, kLettersMax, 4 * kLettersMax, 0);
    EXPECT_EQ(memory.letters().front().at_us, 0);
    for (std::size_t i = 0; i < 3; ++i) memory.bury(letter(static_cast<std::int64_t>(kLettersMax + i), "12"));
    expect_count(memory, kLettersMax, 4 * kLettersMax - 6, 3);
    EXPECT_EQ(memory.letters().front().at_us, 3);
    EXPECT_EQ(memory.letters().back().at_us, static_cast<std::int64_t>(kLettersMax + 2));
}

TEST(DeadLetters, TheOldestMakeRoomWhenTheyAreTooLarge) {
    MemoryDeadLetters memory;
    memory.bury(letter(0, "small"));
    memory.bury(letter(1, std::string(kBytesMax / 2, 'a')));
    memory.bury(letter(2, std::string(kBytesMax / 2 - 5, 'b')));
    expect_count(memory, 3, kBytesMax, 0);
    memory.bury(letter(3, "c"));
    expect_count(memory, 3, kBytesMax - 4, 1);
    memory.bury(letter(4, std::string(kBytesMax, 'd')));
    expect_count(memory, 1, kBytesMax, 4);
    EXPECT_EQ(memory.letters().front().at_us, 4);
}

TEST(DeadLetters, WhatIsLargerThanTheBoundIsCountedAndNotKept) {
    MemoryDeadLetters memory;
    memory.bury(letter(0, "small"));
    memory.bury(letter(1, std::string(kBytesMax + 1, 'a')));
    expect_count(memory, 0, 0, 2);
    memory.bury(letter(2, "small"));
    expect_count(memory, 1, 5, 2);
}

TEST(DeadLetters, TheReasonTakesRoomToo) {
    MemoryDeadLetters memory;
    memory.bury(letter(0, "message", std::string(kBytesMax - 7, 'a')));
    expect_count(memory, 1, kBytesMax, 0);
    memory.bury(letter(1, "message", "why"));
    expect_count(memory, 1, 10, 1);
}

}  // namespace
}  // namespace millrace
