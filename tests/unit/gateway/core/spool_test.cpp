#include "gateway/core/spool.hpp"

#include <sys/mount.h>

#include <fstream>
#include <latch>

#include "tests/support/faulty_disk.hpp"
#include "tests/unit/gateway/core/spool_fixture.hpp"

namespace millrace::spool {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Outcome = Request::Outcome;

class SpoolTest : public ::testing::Test {
  protected:
    std::unique_ptr<Spool> open(Limits limits = {}) {
        limits.disk_free_bytes = std::min<std::int64_t>(limits.disk_free_bytes, disk_free_bytes_);
        auto opened = Spool::open({.directory = directory_, .limits = limits}, clock_);
        if (!opened) ADD_FAILURE() << opened.error().text;
        return opened ? std::move(*opened) : nullptr;
    }

    Outcome accept(Spool& spool, std::string payload) {
        return run(
            spool,
            [&](Store& store) {
                auto arrival = make_arrival(payload, {make_lane("web:a")});
                store.accept(arrival);
                lane_ = arrival.to[0].lane.id;
            },
            true);
    }

    std::vector<std::int64_t> positions(Spool& spool) {
        std::vector<std::int64_t> all;
        EXPECT_EQ(run(spool,
                      [&](Store& store) {
                          all.clear();
                          for (const auto& entry : store.page(lane_, 0, 10'000, SIZE_MAX).entries) {
                              all.push_back(entry.delivery.position);
                          }
                      }),
                  Outcome::committed);
        return all;
    }

    void conclude_all(Spool& spool) {
        Conclusion conclusion;
        conclusion.lane = lane_;
        for (const auto position : positions(spool)) conclusion.endings.push_back(make_ending(position));
        EXPECT_EQ(run(spool, [&](Store& store) { store.conclude(conclusion); }), Outcome::committed);
    }

    // tend() does its work on the writer: whatever is asked behind it comes later.
    void tend(Spool& spool) {
        spool.tend();
        run(spool, [](Store&) {});
    }

    SpoolFolder folder_;
    std::string directory_ = folder_.path();
    std::int64_t disk_free_bytes_ = 1 << 20;
    testing::ManualClock clock_;
    std::int64_t lane_ = 0;
};

TEST_F(SpoolTest, WhatQueuesDuringACommitIsTheNextGroup) {
    const auto spool = open();
    std::latch is_held(1), goes_on(1);
    Call first([&](Store&) {
        is_held.count_down();
        goes_on.wait();
    });
    spool->submit(&first);
    is_held.wait();
    std::vector<std::unique_ptr<Call>> rest;
    for (int i = 0; i < 100; ++i) {
        rest.push_back(std::make_unique<Call>([this](Store& store) {
            auto arrival = make_arrival("x", {make_lane("web:a")});
            store.accept(arrival);
            lane_ = arrival.to[0].lane.id;
        }));
        spool->submit(rest.back().get());
    }
    const auto groups = [&] {
        std::uint64_t count = 0;
        for (std::size_t n = 0; n < Histogram::kClasses; ++n) count += spool->group_size().count(n);
        return count;
    };
    goes_on.count_down();
    first.wait();
    const auto before = groups();
    for (auto& each : rest) EXPECT_EQ(each->wait(), Outcome::committed);
    EXPECT_LE(groups() - before, 2u);
    EXPECT_EQ(spool->messages(), 100);
    EXPECT_EQ(spool->deliveries(), 100);
}

TEST_F(SpoolTest, RequestsOfManyThreadsAreAllDoneOnce) {
    auto spool = open();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&spool, t] {
            for (int i = 0; i < 50; ++i) {
                const auto outcome = run(*spool, [t, i](Store& store) {
                    auto arrival = make_arrival(std::to_string(i), {make_lane("web:" + std::to_string(t))});
                    store.accept(arrival);
                });
                EXPECT_EQ(outcome, Outcome::committed);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    spool.reset();
    spool = open();
    EXPECT_EQ(spool->messages(), 200);
    run(*spool, [](Store& store) {
        for (const Busy& busy : store.busy_lanes(0, 10)) {
            const auto page = store.page(busy.lane.id, 0, 100, SIZE_MAX);
            ASSERT_THAT(page.entries, SizeIs(50));
            for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(page.entries[i].message.payload, std::to_string(i));
        }
    });
}

TEST_F(SpoolTest, RoomIsRefusedByReasonAndCounted) {
    Limits limits;
    limits.messages = 3;
    limits.bytes = 100;
    limits.age_us = 1000;
    const auto spool = open(limits);
    Room& room = spool->room();
    EXPECT_EQ(room.take({1, 500}), Refusal::none) << "an empty spool takes one that is larger than its limit";
    EXPECT_EQ(room.take({1, 1}), Refusal::bytes);
    room.give({1, 500});
    EXPECT_EQ(room.take({3, 50}), Refusal::none);
    EXPECT_EQ(room.take({1, 1}), Refusal::messages);
    room.give({3, 50});
    EXPECT_EQ(accept(*spool, "x"), Outcome::committed);
    EXPECT_EQ(room.used().messages, 1);
    EXPECT_EQ(room.used().bytes, 7);
    tend(*spool);
    EXPECT_EQ(room.take({1, 1}), Refusal::age) << "it was created long ago";
    conclude_all(*spool);
    tend(*spool);
    EXPECT_EQ(room.take({1, 1}), Refusal::none);
    EXPECT_EQ(room.refused(Refusal::bytes), 1u);
    EXPECT_EQ(room.refused(Refusal::messages), 1u);
    EXPECT_EQ(room.refused(Refusal::age), 1u);
}

TEST_F(SpoolTest, RoomIsGivenBackBehindTheCommit) {
    const auto spool = open();
    Call call([](Store& store) {
        auto arrival = make_arrival("x", {make_lane("web:a")});
        store.accept(arrival);
    });
    call.room = {1, 7};
    ASSERT_EQ(spool->room().take(call.room), Refusal::none);
    spool->submit(&call);
    call.wait();
    EXPECT_EQ(spool->messages(), 1);
    EXPECT_EQ(spool->bytes(), 7);
}

TEST_F(SpoolTest, ALowDiskRefusesAndResumesByItself) {
    disk_free_bytes_ = INT64_MAX;
    Limits limits;
    limits.disk_free_bytes = INT64_MAX;
    const auto spool = open(limits);
    tend(*spool);
    EXPECT_EQ(spool->room().take({1, 1}), Refusal::disk);
    EXPECT_EQ(spool->room().refused(Refusal::disk), 1u);
    EXPECT_EQ(accept(*spool, "needs no room"), Outcome::committed);
}

TEST_F(SpoolTest, AFullDiskRefusesWhatEntersAndHoldsWhatDoesNot) {
    testing::FaultyDisk disk;
    auto spool = open();
    std::vector<std::int64_t> accepted;
    for (int cycle = 0; cycle < 20; ++cycle) {
        ASSERT_EQ(accept(*spool, std::string(3000, 'a')), Outcome::committed);
        disk.bytes_left = 0;
        Outcome outcome = Outcome::committed;
        for (int i = 0; i < 10'000 && outcome == Outcome::committed; ++i)
            outcome = accept(*spool, std::string(3000, 'b'));
        EXPECT_EQ(outcome, Outcome::refused);
        EXPECT_EQ(spool->room().take({1, 1}), Refusal::disk);
        EXPECT_EQ(spool->broken(), "");
        Conclusion conclusion;
        conclusion.lane = lane_;
        accepted = positions(*spool);
        for (const auto position : accepted) conclusion.endings.push_back(make_ending(position));
        conclusion.endings.pop_back();
        Call call([&](Store& store) { store.conclude(conclusion); });
        spool->submit(&call);
        disk.bytes_left = INT64_MAX;
        spool->tend();
        EXPECT_EQ(call.wait(), Outcome::committed);
        tend(*spool);
        EXPECT_EQ(spool->room().take({1, 1}), Refusal::none);
        spool->room().give({1, 1});
        EXPECT_THAT(positions(*spool), ::testing::ElementsAre(accepted.back()));
    }
    EXPECT_GT(spool->room().refused(Refusal::disk), 0u);
}

TEST_F(SpoolTest, NoAnswerIsGivenBehindASyncThatFails) {
    for (std::int64_t sync = 0; sync < 12; ++sync) {
        SpoolFolder folder;
        directory_ = folder.path();
        std::vector<std::string> promised;
        {
            testing::FaultyDisk disk;
            const auto spool = open();
            disk.syncs_left = sync;
            for (int i = 0; i < 20; ++i) {
                const auto payload = std::to_string(i);
                if (accept(*spool, payload) == Outcome::committed) {
                    EXPECT_LT(i, sync);
                    promised.push_back(payload);
                }
            }
            EXPECT_THAT(spool->broken(), HasSubstr("disk I/O error"));
            EXPECT_THAT(spool->broken(), HasSubstr("opened anew by a restart"));
            EXPECT_EQ(spool->room().take({1, 1}), Refusal::broken);
        }
        const auto spool = open();
        run(*spool, [&](Store& store) {
            const auto busy = store.busy_lanes(0, 1);
            const auto page = busy.empty() ? Page{} : store.page(busy[0].lane.id, 0, 100, SIZE_MAX);
            ASSERT_GE(page.entries.size(), promised.size());
            for (std::size_t i = 0; i < promised.size(); ++i) EXPECT_EQ(page.entries[i].message.payload, promised[i]);
        });
    }
}

TEST_F(SpoolTest, ASyncOfTheDatabaseThatFailsBreaksItToo) {
    testing::FaultyDisk disk;
    const auto spool = open();
    while (disk.database_syncs == 0) ASSERT_EQ(accept(*spool, std::string(200'000, 'x')), Outcome::committed);
    const auto checkpoints = disk.database_syncs.load();
    std::uint64_t accepted = 0;
    for (disk.syncs_left = 1; accept(*spool, std::string(200'000, 'x')) == Outcome::committed; ++accepted) {
        disk.syncs_left = 1;  // The log's; whatever is synced behind it is the database.
    }
    EXPECT_EQ(disk.database_syncs, checkpoints);
    EXPECT_GT(accepted, 10u);
    EXPECT_NE(spool->broken(), "");
}

// Real files on a real file system that is full, in bytes and in inodes.
TEST_F(SpoolTest, AFullFileSystemRefusesAndLosesNothing) {
    const SpoolFolder place;
    if (::mount("tmpfs", place.path().c_str(), "tmpfs", 0, "size=24m,nr_inodes=200") != 0) GTEST_SKIP() << "not root";
    directory_ = place.path() + "/spool";
    {
        auto spool = open();
        std::size_t accepted = 0;
        for (int cycle = 0; cycle < 5; ++cycle) {
            {
                std::ofstream ballast(place.path() + "/ballast");
                const std::string block(1 << 16, 'x');
                while (ballast.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
                }
            }
            Outcome outcome = Outcome::committed;
            for (int i = 0; i < 10'000 && outcome == Outcome::committed; ++i) {
                outcome = accept(*spool, std::string(3000, 'x'));
                if (outcome == Outcome::committed) ++accepted;
            }
            EXPECT_EQ(outcome, Outcome::refused);
            std::filesystem::remove(place.path() + "/ballast");
            tend(*spool);
            EXPECT_EQ(spool->room().take({1, 1}), Refusal::none);
            spool->room().give({1, 1});
            ASSERT_EQ(accept(*spool, "x"), Outcome::committed);
            ++accepted;
            EXPECT_THAT(positions(*spool), SizeIs(accepted));
            if (cycle % 2 == 1) {
                conclude_all(*spool);
                accepted = 0;
            }
        }
        EXPECT_EQ(spool->broken(), "");
        for (int i = 0; i < 200; ++i) std::ofstream(place.path() + "/" + std::to_string(i));
        EXPECT_EQ(accept(*spool, std::string(Bodies::kInlineBytesMax + 1, 'b')), Outcome::refused);
        tend(*spool);
        EXPECT_EQ(spool->room().take({1, 1}), Refusal::disk);
        for (int i = 0; i < 200; ++i) std::filesystem::remove(place.path() + "/" + std::to_string(i));
        tend(*spool);
        EXPECT_EQ(accept(*spool, std::string(Bodies::kInlineBytesMax + 1, 'b')), Outcome::committed);
    }
    ::umount(place.path().c_str());
}

TEST_F(SpoolTest, TendingPrunesUntilNothingIsLeftToPrune) {
    auto opened = Spool::open({.directory = directory_, .limits = {}, .keeping = {.letters_us = 1'000'000}}, clock_);
    ASSERT_TRUE(opened);
    run(**opened, [&](Store& store) {
        for (int i = 0; i < 600; ++i) {
            DeadLetter letter;
            letter.at_us = clock_.now_us();
            letter.message = make_message("x");
            store.bury(letter);
        }
    });
    clock_.advance_us(2'000'000);
    (*opened)->tend();
    std::int64_t left = 600;
    for (int i = 0; i < 1000 && left > 0; ++i)
        run(**opened, [&](Store& store) { left = store.dead_letters().total().letters; });
    EXPECT_EQ(left, 0);
    EXPECT_EQ((*opened)->messages(), 0);
}

}  // namespace
}  // namespace millrace::spool
