#pragma once

#include <algorithm>
#include <future>
#include <map>
#include <mutex>

#include "gateway/core/host_loops.hpp"
#include "millrace/v1/message.pb.h"
#include "tests/unit/gateway/core/pipeline_fixture.hpp"

// The pipeline of pipeline_fixture.hpp with one loop of the gateway's own, so that consumers can have channels.
namespace millrace {

inline Config make_channel_config() {
    Config config = make_config();
    for (ConsumerConfig& consumer : config.consumers) {
        consumer.may_send = {"async:*", "sync:*", "test:*", "nobody:x"};
        consumer.idle_ms = 1'000;
        consumer.state_ttl_ms = 86'400'000;
    }
    for (RouteConfig& route : config.routes) route.retry = {3, 10, 1, 10, 0};
    return config;
}

class ChannelsTest : public PipelineTest {
  protected:
    explicit ChannelsTest(Config with = make_channel_config()) : PipelineTest(std::move(with)) {
        EXPECT_TRUE(host_loops.start(1));
    }

    ~ChannelsTest() override {
        std::promise<void> closed;
        channels().loop().post([&] { channels().close_all([&] { closed.set_value(); }); });
        adapter.run();
        closed.get_future().wait();
        host_loops.stop();
        adapter.run();
        for (const auto& c : channels().report().consumers) {
            EXPECT_EQ(c.created, c.acked + c.dead + c.expired + c.dropped + c.now.open);
        }
        EXPECT_EQ(pipeline.waits.size(), 0u);
        EXPECT_EQ(dispatcher().departed() + channels().departed(), dispatcher().arrived() + channels().arrived());
    }

    Dispatcher& channels() { return *pipeline.loops.find(2); }

    LoopReport channel_report() {
        std::promise<LoopReport> report;
        channels().loop().post([&] { report.set_value(channels().report()); });
        return report.get_future().get();
    }

    void note(std::string text) {
        const std::lock_guard lock(mutex);
        notes.push_back(std::move(text));
    }

    Strings noted() {
        const std::lock_guard lock(mutex);
        return notes;
    }

    void expect_notes(Strings expected) {
        run_until([&] { return noted().size() >= expected.size(); });
        EXPECT_EQ(noted(), expected);
    }

    static v1::ChannelMessage parsed(const Call& call) {
        v1::ChannelMessage message;
        std::string bytes;
        for (const auto& piece : {call.event.scope, call.event.event, call.event.payload}) bytes += to_text(piece);
        EXPECT_TRUE(message.ParseFromString(bytes));
        return message;
    }

    // Does what a text says: "send:ADDRESS TEXT", "answer:TEXT".
    std::int32_t obey(Call& call, std::uint32_t flags = 0) {
        const std::string text = call.text();
        if (text.starts_with("answer:")) return call.command(MILLRACE_ANSWER, {}, text.substr(7), flags);
        if (!text.starts_with("send:")) return MILLRACE_TAKEN;
        const auto space = text.find(' ');
        return call.command(MILLRACE_SEND, text.substr(5, space - 5), text.substr(space + 1), flags);
    }

    HostLoops host_loops{pipeline, 1};
    std::mutex mutex;
    Strings notes;
};

}  // namespace millrace
