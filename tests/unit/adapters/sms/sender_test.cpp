#include "adapters/sms/sender.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <optional>
#include <queue>

#include "adapters/common/form.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/sms/normalise.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/unit/adapters/sms/read_settings.hpp"

// Messages on their way to a provider that answers as a test says. The rates and pauses go by a clock of the test's own
// that is ahead of the steady one.
namespace millrace::sms {
namespace {

using testing::ClosedPort;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ScriptedServer;
using ::testing::UnorderedElementsAre;
using Strings = std::vector<std::string>;

constexpr std::int64_t kNow_s = 1'700'000'000;

std::string answer(int status, const std::string& body, const std::string& headers = {}) {
    return "HTTP/1.1 " + std::to_string(status) + " x\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string taken = answer(201, R"({"sid":"SM-out"})");
const std::string too_many = answer(429, R"({"code":20429,"message":"too many"})", "Retry-After: 60\r\n");

// The provider's API. Each request takes the next answer; where there is none, the message is taken.
class Api {
  public:
    // Each request is held until it is let go.
    void hold() {
        const std::lock_guard lock(mutex_);
        is_held_ = true;
    }
    void let_go() {
        const std::lock_guard lock(mutex_);
        is_held_ = false;
        changed_.notify_all();
    }
    void answer_with(std::string text) {
        const std::lock_guard lock(mutex_);
        answers_.push(std::move(text));
    }
    // `+1>+2 text` of each request, in their order.
    Strings requests() const {
        const std::lock_guard lock(mutex_);
        return requests_;
    }
    std::uint16_t port() const { return server_.port(); }

  private:
    void serve(ScriptedServer::Connection& connection) {
        for (;;) {
            const std::string request = connection.read_request();
            const FormFields form = *parse_form(request.substr(request.find("\r\n\r\n") + 4), 100);
            std::unique_lock lock(mutex_);
            requests_.push_back(std::string(value_of(form, "From")) + ">" + std::string(value_of(form, "To")) + " " +
                                std::string(value_of(form, "Body")));
            changed_.wait_for(lock, std::chrono::seconds(30), [this] { return !is_held_; });
            std::string text = taken;
            if (!answers_.empty()) {
                text = answers_.front();
                answers_.pop();
            }
            lock.unlock();
            connection.write(text);
            if (text.empty()) return connection.reset();
        }
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_held_ = false;
    std::queue<std::string> answers_;
    Strings requests_;
    ScriptedServer server_{[this](ScriptedServer::Connection& connection) { serve(connection); }};
};

class SenderTest : public ::testing::Test {
  protected:
    void configure(const std::string& send = R"("retry_for":"1h")", std::optional<std::uint16_t> port = {}) {
        const std::string url = "http://127.0.0.1:" + std::to_string(port.value_or(api.port()));
        read.emplace(R"({"provider":"twilio","auth_token":"x","public_url":"https://h/","account":{"id":"AC1",)"
                     R"("secret":"s","base_url":")" +
                     url + R"("},"send":{)" + send + "}}");
        ASSERT_EQ(read->errors, Strings{});
        begin();
    }
    void begin() {
        sender.emplace(
            *read->settings, ledger, opt_outs, io.get_executor(), [this](const Sending& it, const Answer& a) {
                ended.push_back(it.message.text + " " + fate_name(a.fate) + (a.code.empty() ? "" : " " + a.code));
            });
    }
    static std::string fate_name(Fate fate) {
        if (fate == Fate::sent) return "sent";
        if (fate == Fate::rejected) return "rejected";
        return fate == Fate::unknown ? "unknown" : "retry";
    }

    static Sending message(const std::string& from, const std::string& to, const std::string& text,
                           std::uint64_t id = 0) {
        Sending sending;
        sending.message.from = from;
        sending.message.to = to;
        sending.message.text = text;
        sending.id = id;
        return sending;
    }
    void send(const std::string& from, const std::string& to, const std::string& text, std::uint64_t id = 0) {
        EXPECT_TRUE(sender->send(message(from, to, text, id), now_ms()));
    }

    std::int64_t now_ms() const { return steady_ms() + ahead_ms; }
    void pump() { sender->pump(now_ms(), kNow_s); }
    template <class Condition> void run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            pump();
            io.restart();
            io.run_one_for(std::chrono::milliseconds(10));
        }
        ASSERT_TRUE(condition());
    }
    void run_until_ended(std::size_t count) {
        run_until([&] { return ended.size() >= count; });
    }

    Api api;
    std::optional<test::ReadSettings> read;
    Ledger ledger;
    OptOuts opt_outs{ledger};
    boost::asio::io_context io;
    std::optional<Sender> sender;
    std::int64_t ahead_ms = 0;
    Strings ended;
};

TEST_F(SenderTest, OneNumberGetsItsMessagesInTheirOrderAndOthersBesideIt) {
    configure();
    api.hold();
    for (const char* text : {"a1", "a2", "a3"}) send("+1", "+2", text);
    send("+1", "+3", "b");
    EXPECT_EQ(sender->waiting(), 4u);
    run_until([&] { return api.requests().size() == 2; });
    EXPECT_THAT(api.requests(), UnorderedElementsAre("+1>+2 a1", "+1>+3 b"));
    EXPECT_TRUE(sender->has(message("+1", "+3", "").message));
    EXPECT_FALSE(sender->has(message("+1", "+4", "").message) || sender->has(message("+3", "+1", "").message));
    api.let_go();
    run_until_ended(4);
    EXPECT_TRUE(sender->is_idle());
    EXPECT_FALSE(sender->has(message("+1", "+2", "").message));
    Strings of_one;
    for (const std::string& request : api.requests()) {
        if (request.starts_with("+1>+2 ")) of_one.push_back(request.substr(6));
    }
    EXPECT_THAT(of_one, ElementsAre("a1", "a2", "a3"));
    EXPECT_EQ(sender->counts().sent, 4u);
}

TEST_F(SenderTest, ANumberOfOursSendsAtItsRate) {
    configure(R"("max_rate":2)");
    const std::int64_t begin_ms = now_ms();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(sender->send(message("+1", "+2" + std::to_string(i), "x"), begin_ms));
        EXPECT_TRUE(sender->send(message("+9", "+3" + std::to_string(i), "x"), begin_ms));
    }
    const auto left_at = [&](std::int64_t after_ms) {
        sender->pump(begin_ms + after_ms, kNow_s);
        return 10 - sender->waiting();
    };
    EXPECT_EQ(left_at(0), 4u);
    EXPECT_EQ(left_at(499), 4u);
    EXPECT_EQ(left_at(500), 6u);
    EXPECT_EQ(left_at(1'500), 10u);
}

TEST_F(SenderTest, WhatTheProviderWantsLaterHoldsUpThatNumberOfOursAlone) {
    configure();
    api.answer_with(too_many);
    send("+1", "+2", "a1");
    send("+1", "+2", "a2");
    run_until([&] { return sender->counts().retries == 1; });
    send("+1", "+3", "b");
    send("+9", "+2", "c");
    run_until_ended(1);
    EXPECT_THAT(ended, ElementsAre("c sent"));
    EXPECT_THAT(api.requests(), ElementsAre("+1>+2 a1", "+9>+2 c"));
    ahead_ms = 20'000;
    pump();
    EXPECT_EQ(sender->waiting(), 3u) << "Retry-After is not over";
    ahead_ms = 120'000;
    run_until_ended(4);
    const Strings requests = api.requests(), again(requests.begin() + 2, requests.end());
    EXPECT_THAT(again, UnorderedElementsAre("+1>+2 a1", "+1>+2 a2", "+1>+3 b"));
    EXPECT_LT(std::ranges::find(again, "+1>+2 a1"), std::ranges::find(again, "+1>+2 a2"));
    EXPECT_EQ(sender->counts().sent, 4u);
}

TEST_F(SenderTest, WhatWouldBeTriedInVainIsRejected) {
    configure(R"("retry_for":"59s")");
    api.answer_with(too_many);
    send("+1", "+2", "a");
    send("+1", "+2", "b");
    run_until_ended(2);
    EXPECT_THAT(ended, ElementsAre("a rejected 20429", "b sent"));
    EXPECT_EQ(sender->counts().rejected, 1u);
    EXPECT_EQ(sender->counts().retries, 0u);
}

TEST_F(SenderTest, WhatMayHaveArrivedIsNotSentAgain) {
    configure();
    const Strings answers = {"", answer(500, ""), answer(503, "", "Retry-After: 1\r\n"), answer(408, ""),
                             answer(201, "{}")};
    for (const std::string& it : answers) {
        api.answer_with(it);
        send("+1", "+2", "x");
        run_until_ended(ended.size() + 1);
        EXPECT_EQ(ended.back(), "x unknown") << it;
    }
    ahead_ms = 600'000;
    pump();
    EXPECT_TRUE(sender->is_idle());
    EXPECT_EQ(api.requests().size(), answers.size());
    EXPECT_EQ(sender->counts().unknown, answers.size());
}

TEST_F(SenderTest, WhoCannotBeReachedIsTriedAgain) {
    const ClosedPort closed;
    configure(R"("retry_for":"1s")", closed.port());
    send("+1", "+2", "a");
    run_until_ended(1);
    EXPECT_EQ(ended[0], "a rejected");
    EXPECT_THAT(api.requests(), IsEmpty());
}

TEST_F(SenderTest, ThereAreNotTooMany) {
    configure(R"("max_waiting":2)");
    send("+1", "+2", "a");
    send("+1", "+2", "b");
    EXPECT_FALSE(sender->send(message("+1", "+3", "c"), now_ms()));
    EXPECT_EQ(sender->waiting(), 2u);
}

TEST_F(SenderTest, WhoWantsNoMessagesGetsNone) {
    configure();
    opt_outs.stop(scope_of("+1", "+2"));
    send("+1", "+2", "a");
    send("+1", "+3", "b");
    Sending permitted = message("+1", "+2", "c");
    permitted.is_permitted = true;
    EXPECT_TRUE(sender->send(permitted, now_ms()));
    run_until_ended(3);
    EXPECT_EQ(ended[0], "a rejected");
    EXPECT_THAT(api.requests(), UnorderedElementsAre("+1>+3 b", "+1>+2 c"));
    api.answer_with(answer(400, R"({"code":21610,"message":"unsubscribed"})"));
    send("+1", "+4", "d");
    run_until_ended(4);
    EXPECT_EQ(ended[3], "d rejected 21610");
    EXPECT_TRUE(opt_outs.has_stopped(scope_of("+1", "+4")));
}

TEST_F(SenderTest, WhoSaysStopWhileAMessageWaitsDoesNotGetIt) {
    configure();
    api.answer_with(too_many);
    send("+1", "+2", "a");
    run_until([&] { return sender->counts().retries == 1; });
    v1::Sms::Consent consent;
    consent.set_action(v1::Sms::Consent::STOP);
    opt_outs.note(scope_of("+1", "+2"), consent, "key");
    EXPECT_TRUE(opt_outs.take(scope_of("+1", "+2"))) << "the confirmation is another one's";
    ahead_ms = 120'000;
    run_until_ended(1);
    EXPECT_THAT(ended, ElementsAre("a rejected"));
    EXPECT_EQ(api.requests().size(), 1u);
}

TEST_F(SenderTest, TheConfirmationOfAStopIsTriedAgain) {
    configure();
    v1::Sms::Consent consent;
    consent.set_action(v1::Sms::Consent::STOP);
    opt_outs.note(scope_of("+1", "+2"), consent, "key");
    api.answer_with(too_many);
    send("+1", "+2", "you get no more");
    run_until([&] { return sender->counts().retries == 1; });
    ahead_ms = 120'000;
    run_until_ended(1);
    EXPECT_THAT(ended, ElementsAre("you get no more sent"));
}

TEST_F(SenderTest, WhatHasNotLeftAtTheEndIsNobodys) {
    configure();
    api.hold();
    send("+1", "+2", "under way");
    send("+1", "+2", "behind it");
    run_until([&] { return api.requests().size() == 1; });
    std::thread stopping([&] { sender->stop(std::chrono::milliseconds(0)); });
    stopping.join();
    api.let_go();
    io.restart();
    io.poll();
    sender->give_up();
    EXPECT_THAT(ended, ElementsAre("under way unknown", "behind it retry"));
}

// What comes again after a restart, by its id.
class RestartedSenderTest : public SenderTest {
  protected:
    RestartedSenderTest() {
        std::string name = (std::filesystem::temp_directory_path() / "sender-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        ledger.open(folder / "state", kNow_s);
    }
    ~RestartedSenderTest() override { std::filesystem::remove_all(folder); }

    std::filesystem::path folder;
};

TEST_F(RestartedSenderTest, AMessageThatWasHandedOverIsNotSentAgain) {
    configure();
    send("+1", "+2", "a", 17);
    run_until_ended(1);
    Ledger next;
    next.open(folder / "state", kNow_s);
    OptOuts none(next);
    Strings later;
    Sender again(*read->settings, next, none, io.get_executor(), [&](const Sending& it, const Answer& a) {
        later.push_back(it.message.text + " " + fate_name(a.fate));
    });
    EXPECT_TRUE(again.send(message("+1", "+2", "a", 17), now_ms()));
    again.pump(now_ms(), kNow_s);
    EXPECT_THAT(later, ElementsAre("a unknown"));
    EXPECT_EQ(api.requests().size(), 1u);
}

TEST_F(RestartedSenderTest, OneThatTheProviderDidNotTakeIsFree) {
    configure(R"("retry_for":"0s")");
    api.answer_with(too_many);
    send("+1", "+2", "a", 17);
    run_until_ended(1);
    EXPECT_EQ(ended[0], "a rejected 20429");
    send("+1", "+2", "a", 17);
    ahead_ms = 120'000;
    run_until_ended(2);
    EXPECT_EQ(ended[1], "a sent");
}

}  // namespace
}  // namespace millrace::sms
