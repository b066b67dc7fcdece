#include <algorithm>
#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/gateway/core/durable_fixture.hpp"

// Messages that come again on durable routes (contract D9).
namespace millrace {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kMessages = 1'000;
#else
constexpr int kMessages = 20'000;
#endif

TEST_F(DurableTest, D9_a_resend_of_what_is_on_its_way_is_a_retry) {
    EXPECT_EQ(adapter.submit(scope, "once", {.external_id = "1"}), MILLRACE_PENDING);
    EXPECT_EQ(adapter.submit(scope, "once", {.external_id = "1"}), MILLRACE_PENDING);
    settle();
    EXPECT_EQ(adapter.submit(scope, "once", {.external_id = "1"}), MILLRACE_PENDING);
    adapter.run();
    std::vector<std::uint32_t> verdicts;
    for (const auto& [cookie, verdict] : scope.settlements) verdicts.push_back(verdict);
    EXPECT_EQ(verdicts, (std::vector<std::uint32_t>{MILLRACE_RETRY, MILLRACE_ACK, MILLRACE_ACK}));
    EXPECT_EQ(heard, Strings{"once"});
}

TEST_F(DurableTest, D9_a_resend_of_what_an_earlier_process_has_accepted_is_not_handled_again) {
    EXPECT_EQ(adapter.submit(scope, "new", {.external_id = "new"}), MILLRACE_PENDING);
    settle();
    EXPECT_EQ(heard, Strings{"new"});
    std::optional<spool::Answer> kept;
    spool::run(*pipeline.spool(), [&](spool::Store& store) {
        kept = store.answer("test", "new");
        store.remember("test", "known", *kept);  // As if another process had.
    });
    EXPECT_EQ(kept->verdict, std::uint32_t{MILLRACE_ACK});
    EXPECT_EQ(adapter.submit(scope, "known", {.external_id = "known"}), MILLRACE_PENDING);
    settle();
    EXPECT_EQ(heard, Strings{"new"});
    ASSERT_EQ(scope.settlements.size(), 2u);
    EXPECT_EQ(scope.settlements[1].second, std::uint32_t{MILLRACE_ACK});
}

Config roomy_config() {
    Config config = durable_config(0, false);
    for (ConsumerConfig& consumer : config.consumers) consumer.mailbox = {2'000, 1 << 20};
    return config;
}

class LargeMailbox : public DurableTest {
  protected:
    LargeMailbox() : DurableTest({}, roomy_config()) {}
};

// Each message so many times, in any order, and many on their way to the disk at once.
TEST_F(LargeMailbox, D9_a_resend_is_not_handled_again) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937 dice(seed);
    constexpr int kCopies = 5;
    constexpr int kSettleEvery = 2'000;
    std::vector<int> sent;
    for (int i = 0; i < kMessages * kCopies; ++i) sent.push_back(i % kMessages);
    std::ranges::shuffle(sent, dice);
    async.handler = [this](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) heard.push_back(call.text());
        return ack_all(call);
    };
    int until_settled = kSettleEvery;
    for (int number : sent) {
        const std::string text = std::to_string(number);
        while (adapter.submit(scope, text, {.external_id = text}) == FakeAdapter::kRefused) settle();
        if (--until_settled == 0) {
            settle();
            until_settled = kSettleEvery;
        }
    }
    settle();
    EXPECT_EQ(heard.size(), std::size_t{kMessages});
    EXPECT_EQ(std::set(heard.begin(), heard.end()).size(), std::size_t{kMessages});
    EXPECT_EQ(scope.settlements.size(), std::size_t{kMessages * kCopies});
    EXPECT_EQ(report().consumers[0].acked, std::uint64_t{kMessages + 1});
    EXPECT_TRUE(on_disk().empty());
}

}  // namespace
}  // namespace millrace
