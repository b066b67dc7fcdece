#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "conformance/plugin_file.hpp"
#include "millrace/testing.hpp"

// Any consumer, held to abi.h by the host of testing.hpp. The program's arguments say what it is given: config=JSON,
// attribute=KEY=VALUE, say=TEXT (any number), keeps_state=yes.
namespace millrace::conformance {
namespace {

using namespace std::chrono_literals;
using testing::Command;
using testing::Scope;
using testing::Verdict;

struct Script {
    std::string config = "{}";
    testing::Attributes attributes;
    std::vector<std::string> texts;
    bool keeps_state = false;
};

Script read_script() {
    Script script;
    for (const std::string& argument : arguments()) {
        const auto value_of = [&](const std::string& name) {
            return argument.starts_with(name + "=") ? argument.substr(name.size() + 1) : std::string();
        };
        if (const std::string config = value_of("config"); !config.empty()) script.config = config;
        if (const std::string text = value_of("say"); !text.empty()) script.texts.push_back(text);
        if (value_of("keeps_state") == "yes") script.keeps_state = true;
        const std::string attribute = value_of("attribute");
        if (const std::size_t equals = attribute.find('='); equals != std::string::npos)
            script.attributes[attribute.substr(0, equals)] = attribute.substr(equals + 1);
    }
    if (script.texts.empty()) script.texts = {"one", "two", "three"};
    return script;
}

const Script& script() {
    static const Script read = read_script();
    return read;
}

// The plugin with a table of our own before that of the host: after stop, nothing may come through.
struct Watch {
    const millrace_consumer* consumer;
    const millrace_host* behind;
    millrace_host common;
    millrace_consumer_host host;
    std::atomic<bool> is_stopped;
    std::atomic<int> late_calls;
} watch;  // One at a time: `create` has no other way to it.

void watched_log(void* self, std::int32_t level, millrace_bytes text) {
    if (watch.is_stopped) ++watch.late_calls;
    watch.behind->log(self, level, text);
}

millrace_status watched_create(const millrace_consumer_host* host, millrace_bytes config, const millrace_errors* errors,
                               void** self) {
    watch.behind = host->common;
    watch.common = *host->common;
    watch.common.log = watched_log;
    watch.host = *host;
    watch.host.common = &watch.common;
    return watch.consumer->create(&watch.host, config, errors, self);
}

void watched_stop(void* self) {
    watch.consumer->stop(self);
    watch.is_stopped = true;
}

class Consumer : public ::testing::Test {
  protected:
    Consumer() : host_(std::make_unique<testing::Host>(plugin_file().plugin, script().config)) {}

    void SetUp() override { ASSERT_EQ(host_->errors(), std::vector<std::string>()); }
    void TearDown() override { end(); }

    Scope& open() {
        Scope& scope = host_->open(script().attributes);
        settle(scope);
        return scope;
    }
    // Lets time pass and work be done until the delivery has ended.
    void settle(Scope& scope) {
        for (int i = 0; i < 1000 && scope.outcome().verdict == Verdict::open; ++i) {
            if (host_->run_work() == 0) host_->advance(100ms);
        }
        EXPECT_NE(scope.outcome().verdict, Verdict::open) << "a delivery never ends";
    }
    void end() {
        if (!host_) return;
        EXPECT_EQ(host_->violations(), std::vector<std::string>());
        host_.reset();
    }
    testing::Host& host() { return *host_; }

  private:
    std::unique_ptr<testing::Host> host_;
};

TEST(Configuration, NamesAnUnknownKey) {
    std::string config = script().config;
    config.insert(config.find('{') + 1,
                  config.find(':') == std::string::npos ? R"("no_such_key":1)" : R"("no_such_key":1,)");
    const testing::Host host(plugin_file().plugin, config);
    ASSERT_FALSE(host.errors().empty()) << "an unknown key was taken";
    EXPECT_TRUE(host.errors().front().starts_with("no_such_key: ")) << host.errors().front();
}

TEST(Life, StartsAndStopsTwice) {
    Holdings before;
    for (int i = 0; i < 3; ++i) {  // What the first start opens for good is not counted.
        if (i == 1) before = holdings();
        testing::Host host(plugin_file().plugin, script().config);
        ASSERT_EQ(host.errors(), std::vector<std::string>());
        host.open(script().attributes).message(script().texts.front());
        EXPECT_EQ(host.violations(), std::vector<std::string>());
    }
    EXPECT_EQ(holdings(), before) << "threads or descriptors are left after stop";
}

TEST(Life, SaysNothingAfterStop) {
    watch.consumer = plugin_file().plugin->consumer;
    millrace_consumer consumer = *watch.consumer;
    consumer.create = watched_create;
    consumer.stop = watched_stop;
    millrace_plugin plugin = *plugin_file().plugin;
    plugin.consumer = &consumer;
    {
        testing::Host host(&plugin, script().config);
        host.open(script().attributes).messages(script().texts);
        EXPECT_EQ(host.violations(), std::vector<std::string>());
    }
    EXPECT_EQ(watch.late_calls, 0);
}

TEST_F(Consumer, AnswersToConnect) {
    const Verdict verdict = open().outcome().verdict;
    EXPECT_TRUE(verdict == Verdict::ack || verdict == Verdict::reject);
}

TEST_F(Consumer, TakesEventsInOrder) {
    Scope& one_by_one = open();
    for (const std::string& text : script().texts) one_by_one.message(text), settle(one_by_one);
    Scope& at_once = open();
    at_once.messages(script().texts);
    settle(at_once);
    EXPECT_EQ(at_once.outcome().verdict, one_by_one.outcome().verdict);
    one_by_one.disconnect(), settle(one_by_one);
    EXPECT_EQ(one_by_one.outcome().verdict, Verdict::ack) << "the answer to DISCONNECT";
}

TEST_F(Consumer, TakesEveryKindOfEvent) {
    Scope& scope = open();
    scope.data(std::string("\0\xff", 2)), settle(scope);
    scope.message(""), settle(scope);
    scope.gap(3), settle(scope);
    EXPECT_NE(scope.outcome().verdict, Verdict::retry) << scope.outcome().text;
    for (const std::uint32_t reason : {MILLRACE_REASON_LOST, MILLRACE_REASON_DRAIN}) {
        Scope& ending = open();
        ending.disconnect(reason), settle(ending);
        EXPECT_EQ(ending.outcome().verdict, Verdict::ack) << reason;
    }
}

TEST_F(Consumer, IsTriedAgainWhenThePeerWasFull) {
    Scope& scope = open();
    scope.answer(MILLRACE_FULL);
    scope.message(script().texts.front()), settle(scope);
    if (scope.outcome().verdict != Verdict::retry) GTEST_SKIP() << "nothing was full: it does not reply";
    const std::size_t before = scope.commands().size();
    scope.answer(MILLRACE_TAKEN);
    scope.redeliver(), settle(scope);
    EXPECT_EQ(scope.outcome().verdict, Verdict::ack) << scope.outcome().text;
    EXPECT_GT(scope.commands().size(), before);
}

// An instance that is made anew from its state goes on as if nothing had happened.
TEST_F(Consumer, IsRebuiltFromItsState) {
    if (!script().keeps_state) GTEST_SKIP() << "it does not say KEEPS_STATE";
    Scope& smooth = open();
    Scope& rough = open();
    for (const std::string& text : script().texts) {
        smooth.message(text), settle(smooth);
        rough.answer(MILLRACE_FULL);
        rough.message(text), settle(rough);
        rough.answer(MILLRACE_TAKEN);
        if (rough.outcome().verdict == Verdict::retry) rough.redeliver(), settle(rough);
    }
    EXPECT_EQ(rough.replies(), smooth.replies());
    EXPECT_EQ(rough.state(), smooth.state());
}

TEST_F(Consumer, EndsWhenCancelled) {
    Scope& scope = open();
    scope.message(script().texts.front());
    scope.cancel();
    host().run_work();
    EXPECT_NE(scope.outcome().verdict, Verdict::open) << "a cancelled delivery goes on";
}

TEST_F(Consumer, ClosesWithOpenDeliveries) {
    for (int i = 0; i < 3; ++i) host().open(script().attributes).messages(script().texts);
    end();
}

}  // namespace
}  // namespace millrace::conformance
