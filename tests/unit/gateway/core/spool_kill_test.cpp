// kill -9 of a process that uses a spool. The judge is the parent: it knows what the child was answered, from a pipe.
// `--kills=N` kills any number of times.
#include <poll.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/unit/gateway/core/spool_fixture.hpp"

namespace millrace::spool {
namespace {

using Watch = std::chrono::steady_clock;

std::size_t kills_in_all = 10;

constexpr int kLanes = 8;

// What the child says. A word is written whole: it is shorter than a pipe's atomic size.
struct Word {
    enum Kind : std::int64_t { ready, accepted, ending, ended };
    std::int64_t kind;
    std::int64_t lane;
    std::int64_t position;
    std::int64_t number;  // The payload.
};

std::string payload(std::int64_t number) {
    return std::to_string(number) + ":" + std::string(static_cast<std::size_t>(number * 7919 % 2000), 'x');
}

// The child: accepts on every lane, and concludes most of what it has accepted.
class Worker final : public Request {
  public:
    Worker(Spool& spool, int pipe, std::int64_t lane, std::atomic<std::int64_t>& number)
        : spool_(spool), pipe_(pipe), number_(number), lane_(lane) {
        next();
    }

    void apply(Store& store) override {
        auto lane = make_lane("web:" + std::to_string(lane_));
        arrival_ = make_arrival(payload(current_), {lane});
        store.accept(arrival_);
        conclusion_.lane = arrival_.to[0].lane.id;
        if (!conclusion_.endings.empty()) store.conclude(conclusion_);
    }

    void finished() override {
        if (outcome != Outcome::committed) ::_exit(3);
        for (const Ending& ending : conclusion_.endings) say({Word::ended, lane_, ending.position, 0});
        say({Word::accepted, lane_, arrival_.to[0].position, current_});
        conclusion_.endings.clear();
        if (current_ % 5 != 0) {
            conclusion_.endings.push_back(make_ending(arrival_.to[0].position));
            say({Word::ending, lane_, arrival_.to[0].position, 0});
        }
        next();
    }

    void arrive() override {}

  private:
    void next() {
        current_ = ++number_;
        spool_.submit(this);
    }
    void say(const Word& word) {
        if (::write(pipe_, &word, sizeof word) != sizeof word) ::_exit(2);
    }

    Spool& spool_;
    const int pipe_;
    std::atomic<std::int64_t>& number_;
    const std::int64_t lane_;
    std::int64_t current_ = 0;
    Arrival arrival_;
    Conclusion conclusion_;
};

[[noreturn]] void work(const std::string& directory, int pipe, std::int64_t first) {
    auto opened = Spool::open({.directory = directory}, system_clock());
    if (!opened) ::_exit(1);
    const Word ready{Word::ready, 0, 0, 0};
    if (::write(pipe, &ready, sizeof ready) != sizeof ready) ::_exit(2);
    std::atomic<std::int64_t> number{first};
    std::vector<std::unique_ptr<Worker>> workers;
    for (int lane = 0; lane < kLanes; ++lane) workers.push_back(std::make_unique<Worker>(**opened, pipe, lane, number));
    for (;;) ::pause();
}

class Judge {
  public:
    void hear(const Word& word) {
        last_ = std::max(last_, word.number);
        if (word.kind == Word::accepted) owed_[word.position] = {word.lane, word.number};
        if (word.kind == Word::ending) ending_.insert(word.position);
        if (word.kind == Word::ended) {
            owed_.erase(word.position);
            ended_.insert(word.position);
        }
    }

    std::int64_t last() const { return last_; }
    std::size_t owed() const { return owed_.size(); }

    // Everything that was promised is there, as it was; nothing is there that has ended.
    void look(const std::string& directory) {
        const auto began = Watch::now();
        auto opened = Store::open(directory, system_clock());
        ASSERT_TRUE(opened) << opened.error().text;
        EXPECT_LT(Watch::now() - began, std::chrono::seconds(5));
        std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> found;
        (*opened)->begin();
        for (const Busy& busy : (*opened)->busy_lanes(0, 1000)) {
            std::int64_t before = 0;
            for (const auto& [delivery, message] : (*opened)->page(busy.lane.id, 0, SIZE_MAX / 2, SIZE_MAX).entries) {
                const auto number = std::stoll(message.payload);
                EXPECT_EQ(message.payload, payload(number));
                EXPECT_LT(before, number) << "the order of the lane";
                before = number;
                last_ = std::max<std::int64_t>(last_, number);
                found[delivery.position] = {std::stoll(busy.lane.scope.substr(4)), number};
                EXPECT_FALSE(ended_.contains(delivery.position));
            }
        }
        EXPECT_FALSE((*opened)->commit());
        EXPECT_EQ((*opened)->damage().count(), 0);
        for (const auto& [position, what] : owed_) {
            const auto entry = found.find(position);
            if (entry == found.end()) {
                EXPECT_TRUE(ending_.contains(position)) << "message " << what.second << " is lost";
            } else {
                EXPECT_EQ(entry->second, what);
            }
        }
        owed_ = std::move(found);
        ending_.clear();
    }

  private:
    std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> owed_;
    std::set<std::int64_t> ending_, ended_;
    std::int64_t last_ = 0;
};

// Runs a child and kills it `duration` after it has begun to work.
void run_and_kill(const std::string& directory, Judge& judge, std::chrono::milliseconds duration) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) work(directory, ends[1], judge.last());
    ::close(ends[1]);
    Word word{};
    auto deadline = Watch::time_point::max();
    bool is_killed = false;
    while (::read(ends[0], &word, sizeof word) == sizeof word) {
        if (word.kind == Word::ready) deadline = Watch::now() + duration;
        judge.hear(word);
        if (!is_killed && Watch::now() >= deadline) {
            ::kill(child, SIGKILL);
            is_killed = true;
        }
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "status " << status;
}

TEST(SpoolKill, NothingThatWasAcceptedIsLost) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    SpoolFolder folder;
    Judge judge;
    std::size_t with_debts = 0;
    for (std::size_t i = 0; i < kills_in_all && !::testing::Test::HasFailure(); ++i) {
        run_and_kill(folder.path(), judge, std::chrono::milliseconds(10 + random() % 500));
        if (judge.owed() > 0) ++with_debts;
        judge.look(folder.path());
    }
    std::printf("%zu kills, %zu of them owing, %lld messages\n", kills_in_all, with_debts,
                static_cast<long long>(judge.last()));
    EXPECT_GE(with_debts, kills_in_all * 9 / 10);
}

}  // namespace
}  // namespace millrace::spool

int main(int argc, char** argv) {
    ::testing::InitGoogleMock(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        std::size_t kills = 0;
        if (std::sscanf(argv[i], "--kills=%zu", &kills) == 1) millrace::spool::kills_in_all = kills;
    }
    return RUN_ALL_TESTS();
}
