#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "gateway/core/adapter_host.hpp"
#include "gateway/core/dispatcher.hpp"
#include "gateway/core/pipeline.hpp"
#include "tests/support/fake_adapter.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/scripted_consumer.hpp"

// The pipeline between an adapter and consumers that are both the test's: one that runs on the loop, one on a pool.
// Routes: /async and /sync to one of them, /both/{room} to both.
namespace millrace {

using testing::FakeAdapter;
using testing::ManualClock;
using testing::ScriptedConsumer;
using Call = ScriptedConsumer::Call;
using Strings = std::vector<std::string>;

inline Config make_config() {
    Config config;
    config.adapters = {{"test", "test", {}, {}}};
    config.consumers = {{"async", "scripted", 1, {8, 1000}, {}, {}}, {"sync", "scripted", 2, {8, 1000}, {}, {}}};
    const auto route = [](std::string name, std::string path, std::vector<std::string> to) {
        return RouteConfig{std::move(name),
                           {{"path", {std::move(path)}, KeyType::path, {}}},
                           std::move(to),
                           false,
                           {},
                           DeliveryClass::live,
                           {},
                           30'000};
    };
    config.routes = {route("a", "/async", {"async"}), route("s", "/sync", {"sync"}),
                     route("b", "/both/{room}", {"async", "sync"})};
    return config;
}

inline bool ack_all(Call& call) {
    call.ack();
    return true;
}

class PipelineTest : public ::testing::Test {
  protected:
    explicit PipelineTest(Config with = make_config()) : config(std::move(with)) {
        const ScriptedConsumer* scripted[] = {&async, &sync};
        for (std::uint32_t i = 0; i < 2; ++i) {
            pipeline.add_first(
                std::make_unique<ConsumerHost>(config.consumers[i], i, scripted[i]->table(), pipeline.loops, clock));
            EXPECT_TRUE(pipeline.consumers[i]->create().empty());
            EXPECT_TRUE(pipeline.consumers[i]->start());
        }
        EXPECT_TRUE(host.create().empty());
        adapter.attach();
    }

    ~PipelineTest() override {
        for (auto& consumer : pipeline.consumers) consumer->stop();
        adapter.run();
        expect_identity();
        adapter.detach();
    }

    // Runs the loop until `done`, for what workers still have.
    template <class Done> void run_until(Done done) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!done() && std::chrono::steady_clock::now() < give_up) {
            adapter.run();
            std::this_thread::yield();
        }
        ASSERT_TRUE(done());
    }

    void advance_us(std::int64_t duration_us) {
        clock.advance_us(duration_us);
        pipeline.alarm.fire();
        adapter.run();
    }

    LoopReport report() { return dispatcher().report(); }
    Dispatcher& dispatcher() { return *pipeline.loops.find(1); }

    void expect_identity() {
        for (const auto& c : report().consumers) {
            EXPECT_EQ(c.created, c.acked + c.dead + c.expired + c.dropped + c.now.open);
        }
    }

    void open(FakeAdapter::Scope& scope, std::string_view path, std::uint64_t send_bytes_max = 1 << 20) {
        ASSERT_EQ(adapter.open(scope, path, send_bytes_max), MILLRACE_OPENED);
        run_until([&] { return scope.settled != 0; });
    }

    ManualClock clock;
    Config config;
    FakeAdapter adapter;
    ScriptedConsumer async{MILLRACE_ASYNC, ack_all};
    ScriptedConsumer sync{MILLRACE_SYNC, ack_all};
    Pipeline pipeline{config, clock};
    AdapterHost host{config.adapters[0], 0, "test", FakeAdapter::table(), pipeline};
    FakeAdapter::Scope scope;
};

}  // namespace millrace
