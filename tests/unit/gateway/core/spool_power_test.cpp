// What a power cut leaves of a spool. `--cuts=N` runs any number of them.
#include <cstdio>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "tests/support/faulty_disk.hpp"
#include "tests/unit/gateway/core/spool_fixture.hpp"

namespace millrace::spool {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
std::size_t cuts_in_all = 20;  // Ten times as slow: 200 are for the release.
#else
std::size_t cuts_in_all = 200;
#endif

// Knows what was promised: its own list, written when an answer is given.
class Ledger {
  public:
    void accepted(std::int64_t position, std::string payload) {
        std::lock_guard lock(mutex_);
        open_.emplace(position, std::move(payload));
    }
    void ending(std::int64_t position) {
        std::lock_guard lock(mutex_);
        ending_.insert(position);
    }
    void ended(std::int64_t position) {
        std::lock_guard lock(mutex_);
        open_.erase(position);
        ended_.insert(position);
    }

    std::size_t owed() const { return open_.size(); }

    // How many promises the lane has broken. What it holds becomes what is promised.
    std::size_t settle(const Page& page) {
        std::map<std::int64_t, std::string> found;
        std::size_t broken = 0;
        for (const auto& [delivery, message] : page.entries) {
            found.emplace(delivery.position, message.payload);
            if (ended_.contains(delivery.position)) ++broken;
        }
        for (const auto& [position, payload] : open_) {
            const auto entry = found.find(position);
            const bool is_there = entry != found.end() && entry->second == payload;
            if (!is_there && !(entry == found.end() && ending_.contains(position))) ++broken;
        }
        open_ = std::move(found);
        ending_.clear();
        return broken;
    }

  private:
    std::mutex mutex_;
    std::map<std::int64_t, std::string> open_;  // Accepted, and not said to have ended.
    std::set<std::int64_t> ending_;             // Of those: asked to end.
    std::set<std::int64_t> ended_;
};

class Step final : public Request {
  public:
    Step(Ledger& ledger, std::int64_t lane, std::string payload) : ledger_(ledger) {
        arrival_ = make_arrival(std::move(payload), {make_lane("web:a")});
        conclusion_.lane = lane;
    }
    void end(std::int64_t position) {
        conclusion_.endings.push_back(make_ending(position));
        ledger_.ending(position);
    }
    void apply(Store& store) override {
        store.accept(arrival_);
        if (!conclusion_.endings.empty()) store.conclude(conclusion_);
    }
    void finished() override {
        if (outcome == Outcome::committed) {
            ledger_.accepted(arrival_.to[0].position, arrival_.message.payload);
            for (const Ending& ending : conclusion_.endings) ledger_.ended(ending.position);
        }
        is_done.store(true, std::memory_order_release);
    }
    void arrive() override {}

    std::atomic<bool> is_done{false};

  private:
    Ledger& ledger_;
    Arrival arrival_;
    Conclusion conclusion_;
};

struct Result {
    std::size_t cuts = 0;
    std::size_t broken_promises = 0;
    std::size_t with_debts = 0;   // Cuts at which something was promised and not ended,
    std::size_t with_losses = 0;  // and those that took writes.
    std::size_t named = 0;        // Starts that said that commits were missing.
    std::uint64_t checkpoints = 0;
};

class PowerCuts {
  public:
    PowerCuts(unsigned seed, bool ignores_sync) : random_(seed), ignores_sync_(ignores_sync) {}

    Result run(std::size_t cuts) {
        for (; result_.cuts < cuts; ++result_.cuts) {
            testing::FaultyDisk disk;
            disk.ignores_sync = ignores_sync_;
            auto opened = Spool::open({.directory = folder_.path()}, clock_);
            if (!opened) {  // What a disk that ignores syncs leaves may be no database at all.
                std::printf("%s\n", opened.error().text.c_str());
                ++result_.broken_promises;
                break;
            }
            check(**opened);
            disk.operations_left = 20 + static_cast<std::int64_t>(random_() % 800);
            load(**opened);
            opened->reset();
            if (ledger_.owed() > 0) ++result_.with_debts;
            if (disk.cut(random_) > 0) ++result_.with_losses;
            result_.checkpoints += disk.database_syncs;
        }
        return result_;
    }

  private:
    void check(Spool& spool) {
        ASSERT_EQ(millrace::spool::run(spool,
                                       [&](Store& store) {
                                           lane_ = store.open_lane(make_lane("web:a")).lane.id;
                                           page_ = store.page(lane_, 0, SIZE_MAX / 2, SIZE_MAX);
                                           for (const Damage& damage : store.damage().list()) {
                                               if (damage.what.find("commits") != std::string::npos) ++result_.named;
                                           }
                                       }),
                  Request::Outcome::committed);
        result_.broken_promises += ledger_.settle(page_);
    }

    // Until the power is gone: several requests at once, so that there are groups; most of what is there is ended.
    void load(Spool& spool) {
        auto next = page_.entries.begin();
        while (spool.broken().empty()) {
            std::vector<std::unique_ptr<Step>> steps;
            for (int i = 0; i < 4; ++i) {
                steps.push_back(std::make_unique<Step>(ledger_, lane_,
                                                       std::to_string(++number_) + std::string(random_() % 6000, 'x')));
                for (int n = 0; n < 3 && next != page_.entries.end(); ++n)
                    steps.back()->end((next++)->delivery.position);
                spool.submit(steps.back().get());
            }
            for (auto& step : steps) {
                while (!step->is_done.load(std::memory_order_acquire)) std::this_thread::yield();
            }
        }
    }

    SpoolFolder folder_;
    testing::ManualClock clock_;
    std::mt19937 random_;
    const bool ignores_sync_;
    Ledger ledger_;
    Page page_;
    std::int64_t lane_ = 0;
    std::uint64_t number_ = 0;
    Result result_;
};

TEST(SpoolPower, CutsLoseNothingThatWasAccepted) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    const Result result = PowerCuts(seed, false).run(cuts_in_all);
    std::printf("%zu cuts, %zu with debts, %zu with losses, %llu checkpoints\n", result.cuts, result.with_debts,
                result.with_losses, static_cast<unsigned long long>(result.checkpoints));
    EXPECT_EQ(result.broken_promises, 0u);
    EXPECT_EQ(result.named, 0u);
    EXPECT_GE(result.with_debts, cuts_in_all * 9 / 10);
    EXPECT_GE(result.with_losses, cuts_in_all / 3);
    EXPECT_GE(result.checkpoints, 1u);
}

// The judge can say "guilty".
TEST(SpoolPower, CutsOfADiskThatDoesNotSyncBreakPromises) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    const Result result = PowerCuts(seed, true).run(20);
    EXPECT_GT(result.broken_promises, 0u);
}

}  // namespace
}  // namespace millrace::spool

int main(int argc, char** argv) {
    ::testing::InitGoogleMock(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        std::size_t cuts = 0;
        if (std::sscanf(argv[i], "--cuts=%zu", &cuts) == 1) millrace::spool::cuts_in_all = cuts;
    }
    return RUN_ALL_TESTS();
}
