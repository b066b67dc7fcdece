#include "adapters/sms/reports.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "adapters/sms/delivery_status.hpp"
#include "millrace/abi.h"

namespace millrace::sms {
namespace {

using Delivery = v1::Sms::Delivery;

v1::Sms report(const std::string& id, Delivery::Status status, const std::string& reference = {}) {
    v1::Sms body;
    Delivery& delivery = *body.mutable_delivery();
    delivery.set_message_id(id);
    delivery.set_client_reference(reference);
    delivery.set_status(status);
    delivery.set_rank(rank_of(status));
    delivery.set_permanent(is_permanent(status));
    return body;
}

class ReportsTest : public ::testing::Test {
  protected:
    bool expect(std::uint64_t receipt, std::vector<std::string> ids, const std::string& reference = {}) {
        early.clear();
        Answer answer;
        answer.message_ids = std::move(ids);
        return reports.expect({receipt, "who " + std::to_string(receipt), {}}, answer, reference, {now_ms, now_s},
                              early);
    }
    // `7` for a report of receipt 7, `7.` where it is the last; empty: it tells nothing.
    std::string take(const std::string& id, Delivery::Status status, const std::string& reference = {}) {
        const auto told = reports.take(report(id, status, reference), now_ms);
        return told ? std::to_string(told->listener.receipt) + (told->is_final ? "." : "") : "";
    }

    std::int64_t now_ms = 1'000;
    std::int64_t now_s = 1'700'000'000;
    std::vector<v1::Sms> early;
    std::vector<std::uint64_t> forgotten;
    Ledger ledger;
    Reports reports{ledger, [this](const Listener& listener) { forgotten.push_back(listener.receipt); }};
};

TEST_F(ReportsTest, OnlyWhatIsNewIsTold) {
    ASSERT_TRUE(expect(7, {"a"}));
    EXPECT_EQ(take("a", Delivery::SENT), "7");
    EXPECT_EQ(take("a", Delivery::SENT), "");
    EXPECT_EQ(take("a", Delivery::QUEUED), "");
    EXPECT_EQ(take("a", Delivery::STATUS_UNSPECIFIED), "7");
    EXPECT_EQ(take("a", Delivery::DELIVERED), "7.");
    EXPECT_EQ(take("a", Delivery::DELIVERED), "");
    EXPECT_EQ(reports.size(), 0u);
}

TEST_F(ReportsTest, EachPartHasItsOwn) {
    ASSERT_TRUE(expect(7, {"a", "b"}));
    EXPECT_EQ(take("a", Delivery::DELIVERED), "7");
    EXPECT_EQ(take("a", Delivery::UNDELIVERED), "");
    EXPECT_EQ(take("b", Delivery::UNDELIVERED), "7.");
}

TEST_F(ReportsTest, AReferenceThatComesBack) {
    EXPECT_FALSE(expect(7, {}));
    ASSERT_TRUE(expect(8, {}, "r"));
    EXPECT_EQ(take("x", Delivery::SENT, "r"), "8");
    EXPECT_EQ(take("r", Delivery::DELIVERED), "8.");
}

TEST_F(ReportsTest, OneThatIsFasterThanTheAnswer) {
    EXPECT_EQ(take("a", Delivery::DELIVERED), "");
    ASSERT_TRUE(expect(7, {"a"}));
    ASSERT_EQ(early.size(), 1u);
    EXPECT_EQ(reports.take(early[0], now_ms)->listener.receipt, 7u);
    EXPECT_EQ(reports.orphans(), 0u);
}

TEST_F(ReportsTest, AnIdThatComesAgainIsOfTheLaterMessage) {
    ASSERT_TRUE(expect(7, {"a"}));
    ASSERT_TRUE(expect(8, {"a"}));
    EXPECT_EQ(take("a", Delivery::SENT), "8");
    reports.forget_old(now_ms + Reports::kKeptMs);
    EXPECT_EQ(forgotten, (std::vector<std::uint64_t>{7, 8}));
}

TEST_F(ReportsTest, OfNobody) {
    take("a", Delivery::DELIVERED);
    reports.forget_old(now_ms + Reports::kEarlyMs - 1);
    EXPECT_EQ(reports.orphans(), 0u);
    reports.forget_old(now_ms + Reports::kEarlyMs);
    EXPECT_EQ(reports.orphans(), 1u);
    for (std::size_t i = 0; i <= Reports::kEarlyMax; ++i) take(std::to_string(i), Delivery::SENT);
    EXPECT_EQ(reports.orphans(), 2u);
}

TEST_F(ReportsTest, WhatIsOldIsForgotten) {
    expect(7, {"a"});
    expect(8, {"b"});
    take("a", Delivery::DELIVERED);
    reports.forget_old(now_ms + Reports::kKeptMs - 1);
    EXPECT_TRUE(forgotten.empty());
    reports.forget_old(now_ms + Reports::kKeptMs);
    EXPECT_EQ(forgotten, std::vector<std::uint64_t>{8});
    EXPECT_EQ(take("b", Delivery::DELIVERED), "");
}

TEST_F(ReportsTest, ThereAreNotTooMany) {
    for (std::size_t i = 0; i <= Reports::kMessagesMax; ++i, ++now_ms) expect(i, {std::to_string(i)});
    EXPECT_EQ(reports.size(), Reports::kMessagesMax);
    EXPECT_EQ(forgotten, std::vector<std::uint64_t>{0});
}

// A process after the other, with one file.
class RestartedReportsTest : public ::testing::Test {
  protected:
    RestartedReportsTest() {
        std::string name = (std::filesystem::temp_directory_path() / "reports-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        restart();
    }
    ~RestartedReportsTest() override { std::filesystem::remove_all(folder); }

    void restart() {
        reports.reset();
        ledger.emplace().open(folder / "state", now_s);
        reports.emplace(*ledger, [](const Listener&) {});
    }
    void expect(const std::string& id, const std::string& reference = {}) {
        Answer answer;
        if (!id.empty()) answer.message_ids = {id};
        std::vector<v1::Sms> early;
        ASSERT_TRUE(reports->expect({9, "5 survey@sms:+1/+2", "+1/+2"}, answer, reference, {1'000, now_s}, early));
    }
    // Who hears of it.
    std::string take(const std::string& id, Delivery::Status status, const std::string& reference = {}) {
        const auto told = reports->take(report(id, status, reference), 1'000);
        if (!told) return {};
        const Listener& it = told->listener;
        return std::to_string(it.receipt) + "|" + it.asker + "|" + it.scope + (told->is_final ? "." : "");
    }

    std::int64_t now_s = 1'700'000'000;
    std::filesystem::path folder;
    std::optional<Ledger> ledger;
    std::optional<Reports> reports;
};

TEST_F(RestartedReportsTest, WhoWaitsIsKnownAfterARestart) {
    expect("a b\n%");
    expect("", "r");
    EXPECT_EQ(take("a b\n%", Delivery::SENT), "9|5 survey@sms:+1/+2|+1/+2");
    restart();
    EXPECT_EQ(take("x", Delivery::DELIVERED), "");
    EXPECT_EQ(take("a b\n%", Delivery::QUEUED), "0|5 survey@sms:+1/+2|+1/+2");
    EXPECT_EQ(take("a b\n%", Delivery::QUEUED), "");
    EXPECT_EQ(take("a b\n%", Delivery::DELIVERED), "0|5 survey@sms:+1/+2|+1/+2.");
    EXPECT_EQ(take("x", Delivery::DELIVERED, "r"), "0|5 survey@sms:+1/+2|+1/+2.");
    restart();
    EXPECT_EQ(take("a b\n%", Delivery::DELIVERED), "");
    EXPECT_EQ(take("x", Delivery::DELIVERED, "r"), "");
}

TEST_F(RestartedReportsTest, ButNotForEver) {
    expect("a");
    now_s += Ledger::kAwaited_s - 1;
    restart();
    EXPECT_NE(ledger->awaited("a"), nullptr);
    now_s += 1;
    restart();
    EXPECT_EQ(ledger->awaited("a"), nullptr);
    EXPECT_EQ(take("a", Delivery::DELIVERED), "");
}

TEST(Reports, OutcomesOfStates) {
    const std::pair<Delivery::Status, std::uint32_t> cases[] = {
        {Delivery::QUEUED, MILLRACE_SENT},       {Delivery::DELIVERED, MILLRACE_SENT},
        {Delivery::READ, MILLRACE_SENT},         {Delivery::UNDELIVERED, MILLRACE_REJECTED},
        {Delivery::EXPIRED, MILLRACE_REJECTED},  {Delivery::REJECTED, MILLRACE_REJECTED},
        {Delivery::CANCELED, MILLRACE_REJECTED}, {Delivery::UNKNOWN, MILLRACE_UNSURE},
    };
    for (const auto& [status, outcome] : cases) EXPECT_EQ(outcome_of(status), outcome) << status;
}

}  // namespace
}  // namespace millrace::sms
