#include "adapters/chat/slack/socket_mode.hpp"

#include <gtest/gtest.h>

namespace millrace::chat::slack {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kHello = R"({"type":"hello"})";
constexpr const char* kWarning = R"({"type":"disconnect","reason":"warning"})";

// Writes down what it is told to do.
class SlackSocketMode : public testing::Test, protected SocketMode::Outside {
  protected:
    void make(std::size_t connections) {
        mode_.emplace(SocketMode::Options{connections, 20'000, {.initial_ms = 1'000, .max_ms = 60'000}},
                      static_cast<SocketMode::Outside&>(*this), 1);
        mode_->start(0);
    }
    void open(SocketMode::Link link) override { did("open " + std::to_string(link)); }
    void send(SocketMode::Link link, std::string text) override { did("send " + std::to_string(link) + " " + text); }
    void finish(SocketMode::Link link) override { did("finish " + std::to_string(link)); }
    void on_delivery(SocketMode::Link link, Frame frame) override {
        did("delivery " + std::to_string(link) + " " + frame.envelope_id);
    }
    void on_gap() override { did("gap"); }
    void on_trouble(const std::string& why, bool is_final) override {
        did(why.empty() ? "fine" : (is_final ? "never: " : "trouble: ") + why);
    }
    void did(std::string what) { done_.push_back(std::move(what)); }
    Strings done() { return std::exchange(done_, {}); }

    void text(SocketMode::Link link, std::string_view json, std::int64_t now_ms) { mode_->on_text(link, json, now_ms); }
    void event(SocketMode::Link link, const std::string& id, std::int64_t now_ms) {
        text(link, R"({"envelope_id":")" + id + R"(","type":"events_api","payload":{}})", now_ms);
    }

    std::optional<SocketMode> mode_;
    Strings done_;
};

TEST_F(SlackSocketMode, AnEventIsAcknowledgedOnItsConnection) {
    make(2);
    EXPECT_EQ(done(), (Strings{"open 1", "open 2"}));
    text(1, kHello, 10);
    text(2, kHello, 20);
    EXPECT_EQ(done(), (Strings{"fine", "gap", "fine"}));  // What was before the first nobody knows.
    EXPECT_EQ(mode_->ready(), 2u);
    event(2, "e1", 30);
    event(1, "e2", 40);
    EXPECT_EQ(done(), (Strings{"delivery 2 e1", "delivery 1 e2"}));
    mode_->acknowledge(1, "e2");
    mode_->acknowledge(2, "e1");
    EXPECT_EQ(done(), (Strings{R"(send 1 {"envelope_id":"e2"})", R"(send 2 {"envelope_id":"e1"})"}));
}

TEST_F(SlackSocketMode, BeforeOneEndsAnotherIsThere) {
    make(1);
    text(1, kHello, 10);
    event(1, "e1", 20);
    done();
    text(1, kWarning, 100);
    text(1, kWarning, 110);  // Slack may say it again.
    EXPECT_EQ(done(), (Strings{"open 2"}));
    event(1, "e2", 120);
    text(2, kHello, 200);
    mode_->tick(300);
    EXPECT_EQ(done(), (Strings{"delivery 1 e2", "fine"}));  // What came over it is not settled.
    mode_->acknowledge(1, "e1");
    mode_->leave(1);
    mode_->tick(400);
    EXPECT_EQ(done(), (Strings{R"(send 1 {"envelope_id":"e1"})", "finish 1"}));
    mode_->on_closed(1, "it was closed", 500);
    mode_->tick(100'000);
    EXPECT_EQ(done(), Strings{});
    EXPECT_EQ(mode_->links(), 1u);
}

TEST_F(SlackSocketMode, AnOldOneIsNotKeptForEver) {
    make(1);
    text(1, kHello, 0);
    event(1, "e1", 10);
    text(1, kWarning, 20);
    text(2, kHello, 30);
    done();
    mode_->tick(30 + SocketMode::kLeavingMs - 1);
    EXPECT_EQ(done(), Strings{});
    mode_->tick(30 + SocketMode::kLeavingMs);
    EXPECT_EQ(done(), (Strings{"finish 1"}));
    mode_->acknowledge(1, "e1");
    EXPECT_EQ(done(), Strings{});
}

TEST_F(SlackSocketMode, TheOldOneEndsFirst) {
    make(1);
    text(1, kHello, 0);
    text(1, kWarning, 10);
    done();
    mode_->on_closed(1, "it was closed", 20);
    EXPECT_EQ(done(), Strings{});  // The other one is under way.
    text(2, kHello, 30);
    EXPECT_EQ(done(), (Strings{"fine"}));
}

TEST_F(SlackSocketMode, ALostConnectionIsMadeAnewLaterEachTime) {
    make(1);
    text(1, kHello, 0);
    done();
    mode_->on_closed(1, "gone", 10'000);
    EXPECT_EQ(done(), (Strings{"trouble: gone"}));
    std::int64_t now_ms = 10'000;
    std::int64_t longest_ms = 0;
    for (int i = 0; i < 12; ++i) {
        const std::int64_t failed_ms = now_ms;
        while (done_.empty()) mode_->tick(now_ms += 10);
        EXPECT_EQ(done(), (Strings{"open " + std::to_string(i + 2)}));
        const std::int64_t waited_ms = now_ms - failed_ms;
        EXPECT_GE(waited_ms, std::min<std::int64_t>(1'000 << i, 60'000) / 2);
        EXPECT_LE(waited_ms, std::min<std::int64_t>(1'000 << i, 60'000) + 10);
        longest_ms = std::max(longest_ms, waited_ms);
        mode_->on_refused(static_cast<SocketMode::Link>(i) + 2, "no", false, 0, now_ms);
        done();
    }
    EXPECT_GE(longest_ms, 30'000);
}

TEST_F(SlackSocketMode, SlackSaysHowLongToWait) {
    make(1);
    mode_->on_refused(1, "ratelimited", false, 30'000, 0);
    done();
    mode_->tick(29'999);
    EXPECT_EQ(done(), Strings{});
    mode_->tick(30'000);
    EXPECT_EQ(done(), (Strings{"open 2"}));
}

TEST_F(SlackSocketMode, SomeThingsAreForGood) {
    make(2);
    mode_->on_refused(1, "invalid_auth", true, 0, 0);
    mode_->on_refused(2, "invalid_auth", true, 0, 0);
    EXPECT_EQ(done(), (Strings{"open 1", "open 2", "never: invalid_auth"}));
    mode_->tick(10'000'000);
    EXPECT_EQ(done(), Strings{});

    make(1);
    text(1, kHello, 0);
    text(1, R"({"type":"disconnect","reason":"link_disabled"})", 10);
    EXPECT_EQ(done(), (Strings{"open 1", "fine", "gap", "never: Socket Mode is switched off for this app"}));
    mode_->on_closed(1, "closed", 20);
    mode_->tick(10'000'000);
    EXPECT_EQ(done(), Strings{});
}

TEST_F(SlackSocketMode, TooManyConnections) {
    make(1);
    text(1, kHello, 0);
    done();
    text(1, R"({"type":"disconnect","reason":"too_many_websockets"})", 10);
    mode_->tick(20);
    EXPECT_EQ(done(), (Strings{"finish 1"}));
    mode_->on_closed(1, "closed", 30);
    mode_->tick(10'009);
    EXPECT_EQ(done(), Strings{});
    mode_->tick(10'010);
    EXPECT_EQ(done(), (Strings{"open 2"}));
}

TEST_F(SlackSocketMode, AfterALongTimeWithoutOneSomethingMayBeMissing) {
    make(1);
    text(1, kHello, 0);
    mode_->on_closed(1, "gone", 1'000);
    mode_->tick(10'000);
    text(2, kHello, 1'000 + SocketMode::kBroughtAgainMs);
    EXPECT_EQ(done(), (Strings{"open 1", "fine", "gap", "trouble: gone", "open 2", "fine"}));
    mode_->on_closed(2, "gone", 400'000);
    mode_->tick(410'000);
    text(3, kHello, 400'001 + SocketMode::kBroughtAgainMs);
    EXPECT_EQ(done(), (Strings{"trouble: gone", "open 3", "fine", "gap"}));
}

TEST_F(SlackSocketMode, WithoutAHelloThereIsNoConnection) {
    make(1);
    done();
    mode_->tick(19'999);
    EXPECT_EQ(done(), Strings{});
    mode_->tick(20'000);
    mode_->tick(20'100);
    EXPECT_EQ(done(), (Strings{"finish 1"}));
    EXPECT_EQ(mode_->ready(), 0u);
}

TEST_F(SlackSocketMode, AnotherGatewayTakesOver) {
    make(1);
    text(1, kHello, 0);
    event(1, "e1", 10);
    done();
    mode_->quiesce(true, 20);
    EXPECT_EQ(done(), Strings{});
    mode_->acknowledge(1, "e1");
    mode_->tick(30);
    EXPECT_EQ(done(), (Strings{R"(send 1 {"envelope_id":"e1"})", "finish 1"}));
    mode_->on_closed(1, "closed", 40);
    mode_->tick(10'000'000);
    EXPECT_EQ(done(), Strings{});
}

TEST_F(SlackSocketMode, NonsenseChangesNothing) {
    make(1);
    text(1, kHello, 0);
    done();
    for (const char* json : {"", "x", "[]", "{}", R"({"type":"disconnect"})"}) text(1, json, 10);
    text(7, kHello, 10);
    mode_->on_closed(7, "x", 10);
    mode_->acknowledge(7, "x");
    EXPECT_EQ(done(), (Strings{"open 2"}));  // Of a disconnect without a reason.
}

}  // namespace
}  // namespace millrace::chat::slack
