#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "gateway/core/durability.hpp"
#include "tests/unit/gateway/core/channels_fixture.hpp"
#include "tests/unit/gateway/core/spool_fixture.hpp"

// Durable routes to channels, over a real spool: what consumers send to each other, and leave behind. Tests are named
// after the rule of the contract that they hold the pipeline to.
namespace millrace {
namespace {

Config durable_config() {
    Config config = make_channel_config();
    config.routes[2].to = {"sync:{room}", "async"};
    for (RouteConfig& route : config.routes) route.delivery = DeliveryClass::durable;
    return config;
}

class DurableChannelsTest : public ChannelsTest {
  protected:
    DurableChannelsTest() : ChannelsTest(durable_config()) {
        spool::Settings settings;
        settings.directory = folder.path();
        pipeline.set_spool(*spool::Spool::open(settings, clock));
        for (ScriptedConsumer* consumer : {&async, &sync}) {
            consumer->handler = [this, consumer](Call& call) { return handle(*consumer, call); };
        }
        open(scope, "/async");
    }
    ~DurableChannelsTest() override {
        settle();
        async.handler = sync.handler = ack_all;
    }

    bool handle(ScriptedConsumer& consumer, Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE) {
            const auto message = parsed(call);
            note((&consumer == &async ? "async " : "sync ") + call.text() + " hops=" + std::to_string(message.hops()));
        }
        if (on_event) return on_event(consumer, call);
        return ack_all(call);
    }

    void settle() {
        run_until([this] {
            return dispatcher().departed() + channels().departed() == dispatcher().arrived() + channels().arrived() &&
                   !adapter.is_woken() && pipeline.spool()->deliveries() == 0;
        });
    }

    std::vector<spool::DeadLetter> letters() {
        std::vector<spool::DeadLetter> found;
        spool::run(*pipeline.spool(), [&](spool::Store& store) { found = store.letters({}, 0, 10).letters; });
        return found;
    }

    spool::SpoolFolder folder;
    std::function<bool(ScriptedConsumer&, Call&)> on_event;
};

TEST_F(DurableChannelsTest, A3_a_consumer_behind_a_channel_gets_its_own_message) {
    FakeAdapter::Scope both;
    both.key = "both";
    open(both, "/both/x");
    adapter.submit(both, {"hello"});
    run_until([this] { return noted().size() == 2; });
    settle();
    Strings all = noted();
    std::ranges::sort(all);
    EXPECT_EQ(all, (Strings{"async hello hops=0", "sync hello hops=1"}));
}

TEST_F(DurableChannelsTest, C3_an_answer_to_a_connections_consumer_does_not_leave_for_its_peer) {
    std::atomic<int> answered{-1};
    on_event = [&](ScriptedConsumer& consumer, Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        if (&consumer == &async) obey(call);
        if (&consumer == &sync) answered = call.command(MILLRACE_ANSWER, {}, "secret");
        return ack_all(call);
    };
    adapter.submit(scope, {"send:sync:x hello"});
    run_until([&] { return answered != -1; });
    settle();
    EXPECT_EQ(answered, MILLRACE_UNKNOWN);
    EXPECT_EQ(scope.replies, Strings{});
}

TEST_F(DurableChannelsTest, C3_an_answer_to_a_channel_has_its_correlation) {
    on_event = [this](ScriptedConsumer&, Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        if (call.text() == "start") call.command(MILLRACE_SEND, "sync:a", "go");
        if (call.text() == "go") call.command(MILLRACE_SEND, "sync:b", "ask");
        if (call.text() == "ask") call.command(MILLRACE_ANSWER, {}, "answer");
        if (call.text() == "answer") note("correlation " + std::to_string(parsed(call).correlation()));
        return ack_all(call);
    };
    adapter.submit(scope, {"start"});
    expect_notes({"async start hops=0", "sync go hops=1", "sync ask hops=2", "sync answer hops=3", "correlation 7"});
}

TEST_F(DurableChannelsTest, C6_channels_that_answer_each_other_end) {
    on_event = [](ScriptedConsumer&, Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        const bool is_ping = call.text() == "ping";
        call.command(MILLRACE_SEND, is_ping ? "sync:b" : "sync:a", is_ping ? "pong" : "ping");
        return ack_all(call);
    };
    adapter.submit(scope, {"ping"});
    run_until([this] { return !letters().empty(); });
    settle();
    ASSERT_EQ(letters().size(), 1u);
    EXPECT_EQ(letters()[0].why.reason, "loop");
    EXPECT_EQ(noted().size(), 17u);
}

TEST_F(DurableChannelsTest, D6_what_is_not_on_the_disk_is_a_dead_letter_in_memory) {
    on_event = [this](ScriptedConsumer& consumer, Call& call) {
        if (call.event.kind == MILLRACE_TIMER) return call.reject(1, "not now"), true;
        if (call.event.kind == MILLRACE_MESSAGE && &consumer == &async) call.after(1'000, "x");
        return ack_all(call);
    };
    adapter.submit(scope, {"a"});
    settle();
    advance_us(2'000);
    run_until([this] { return report().consumers[0].dead == 1; });
    EXPECT_EQ(pipeline.dead_letters.count().kept, 1u);
    EXPECT_TRUE(letters().empty());
}

}  // namespace
}  // namespace millrace
