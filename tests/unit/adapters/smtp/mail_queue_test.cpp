#include "adapters/smtp/mail_queue.hpp"

#include <gtest/gtest.h>

namespace millrace::smtp {
namespace {

using namespace std::chrono_literals;

const RetrySettings settings{1s, 4s, 20s};
const MailFate sent{Fate::sent, 250, "2.0.0", "ok"};
const MailFate later{Fate::retry, 451, "4.7.1", "greylisted"};
const MailFate refused{Fate::rejected, 550, "5.1.1", "no such user"};
const MailFate unheard{Fate::unknown, 0, "", "the connection broke"};

Mail mail(std::string to) { return {"", {std::move(to)}, "text\r\n"}; }

class MailQueueTest : public ::testing::Test {
  protected:
    // Begins the next try, at the time that it is due.
    std::uint64_t begin() {
        if (queue.next_due_ms() != MailQueue::kNever) now_ms = std::max(now_ms, queue.next_due_ms());
        return queue.begin_next(now_ms).value_or(0);
    }

    std::int64_t now_ms = 1'000'000;
    MailQueue queue{settings, 3, 1};
};

TEST_F(MailQueueTest, TriesEachMailAtOnceAndInOrder) {
    EXPECT_EQ(queue.next_due_ms(), MailQueue::kNever);
    EXPECT_EQ(queue.add(mail("a@x"), false, now_ms), 1u);
    EXPECT_EQ(queue.add(mail("b@x"), false, now_ms), 2u);
    EXPECT_EQ(begin(), 1u);
    EXPECT_EQ(queue.mail(1).to, std::vector<std::string>{"a@x"});
    EXPECT_EQ(begin(), 2u);
    EXPECT_EQ(begin(), 0u);
    EXPECT_EQ(queue.judge(2, sent, now_ms)->fate, Fate::sent);
    EXPECT_EQ(queue.size(), 1u);
}

TEST_F(MailQueueTest, TakesNoMoreThanItMay) {
    for (int i = 0; i < 3; ++i) EXPECT_NE(queue.add(mail("a@x"), true, now_ms), 0u);
    EXPECT_EQ(queue.add(mail("a@x"), true, now_ms), 0u);
    begin();
    EXPECT_TRUE(queue.judge(1, sent, now_ms));
    EXPECT_EQ(queue.add(mail("a@x"), true, now_ms), 4u);
}

TEST_F(MailQueueTest, WaitsLongerEachTimeUpToTheLongest) {
    queue.add(mail("a@x"), false, now_ms);
    for (const std::int64_t most_ms : {1000, 2000, 4000, 4000}) {
        ASSERT_EQ(begin(), 1u);
        ASSERT_FALSE(queue.judge(1, later, now_ms));
        const std::int64_t wait_ms = queue.next_due_ms() - now_ms;
        EXPECT_GE(wait_ms, most_ms * 3 / 4);
        EXPECT_LE(wait_ms, most_ms);
        EXPECT_FALSE(queue.begin_next(queue.next_due_ms() - 1));
    }
}

TEST_F(MailQueueTest, GivesUpWhenTheTimeIsOver) {
    queue.add(mail("a@x"), true, now_ms);
    const std::int64_t end_ms = now_ms + 20'000;
    std::optional<MailQueue::End> end;
    while (!end) {
        ASSERT_EQ(begin(), 1u);
        end = queue.judge(1, later, now_ms);
    }
    EXPECT_GE(now_ms, end_ms);
    EXPECT_EQ(end->fate, Fate::rejected);
    EXPECT_EQ(end->code, 451u);
    EXPECT_EQ(end->text, "given up: greylisted");
    EXPECT_EQ(queue.size(), 0u);
}

TEST_F(MailQueueTest, DoesNotTryAgainWhatIsRefused) {
    queue.add(mail("a@x"), true, now_ms);
    begin();
    const auto end = queue.judge(1, refused, now_ms);
    EXPECT_EQ(end->fate, Fate::rejected);
    EXPECT_EQ(end->code, 550u);
    EXPECT_EQ(end->text, "no such user");
}

TEST_F(MailQueueTest, RepeatsWhatNobodyHeardOfOnlyWhereItMay) {
    queue.add(mail("a@x"), false, now_ms);
    queue.add(mail("b@x"), true, now_ms);
    begin(), begin();
    EXPECT_EQ(queue.judge(1, unheard, now_ms)->fate, Fate::unknown);
    EXPECT_FALSE(queue.judge(2, unheard, now_ms));
    EXPECT_EQ(begin(), 2u);
    now_ms += 20'000;
    const auto end = queue.judge(2, unheard, now_ms);
    EXPECT_EQ(end->fate, Fate::rejected) << "else it would begin anew";
    EXPECT_EQ(end->text, "given up: the connection broke");
}

TEST_F(MailQueueTest, BeginsWhenItIsDue) {
    queue.add(mail("a@x"), true, now_ms + 5'000);
    EXPECT_FALSE(queue.begin_next(now_ms + 4'999));
    now_ms += 5'000;
    EXPECT_EQ(begin(), 1u);
    now_ms += 19'999;
    EXPECT_FALSE(queue.judge(1, later, now_ms)) << "give_up counts from when it was due";
}

TEST_F(MailQueueTest, GivesBackWhatWaits) {
    queue.add(mail("a@x"), true, now_ms);
    queue.add(mail("b@x"), false, now_ms);
    queue.add(mail("c@x"), true, now_ms);
    begin();
    EXPECT_EQ(queue.give_back(false), std::vector<std::uint64_t>{3});
    EXPECT_EQ(queue.give_back(true), std::vector<std::uint64_t>{2});
    EXPECT_EQ(queue.next_due_ms(), MailQueue::kNever);
    EXPECT_EQ(queue.size(), 1u);
    EXPECT_EQ(queue.judge(1, sent, now_ms)->fate, Fate::sent);
}

}  // namespace
}  // namespace millrace::smtp
