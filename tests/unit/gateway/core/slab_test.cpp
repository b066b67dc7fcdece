#include "gateway/core/slab.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace millrace {
namespace {

struct Thing {
    Thing(std::uint32_t number, int& living) : number(number), living(living) { ++living; }
    ~Thing() { --living; }

    const std::uint32_t number;
    int& living;
    std::uint64_t padding[70]{};  // As large as an instance.
};

TEST(Slab, ThingsStayWhereTheyAreHoweverManyCome) {
    constexpr std::uint32_t kThings = 20'000;  // From single chunks into several huge pages.
    int living = 0;
    {
        Slab<Thing> things;
        std::vector<const Thing*> places;
        for (std::uint32_t i = 0; i < kThings; ++i) {
            const auto slot = things.reserve();
            ASSERT_EQ(slot, i);
            places.push_back(&things.emplace(*slot, i, living));
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(places.back()) % 64, 8u) << "its head is on its first line";
        }
        std::uint32_t seen = 0;
        things.each([&](std::uint32_t slot, const Thing& thing) {
            EXPECT_EQ(slot, seen++);
            EXPECT_EQ(&thing, places[slot]);
            EXPECT_EQ(thing.number, slot);
        });
        EXPECT_EQ(seen, kThings);
        EXPECT_EQ(living, static_cast<int>(kThings));
        things.erase(7'000);
        EXPECT_EQ(living, static_cast<int>(kThings) - 1);
        EXPECT_EQ(things.size(), kThings - 1);
    }
    EXPECT_EQ(living, 0);
}

TEST(Slab, E2_an_id_that_has_ended_finds_nothing) {
    int living = 0;
    Slab<Thing> things;
    const std::uint32_t slot = *things.reserve();
    things.emplace(slot, 1u, living);
    const Id first{1, slot, things.generation(slot)};
    EXPECT_EQ(things.find(first)->number, 1u);
    EXPECT_EQ(things.find(Id{1, slot, first.generation + 1}), nullptr);
    EXPECT_EQ(things.find(Id{1, slot + 1, first.generation}), nullptr);
    things.erase(slot);
    EXPECT_EQ(things.find(first), nullptr);
    EXPECT_EQ(things.find(Id{1, slot, first.generation + 1}), nullptr) << "nothing is there";
    ASSERT_EQ(things.reserve(), slot);
    things.emplace(slot, 2u, living);
    EXPECT_EQ(things.find(first), nullptr);
    EXPECT_EQ(things.find(slot)->number, 2u);
}

TEST(Slab, WhateverIsThereOrNotCanBePrefetched) {
    int living = 0;
    Slab<Thing> things;
    things.prefetch(0);
    things.emplace(*things.reserve(), 1u, living);
    for (const std::uint32_t slot : {0u, 1u, Id::kSlotsMax}) things.prefetch(slot);
    EXPECT_EQ(living, 1);
}

}  // namespace
}  // namespace millrace
