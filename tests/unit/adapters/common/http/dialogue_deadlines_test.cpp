#include <gtest/gtest.h>

#include "tests/unit/adapters/common/http/conversation.hpp"

// Every deadline of a connection, by a clock that is moved by hand.
namespace millrace::http::test {
namespace {

const std::string ping = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string post_head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n";
const std::string late_answer = refused("408 Request Timeout", "The request did not come in time.");
constexpr std::string_view kUnanswered = "The answer was not ready in time.";

class Deadlines : public ::testing::Test {
  protected:
    // Until its next deadline, and not a moment longer.
    void wait_for(std::int64_t due_ms) {
        ASSERT_EQ(dialogue().next_deadline_ms(), due_ms);
        conversation_.now_ms = due_ms - 1;
        dialogue().on_time(conversation_.out, due_ms - 1);
        ASSERT_EQ(conversation_.said(), "") << "before it is due";
        conversation_.now_ms = due_ms;
        dialogue().on_time(conversation_.out, due_ms);
    }

    Dialogue& dialogue() { return conversation_.dialogue(); }

    Conversation conversation_;
};

TEST_F(Deadlines, OfWhoSaysNothing) {
    wait_for(kSmall.head_ms);
    EXPECT_EQ(conversation_.said(), "END") << "no answer to no request";
}

TEST_F(Deadlines, OfTheFirstHeadCountFromTheBegin) {
    conversation_.now_ms = 9'000;
    conversation_.read("GET / HT");
    wait_for(kSmall.head_ms);
    EXPECT_EQ(conversation_.said(), late_answer);
}

TEST_F(Deadlines, OfAHeadAreNotMovedByItsBytes) {
    conversation_.read(ping);
    EXPECT_EQ(conversation_.said(), ok("GET /"));
    for (int i = 1; i <= 9; ++i) {
        conversation_.now_ms = 1'000 * i;
        conversation_.read("G");
    }
    wait_for(1'000 + kSmall.head_ms);
    EXPECT_EQ(conversation_.said(), late_answer);
}

TEST_F(Deadlines, OfABodyCountFromItsHead) {
    conversation_.now_ms = 9'000;
    conversation_.read(post_head);
    for (int i = 1; i <= 3; ++i) {
        conversation_.now_ms += 9'000;
        conversation_.read("x");
    }
    wait_for(9'000 + kSmall.body_ms);
    EXPECT_EQ(conversation_.said(), late_answer);
}

TEST_F(Deadlines, OfABodyThatIsInvitedCountFromThere) {
    conversation_.answers_at_once = false;
    conversation_.read(ping + "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    conversation_.now_ms = 15'000;
    conversation_.answer(0, "a");
    EXPECT_EQ(conversation_.said(), ok("a") + "HTTP/1.1 100 Continue\r\n\r\n");
    wait_for(15'000 + kSmall.body_ms);
    EXPECT_EQ(conversation_.said(), late_answer);
}

TEST_F(Deadlines, OfChunksThatTrickle) {
    conversation_.read("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    conversation_.now_ms = 29'000;
    conversation_.read("1\r\nx\r\n");
    wait_for(kSmall.body_ms);
    EXPECT_EQ(conversation_.said(), late_answer);
}

TEST_F(Deadlines, OfARequestBehindAnswersThatAreOwed) {
    conversation_.answers_at_once = false;
    conversation_.read(ping + "GET / HT");
    wait_for(kSmall.head_ms);
    EXPECT_EQ(conversation_.said(), "") << "it has its turn behind the first answer";
    conversation_.answer(0, "a");
    EXPECT_EQ(conversation_.said(), ok("a") + late_answer);
}

TEST_F(Deadlines, OfAnIdleConnectionCountFromTheLastAnswer) {
    conversation_.answers_at_once = false;
    conversation_.read(ping);
    conversation_.now_ms = 5'000;
    conversation_.answer(0, "a");
    EXPECT_EQ(conversation_.said(), ok("a"));
    wait_for(5'000 + kSmall.idle_ms);
    EXPECT_EQ(conversation_.said(), "END");
}

TEST_F(Deadlines, OfAnIdleConnectionAfterARefusal) {
    conversation_.on_head = [](const Request&) { return not_found(); };
    conversation_.now_ms = 5'000;
    conversation_.read(ping);
    conversation_.leave();
    wait_for(5'000 + kSmall.idle_ms);
    EXPECT_EQ(conversation_.said(), "END");
}

TEST_F(Deadlines, OfAnswers) {
    conversation_.answers_at_once = false;
    conversation_.read(ping);
    conversation_.now_ms = 1'000;
    conversation_.read(ping);
    const std::string later = refused("503 Service Unavailable", kUnanswered, "Retry-After: 5\r\n", false);
    wait_for(kSmall.answer_ms);
    EXPECT_EQ(conversation_.said(), later);
    EXPECT_FALSE(dialogue().answer(0, Response{.body = "too late"}, conversation_.out, conversation_.now_ms));
    wait_for(1'000 + kSmall.answer_ms);
    EXPECT_EQ(conversation_.said(), later);
    EXPECT_EQ(dialogue().late_answers(), 2u);
    wait_for(1'000 + kSmall.answer_ms + kSmall.idle_ms);
    EXPECT_EQ(conversation_.said(), "END");
}

TEST_F(Deadlines, OfAnswersThatWaitForOthers) {
    conversation_.answers_at_once = false;
    conversation_.read(ping + ping + ping);
    conversation_.answer(1, "b");
    wait_for(kSmall.answer_ms);
    const std::string later = refused("503 Service Unavailable", kUnanswered, "Retry-After: 5\r\n", false);
    EXPECT_EQ(conversation_.said(), later + ok("b") + later);
}

TEST_F(Deadlines, OfWhatHasToLeave) {
    conversation_.answers_at_once = false;
    conversation_.read(ping);
    dialogue().written(0, 1'000, 0);
    EXPECT_EQ(dialogue().next_deadline_ms(), kSmall.stall_ms);
    dialogue().written(600, 400, 10'000);
    EXPECT_EQ(dialogue().next_deadline_ms(), kSmall.stall_ms) << "not by a part of it";
    dialogue().written(400, 5'000, 14'000);
    EXPECT_EQ(dialogue().next_deadline_ms(), kSmall.answer_ms) << "all that it was has left";
    dialogue().answer(0, Response(), conversation_.out, 14'000);
    conversation_.out.clear();
    wait_for(14'000 + kSmall.stall_ms);
    EXPECT_EQ(conversation_.said(), "GONE");
    EXPECT_EQ(dialogue().take(*std::make_unique<Input>(), conversation_.out, 40'000), Dialogue::Step::over);
}

TEST_F(Deadlines, OfWhatHasLeftAreNone) {
    conversation_.read(ping);
    dialogue().written(0, 1'000, 0);
    dialogue().written(1'000, 0, 1'000);
    EXPECT_EQ(dialogue().next_deadline_ms(), kSmall.idle_ms);
}

TEST_F(Deadlines, OfAnEndingCountFromItsLastByte) {
    conversation_.read("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(conversation_.said(), last("GET /"));
    EXPECT_EQ(dialogue().next_deadline_ms(), Dialogue::kNever);
    dialogue().written(0, 100, 1'000);
    dialogue().written(100, 0, 2'000);
    EXPECT_EQ(dialogue().next_deadline_ms(), 2'000 + kSmall.close_ms);
    dialogue().written(0, 0, 6'000);
    dialogue().on_time(conversation_.out, 2'000 + kSmall.close_ms);
    EXPECT_EQ(conversation_.said(), "GONE");
}

TEST_F(Deadlines, OfWhatIsHeldAreThoseOfTheAnswers) {
    conversation_.answers_at_once = false;
    for (int i = 0; i < 9; ++i) conversation_.read(ping);
    EXPECT_EQ(conversation_.kept(), ping.size());
    EXPECT_EQ(dialogue().next_deadline_ms(), kSmall.answer_ms) << "a request that is not looked at cannot be late";
}

}  // namespace
}  // namespace millrace::http::test
