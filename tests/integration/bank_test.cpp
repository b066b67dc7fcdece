#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <future>
#include <iostream>
#include <map>
#include <random>

#include "gateway/core/dispatcher.hpp"
#include "gateway/core/host_loops.hpp"
#include "gateway/core/pipeline.hpp"
#include "gateway/core/plugin_host.hpp"
#include "tests/support/fake_adapter.hpp"
#include "tests/support/manual_clock.hpp"

// The race of accounts: many connections, small mailboxes, channels that close whenever they are idle, peers that read
// late, and handlers that throw after they have changed their account. However it comes, no money is made or lost.
namespace millrace {
namespace {

using namespace std::chrono_literals;
using testing::FakeAdapter;
using testing::ManualClock;
using Steady = std::chrono::steady_clock;

constexpr std::uint64_t kTransfers = 100'000;
constexpr std::size_t kConnections = 100;
constexpr std::size_t kInFlight = 4;  // Commands of one connection that are not answered yet.
constexpr std::size_t kAccounts = 200;
constexpr std::int64_t kOpenedWith = 1'000;
constexpr auto kStall = 5s;
constexpr std::int64_t kHurry = 20;  // The gateway's time goes so much faster: its waits are long, and the test is not.

Config make_config(std::uint64_t seed) {
    Config config;
    config.adapters = {{"test", "test", {}, {}}};
    ConsumerConfig bank{"bank", "faulty_bank", 2, {8, 1 << 20}, {}, {}};
    bank.settings.json = R"({"percent":5,"seed":)" + std::to_string(seed % 1'000'000'000) + "}";
    bank.idle_ms = 50;
    config.consumers = {bank};
    RouteConfig route;
    route.name = "bank";
    route.to = {"bank"};
    config.routes = {route};
    return config;
}

const millrace_consumer& load_bank() {
    static const Discovery found = discover_plugins({MILLRACE_BUILD_DIR "/tests/consumers"});
    const Manifest* manifest = found.catalogue.consumer("faulty_bank");
    ResidentPlugins resident;
    const auto loaded = load_plugins(std::array{manifest}, "", "", resident);
    return *loaded.at(manifest).value()->consumer;
}

std::string account(std::size_t index) { return "a" + std::to_string(index); }

// One connection: what it has asked for and not heard of yet.
struct Counter {
    struct Asked {
        std::uint64_t number;
        std::size_t account;
    };

    FakeAdapter::Scope scope;
    std::deque<Asked> asked;
    std::map<std::size_t, std::uint64_t> last_sent;  // By the account: the number of its last transfer.
    std::vector<std::string> waiting;                // Was not taken yet.
};

class Bank : public ::testing::TestWithParam<std::uint32_t> {
  protected:
    Bank() {
        table_.mode = GetParam();
        pipeline_.add_first(std::make_unique<ConsumerHost>(config_.consumers[0], 0, table_, pipeline_.loops, clock_));
        EXPECT_TRUE(pipeline_.consumers[0]->create().empty());
        EXPECT_TRUE(pipeline_.consumers[0]->start());
        EXPECT_TRUE(host_.create().empty());
        adapter_.attach();
        EXPECT_TRUE(host_loops_.start(2));
        std::cout << "seed " << seed_ << "\n";
    }

    ~Bank() override {
        for (Counter& counter : counters_) adapter_.close(counter.scope);
        run_until([this] { return is_quiet(); });
        for (Dispatcher* loop : channel_loops()) {
            std::promise<void> closed;
            loop->loop().post([&] { loop->close_all([&] { closed.set_value(); }); });
            closed.get_future().wait();
        }
        host_loops_.stop();
        pipeline_.consumers[0]->stop();
        adapter_.run();
        adapter_.detach();
    }

    std::vector<Dispatcher*> channel_loops() { return {pipeline_.loops.find(2), pipeline_.loops.find(3)}; }

    std::vector<LoopReport> reports() {
        std::vector<LoopReport> result = {pipeline_.loops.find(1)->report()};
        for (Dispatcher* loop : channel_loops()) {
            std::promise<LoopReport> report;
            loop->loop().post([&] { report.set_value(loop->report()); });
            result.push_back(report.get_future().get());
        }
        return result;
    }

    std::uint64_t sum(std::uint64_t LoopReport::Consumer::*number) {
        std::uint64_t result = 0;
        for (const LoopReport& report : reports()) result += report.consumers[0].*number;
        return result;
    }

    std::uint64_t sum_of(std::uint64_t (Dispatcher::*count)() const) {
        std::uint64_t result = 0;
        pipeline_.loops.each([&](Dispatcher& loop) { result += (loop.*count)(); });
        return result;
    }

    // Nothing has departed since before all were asked, and all of that has arrived.
    bool is_quiet() {
        const std::uint64_t departed = sum_of(&Dispatcher::departed);
        if (sum_of(&Dispatcher::arrived) != departed) return false;
        for (const LoopReport& report : reports()) {
            if (report.consumers[0].now.open != 0) return false;
        }
        return pipeline_.waits.size() == 0 && sum_of(&Dispatcher::departed) == departed;
    }

    // One round of the adapter's loop; time passes.
    void turn() {
        const auto now = Steady::now();
        clock_.advance_us(std::chrono::duration_cast<std::chrono::microseconds>(now - last_turn_).count() * kHurry);
        last_turn_ = now;
        pipeline_.alarm.fire();
        adapter_.run();
    }

    template <class Done> void run_until(Done done) {
        for (const auto give_up = Steady::now() + 60s; !done();) {
            ASSERT_LT(Steady::now(), give_up);
            turn();
            std::this_thread::yield();
        }
    }

    std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

    void ask(Counter& counter, std::size_t from, const std::string& word, const std::string& rest) {
        counter.asked.push_back({++asked_, from});
        counter.waiting.push_back(std::to_string(asked_) + ' ' + word + ' ' + account(from) + rest);
    }

    void ask_for_transfer(Counter& counter) {
        const std::size_t from = pick(kAccounts);
        ask(counter, from, "transfer", ' ' + account(pick(kAccounts)) + ' ' + std::to_string(1 + pick(300)));
    }

    void offer(Counter& counter) {
        if (counter.waiting.empty()) return;
        const std::uint32_t taken = adapter_.submit(counter.scope, counter.waiting);
        counter.waiting.erase(counter.waiting.begin(), counter.waiting.begin() + taken);
    }

    // What the bank said: each command is answered once; what one connection wants of one account is done in order.
    void hear(Counter& counter) {
        for (const std::string& reply : std::exchange(counter.scope.replies, {})) {
            last_heard_ = Steady::now();
            ++heard_;
            std::uint64_t number = 0;
            const auto space = std::from_chars(reply.data(), reply.data() + reply.size(), number).ptr;
            const std::string text(space + 1, reply.data() + reply.size());
            const auto is_it = [&](const Counter::Asked& asked) { return asked.number == number; };
            const auto asked = std::ranges::find_if(counter.asked, is_it);
            ASSERT_NE(asked, counter.asked.end()) << "nobody has asked, or it was answered before: " << reply;
            judge(counter, asked->account, text);
            counter.asked.erase(asked);
        }
    }

    void judge(Counter& counter, std::size_t account, const std::string& text) {
        if (text.starts_with("sent ")) {
            const std::uint64_t transfer = std::stoull(text.substr(5));
            EXPECT_GT(transfer, std::exchange(counter.last_sent[account], transfer)) << "out of order";
            sent_[account].push_back(transfer);
        } else if (text.starts_with("balance ")) {
            balances_[account] = std::stoll(text.substr(8));
            EXPECT_GE(balances_[account], 0);
        } else {
            EXPECT_TRUE(text.starts_with("refused: the balance is ")) << text;
            EXPECT_GE(std::stoll(text.substr(24)), 0);
        }
    }

    // Until all that was asked is answered; `more` asks for more. Nothing may stall meanwhile.
    template <class More> void serve(More more) {
        last_heard_ = Steady::now();
        do {
            for (Counter& counter : counters_) {
                more(counter);
                offer(counter);
                if (pick(4) != 0) adapter_.written(counter.scope);
                hear(counter);
                if (HasFatalFailure()) return;
            }
            turn();
            const auto silent = Steady::now() - last_heard_;
            longest_silence_ = std::max(longest_silence_, silent);
            ASSERT_LT(silent, kStall) << "stalled after " << heard_ << " of " << asked_;
        } while (heard_ != asked_);
    }

    const std::uint64_t seed_ = std::random_device()();
    std::mt19937_64 random_{seed_};
    ManualClock clock_;
    const Config config_ = make_config(seed_);
    millrace_consumer table_ = load_bank();
    FakeAdapter adapter_;
    Pipeline pipeline_{config_, clock_};
    AdapterHost host_{config_.adapters[0], 0, "test", FakeAdapter::table(), pipeline_};
    HostLoops host_loops_{pipeline_, 1};
    std::deque<Counter> counters_;
    std::uint64_t asked_ = 0;
    std::uint64_t heard_ = 0;
    Steady::time_point last_turn_ = Steady::now();
    Steady::time_point last_heard_ = Steady::now();
    Steady::duration longest_silence_{};
    std::map<std::size_t, std::int64_t> balances_;
    std::map<std::size_t, std::vector<std::uint64_t>> sent_;
};

TEST_P(Bank, NoMoneyIsMadeOrLost) {
    for (std::size_t i = 0; i < kConnections; ++i) {
        Counter& counter = counters_.emplace_back();
        counter.scope.key = "scope-" + std::to_string(i);
        ASSERT_EQ(adapter_.open(counter.scope, "/bank", 256), MILLRACE_OPENED);
    }
    run_until([this] { return std::ranges::all_of(counters_, [](const Counter& c) { return c.scope.settled != 0; }); });
    for (std::size_t i = 0; i < kAccounts; ++i)
        ask(counters_[i % kConnections], i, "open", ' ' + std::to_string(kOpenedWith));
    serve([](Counter&) {});
    if (HasFatalFailure()) return;

    std::uint64_t transfers = 0;
    const auto began = Steady::now();
    serve([&](Counter& counter) {
        for (; counter.asked.size() < kInFlight && transfers < kTransfers; ++transfers) ask_for_transfer(counter);
    });
    if (HasFatalFailure()) return;
    const std::chrono::duration<double> took = Steady::now() - began;
    run_until([this] { return is_quiet(); });

    balances_.clear();
    for (std::size_t i = 0; i < kAccounts; ++i) ask(counters_[i % kConnections], i, "balance", "");
    serve([](Counter&) {});
    std::int64_t all = 0;
    for (const auto& [account, balance] : balances_) all += balance;
    EXPECT_EQ(balances_.size(), kAccounts);
    EXPECT_EQ(all, static_cast<std::int64_t>(kAccounts) * kOpenedWith);
    std::uint64_t sent = 0;
    for (auto& [account, numbers] : sent_) {
        std::ranges::sort(numbers);
        for (std::size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i + 1) << "of account " << account;
        sent += numbers.size();
    }
    EXPECT_GT(sent, kTransfers / 4);
    EXPECT_GT(sum(&LoopReport::Consumer::retried), kTransfers / 20);
    EXPECT_EQ(sum(&LoopReport::Consumer::dead), 0u);
    std::cout << sent << " of " << transfers << " transfers in " << took.count() << " s; "
              << sum(&LoopReport::Consumer::retried) << " handlers undone; longest silence "
              << std::chrono::duration<double>(longest_silence_).count() << " s\n";
}

INSTANTIATE_TEST_SUITE_P(OnLoops, Bank, ::testing::Values(MILLRACE_ASYNC));
INSTANTIATE_TEST_SUITE_P(OnWorkers, Bank, ::testing::Values(MILLRACE_SYNC));

}  // namespace
}  // namespace millrace
