// A resolver that does not answer: it holds up neither other requests nor the end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <condition_variable>

#include "tests/unit/adapters/common/mail_fixture.hpp"

namespace {

std::mutex g_mutex;
std::condition_variable g_changed;
int g_hanging = 0;
bool g_is_over = false;

}  // namespace

// In place of the C library's, for libcurl too.
extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char*, const char*, const addrinfo*,
                                                                  addrinfo**) {
    std::unique_lock lock(g_mutex);
    ++g_hanging;
    g_changed.notify_all();
    g_changed.wait(lock, [] { return g_is_over; });
    --g_hanging;
    g_changed.notify_all();
    return EAI_NONAME;
}

namespace millrace {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class ClientResolverTest : public HttpClientTest {
  protected:
    ClientResolverTest() {
        const std::lock_guard lock(g_mutex);
        g_is_over = false;
    }

    // libcurl's threads end by themselves.
    ~ClientResolverTest() override {
        std::unique_lock lock(g_mutex);
        g_is_over = true;
        g_changed.notify_all();
        EXPECT_TRUE(g_changed.wait_for(lock, 30s, [] { return g_hanging == 0; }));
    }

    static void wait_for_hanging(int count) {
        std::unique_lock lock(g_mutex);
        ASSERT_TRUE(g_changed.wait_for(lock, 30s, [&] { return g_hanging == count; }));
    }
};

TEST_F(ClientResolverTest, HoldsUpNoOtherRequest) {
    ScriptedServer server(answering(kOk));
    bool is_given_up = false;
    HttpRequest lost = post("http://hang.example.com/", "x");
    lost.connect_timeout = 500ms;
    client.send(lost, [&](const HttpAnswer& answer) {
        EXPECT_EQ(answer.reach, Reach::not_sent);
        EXPECT_THAT(answer.text, HasSubstr("Resolving timed out"));
        is_given_up = true;
    });
    wait_for_hanging(1);
    EXPECT_EQ(ask(post(url_of(server), "x")).status, 200);
    run_until([&] { return is_given_up; });
    EXPECT_EQ(ask(post(url_of(server), "x")).status, 200);
}

TEST_F(ClientResolverTest, HoldsUpNoEnd) {
    int answers = 0;
    for (int i = 0; i < 3; ++i) {
        client.send(post("http://hang" + std::to_string(i) + ".example.com/", "x"), [&](const HttpAnswer& answer) {
            EXPECT_EQ(answer.reach, Reach::not_sent);
            ++answers;
        });
    }
    wait_for_hanging(3);
    const auto begin = std::chrono::steady_clock::now();
    client.stop(0ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    run_until([&] { return answers == 3; });
}

TEST_F(ClientResolverTest, HoldsUpNoEndOfMail) {
    MailClientSettings settings;
    settings.url = "smtp://hang.example.com";
    MailClient mails(settings, io.get_executor());
    Fate fate = Fate::sent;
    mails.send({.from = "a@b", .to = {"c@d"}, .content = ""}, [&](const auto& fates) { fate = fates.at(0).fate; });
    wait_for_hanging(1);
    const auto begin = std::chrono::steady_clock::now();
    mails.stop(0ms);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    run_until([&] { return fate != Fate::sent; });
    EXPECT_EQ(fate, Fate::retry);
}

}  // namespace
}  // namespace millrace
