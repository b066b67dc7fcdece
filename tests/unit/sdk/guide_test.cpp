// The code of docs/writing-a-consumer.md; the last test sees to it that the two stay the same.
#include <gtest/gtest.h>
#include <millrace/v1/command.pb.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <millrace/consumer.hpp>
#include <millrace/testing.hpp>

using namespace std::chrono_literals;

struct Greeter : millrace::InlineConsumer {
    struct Shared {
        std::string greeting;
        std::int64_t limit;

        static constexpr auto kKeys =
            millrace::keys(millrace::key("greeting", &Shared::greeting, {.fallback = "hello"}),
                           millrace::key("limit", &Shared::limit, {.fallback = 3, .min = 1, .max = 1000}));
    };

    explicit Greeter(const Shared& shared) : shared_(shared) {}

    void on_connect(const millrace::Message& event) override {
        if (event.attribute("name").empty()) refuse(404, "say who you are");
    }

    void on_message(const millrace::Message& event) override {
        if (++count_ > shared_.limit) return void(close(4000, "enough"));
        reply(shared_.greeting + ", " + std::string(event.attribute("name")));
    }

  private:
    const Shared& shared_;
    std::int64_t count_ = 0;
};
MILLRACE_CONSUMER("greeter", "1.0.0", Greeter)

TEST(Greeter, GreetsUntilTheLimit) {
    millrace::testing::Host host(millrace_plugin_v1(), R"({"greeting":"good day","limit":1})");
    auto& scope = host.open({{"name", "Ada"}});
    scope.message("hi");
    EXPECT_EQ(scope.replies(), std::vector<std::string>{"good day, Ada"});
    EXPECT_EQ(scope.closed(), nullptr);
    scope.message("hi again");
    ASSERT_NE(scope.closed(), nullptr);
    EXPECT_EQ(scope.closed()->code, 4000u);
}

TEST(Greeter, RefusesTheNameless) {
    millrace::testing::Host host(millrace_plugin_v1());
    EXPECT_EQ(host.open().outcome().verdict, millrace::testing::Verdict::reject);
}

struct Relay : millrace::AsyncConsumer {
    millrace::Task on_message(millrace::Message event) override {
        const std::string row = co_await offload([&] { return lookup(event.text()); });
        co_await sleep(50ms);
        reply(row);
    }

    static std::string lookup(std::string_view key) { return "row of " + std::string(key); }
};

TEST(Relay, WaitsWithoutBlocking) {
    millrace::testing::Host host(millrace::plugin<Relay>());
    auto& scope = host.open();
    scope.message("a");
    host.run_work();
    EXPECT_TRUE(scope.replies().empty());
    host.advance(50ms);
    EXPECT_EQ(scope.replies(), std::vector<std::string>{"row of a"});
}

struct Board : millrace::InlineConsumer {
    Board() : count_(state().empty() ? 0 : std::stoi(std::string(state()))) {}

    void on_connect(const millrace::Message&) override { join("board"); }

    void on_message(const millrace::Message& event) override {
        if (!event.group().empty()) return void(reply(event));  // from another member
        set_state(std::to_string(++count_));
        group_send("board", std::to_string(count_) + ". " + std::string(event.text()), {.not_self = true});
    }

    void on_gap(const millrace::Message& gap) override { reply("lost: " + std::to_string(gap.lost())); }

  private:
    int count_;  // of this scope's notes
};

TEST(Board, NumbersTheNotesOfEachScope) {
    millrace::testing::Host host(millrace::plugin<Board>());
    auto& ada = host.open();
    auto& bob = host.open();
    ada.messages({"milk", "bread"});
    bob.gap(3);
    EXPECT_EQ(bob.replies(), (std::vector<std::string>{"1. milk", "2. bread", "lost: 3"}));
    EXPECT_EQ(ada.state(), "2");
}

struct Tally : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override {
        if (event.sender().empty()) return void(send("tally:" + std::string(event.text()), "one more"));  // the peer's
        if (event.text() == "one more") {
            const int count = state().empty() ? 0 : std::stoi(std::string(state()));
            set_state(std::to_string(count + 1));
            return void(answer(state()));
        }
        reply(event);  // the answer, for the peer
    }
};

TEST(Tally, CountsInChannels) {
    millrace::testing::Host host(millrace::plugin<Tally>(), "{}", "tally");
    auto& scope = host.open();
    for (const char* what : {"milk", "bread", "milk"}) scope.message(what);
    EXPECT_EQ(scope.replies(), (std::vector<std::string>{"1", "1", "2"}));
}

struct Herald : millrace::InlineConsumer {
    void on_message(const millrace::Message& event) override {
        millrace::v1::Command command;
        command.mutable_mqtt_publish()->set_retain(true);
        send("plant:alerts/1", event.text(), {.reported = true, .body = command.SerializeAsString()});
    }
};

TEST(Herald, PublishesForThoseWhoComeLater) {
    millrace::testing::Host host(millrace::plugin<Herald>(), "{}", "herald");
    auto& scope = host.open();
    scope.message("hot");
    ASSERT_EQ(scope.commands().size(), 1u);
    EXPECT_EQ(scope.commands()[0].address, "plant:alerts/1");
    millrace::v1::Command body;
    ASSERT_TRUE(body.ParseFromString(scope.commands()[0].body));
    EXPECT_TRUE(body.mqtt_publish().retain());
}

std::string content(const std::string& file) {
    std::ifstream input(std::string(MILLRACE_SOURCE_DIR) + "/" + file);
    return {std::istreambuf_iterator<char>(input), {}};
}

// How many blocks of the page begin with `begin`; each has to be in `code`.
std::size_t count_blocks(const std::string& page, std::string_view begin, const std::string& code) {
    std::size_t count = 0;
    for (std::size_t at = page.find(begin); at != page.npos; at = page.find(begin, at)) {
        at += begin.size();
        const std::string block = page.substr(at, page.find("```", at) - at);
        EXPECT_NE(code.find(block), code.npos) << block;
        ++count;
    }
    return count;
}

TEST(Guide, ShowsTheCodeThatIsTestedHere) {
    const std::string here = content("tests/unit/sdk/guide_test.cpp");
    EXPECT_EQ(count_blocks(content("docs/writing-a-consumer.md"), "```cpp\n", here), 7u);
}

TEST(Guide, ShowsAdaptersThatAreTested) {
    const std::string page = content("docs/writing-an-adapter.md"), folder = "tests/install/lines/";
    const std::string code = content(folder + "adapter.hpp") + content(folder + "adapter.cpp");
    EXPECT_EQ(count_blocks(page, "```cpp\n", code + content("adapters/smtp/session_mail.cpp")), 3u);
    EXPECT_EQ(count_blocks(page, "```cmake\n", content(folder + "CMakeLists.txt")), 2u);
}
