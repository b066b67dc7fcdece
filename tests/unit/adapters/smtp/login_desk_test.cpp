#include "adapters/smtp/login_desk.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace millrace::smtp {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 10s;

class LoginDeskTest : public ::testing::Test {
  protected:
    void SetUp() override {
        ASSERT_EQ(users_.read("ada:$7$6/..../....millstone$U5ug0I1UXSpbVK1dJRqIGGfrmSPo2OlyrWWh3l0CLM1"), "");
    }
    static Credentials credentials(const std::string& password) { return {"PLAIN", "ada", "", password}; }

    // Asks, and waits for the answer.
    static bool is_right(LoginDesk& desk, const std::string& password) {
        std::promise<bool> answer;
        EXPECT_TRUE(desk.ask(credentials(password), [&](bool right) { answer.set_value(right); }));
        auto future = answer.get_future();
        if (future.wait_for(kPatience) == std::future_status::ready) return future.get();
        ADD_FAILURE() << "no answer";
        std::abort();  // It would answer into what is gone.
    }

    Users users_;
};

TEST_F(LoginDeskTest, SaysWhetherThePasswordIsRight) {
    LoginDesk desk(users_);
    desk.start();
    EXPECT_TRUE(is_right(desk, "flour"));
    EXPECT_FALSE(is_right(desk, "bran"));
    EXPECT_TRUE(is_right(desk, "flour"));
}

TEST_F(LoginDeskTest, AnswersOnAThreadOfItsOwn) {
    LoginDesk desk(users_);
    desk.start();
    std::promise<std::thread::id> thread;
    ASSERT_TRUE(desk.ask(credentials("flour"), [&](bool) { thread.set_value(std::this_thread::get_id()); }));
    EXPECT_NE(thread.get_future().get(), std::this_thread::get_id());
}

TEST_F(LoginDeskTest, AnswersInTurn) {
    std::vector<int> answered;
    std::promise<void> all;
    LoginDesk desk(users_);
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(desk.ask(credentials("flour"), [&, i](bool) {
            answered.push_back(i);
            if (i == 4) all.set_value();
        }));
    }
    desk.start();
    ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
    EXPECT_EQ(answered, (std::vector{0, 1, 2, 3, 4}));
}

TEST_F(LoginDeskTest, LetsSoManyWait) {
    LoginDesk desk(users_);
    for (std::size_t i = 0; i < LoginDesk::kWaitingMax; ++i)
        ASSERT_TRUE(desk.ask(credentials("flour"), [](bool) {})) << i;
    EXPECT_FALSE(desk.ask(credentials("flour"), [](bool) { ADD_FAILURE() << "it was not taken"; }));
}

TEST_F(LoginDeskTest, NeverAnswersOnceItStops) {
    int answers = 0;
    {
        LoginDesk desk(users_);
        for (int i = 0; i < 3; ++i) ASSERT_TRUE(desk.ask(credentials("flour"), [&](bool) { ++answers; }));
    }
    EXPECT_EQ(answers, 0);
}

}  // namespace
}  // namespace millrace::smtp
