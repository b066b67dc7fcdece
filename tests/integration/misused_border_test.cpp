#include <algorithm>
#include <future>
#include <thread>

#include "tests/unit/gateway/core/pipeline_fixture.hpp"

// Consumers that misuse the border (contract E2): what they do wrong is refused and counted, harms nobody, and the
// delivery ends as if they had not done it.
namespace millrace {
namespace {

using PipelineMisuse = PipelineTest;

template <class Action> auto elsewhere(Action action) {
    auto result = std::async(std::launch::async, action);
    return result.get();
}

struct Misuse {
    const char* name;
    bool (*handler)(Call& call, ScriptedConsumer& self);  // Of the message; true where it has completed it.
    std::uint64_t refused_calls;
    std::uint64_t acked;  // CONNECT is one.
    std::vector<std::string> replies;
};

bool is_ended(Call& call) { return call.ack() == MILLRACE_OK; }

const Misuse misuses[] = {
    {"completes twice", [](Call& call, ScriptedConsumer&) { return is_ended(call) && call.ack() >= 0; }, 1, 2, {}},
    {"acks, then wants a retry",
     [](Call& call, ScriptedConsumer&) {
         call.reply("a");
         return is_ended(call) && call.retry("after all") >= 0;
     },
     1,
     2,
     {"a"}},
    {"completes what was never delivered",
     [](Call& call, ScriptedConsumer& self) {
         for (const millrace_id token : {millrace_id{0}, ~millrace_id{0}, call.event.token + 1}) {
             Call(self.host(), token).ack();
         }
         return is_ended(call);
     },
     3,
     2,
     {}},
    {"replies after the end",
     [](Call& call, ScriptedConsumer&) {
         const bool ended = is_ended(call);
         EXPECT_EQ(call.reply("late"), MILLRACE_NOT_ALLOWED);
         return ended;
     },
     1,
     2,
     {}},
    {"replies from another thread",
     [](Call& call, ScriptedConsumer&) {
         EXPECT_EQ(elsewhere([&] { return call.reply("from elsewhere"); }), MILLRACE_NOT_ALLOWED);
         return is_ended(call);
     },
     1,
     2,
     {}},
    {"sets the state from another thread, and after the end",
     [](Call& call, ScriptedConsumer&) {
         EXPECT_EQ(elsewhere([&] { return call.set_state("x"); }), MILLRACE_ERROR);
         const bool ended = is_ended(call);
         EXPECT_EQ(call.set_state("x"), MILLRACE_ERROR);
         return ended;
     },
     2,
     2,
     {}},
    {"starts operations from another thread, and after the end",
     [](Call& call, ScriptedConsumer&) {
         EXPECT_EQ(elsewhere([&] { return call.sleep(1); }), 0u);
         const bool ended = is_ended(call);
         EXPECT_EQ(call.offload(), 0u);
         return ended;
     },
     2,
     2,
     {}},
    {"records commands that there are not",
     [](Call& call, ScriptedConsumer&) {
         EXPECT_EQ(call.command(0, {}), MILLRACE_NOT_ALLOWED);
         EXPECT_EQ(call.command(~0u, "room", "text"), MILLRACE_NOT_ALLOWED);
         return is_ended(call);
     },
     0,
     2,
     {}},
    {"names things as nobody can read them",
     [](Call& call, ScriptedConsumer&) {
         const std::string_view names[] = {"",         "a\nb",        std::string_view("a\0b", 3), "\x7f", "a\xff",
                                           "\xc2\x85", "\xed\xa0\x80"};
         for (const std::string_view name : names) {
             for (const std::uint32_t verb :
                  {MILLRACE_JOIN, MILLRACE_LEAVE, MILLRACE_GROUP_SEND, MILLRACE_GROUP_REPLY, MILLRACE_SEND}) {
                 EXPECT_EQ(call.command(verb, name, "text"), MILLRACE_NOT_ALLOWED);
             }
             EXPECT_EQ(call.after(1, name), MILLRACE_NOT_ALLOWED);
         }
         EXPECT_EQ(call.command(MILLRACE_JOIN, "caf\u00e9"), MILLRACE_TAKEN);
         return is_ended(call);
     },
     0,
     2,
     {}},
    {"is ended by another thread while it runs",  // Which is allowed.
     [](Call& call, ScriptedConsumer&) {
         EXPECT_EQ(elsewhere([&] { return call.ack(); }), MILLRACE_OK);
         return false;
     },
     0,
     2,
     {}},
    {"is ended by another thread while it runs, and by itself",
     [](Call& call, ScriptedConsumer&) {
         elsewhere([&] { return call.retry("not this"); });
         return is_ended(call);
     },
     1,
     2,
     {}},
};

void expect_outcome(const Misuse& misuse, const ConsumerHost& consumer, const LoopReport::Consumer& counts,
                    const FakeAdapter::Scope& scope) {
    EXPECT_EQ(consumer.refused_calls(), misuse.refused_calls);
    EXPECT_EQ(counts.acked, misuse.acked);
    EXPECT_EQ(counts.retried, 0u);
    EXPECT_EQ(counts.now.open, 0u);
    EXPECT_EQ(scope.replies, misuse.replies);
}

class EachMisuse : public PipelineTest, public ::testing::WithParamInterface<Misuse> {
  protected:
    void hold(ScriptedConsumer& scripted, std::size_t index, std::string_view path) {
        const Misuse& misuse = GetParam();
        scripted.handler = [&](Call& call) {
            return call.event.kind == MILLRACE_MESSAGE ? misuse.handler(call, scripted) : ack_all(call);
        };
        open(scope, path);
        adapter.submit(scope, {"x"});
        const ConsumerHost& consumer = *pipeline.consumers[index];
        run_until([&] {
            return report().consumers[index].acked == misuse.acked && consumer.refused_calls() == misuse.refused_calls;
        });
        adapter.run();
        expect_outcome(misuse, consumer, report().consumers[index], scope);
    }
};

TEST_P(EachMisuse, E2_on_a_loop_is_refused_and_counted) { hold(async, 0, "/async"); }
TEST_P(EachMisuse, E2_on_a_worker_is_refused_and_counted) { hold(sync, 1, "/sync"); }

INSTANTIATE_TEST_SUITE_P(Border, EachMisuse, ::testing::ValuesIn(misuses), [](const auto& instance) {
    std::string name = instance.param.name;
    std::erase(name, ',');
    std::ranges::replace(name, ' ', '_');
    return name;
});

TEST_F(PipelineMisuse, E3_a_scope_that_nobody_could_name_is_not_opened) {
    std::uint64_t refused = 0;
    for (const std::string_view key : {std::string_view(), std::string_view("a\nb"), std::string_view("\xff")}) {
        FakeAdapter::Scope unnamed;
        unnamed.key = key;
        EXPECT_EQ(adapter.open(unnamed, "/async"), MILLRACE_UNMATCHED);
        EXPECT_EQ(host.refused_calls(), ++refused);
    }
    for (const std::string_view path : {std::string_view("/async\0", 7), std::string_view("/\xc3")}) {
        EXPECT_EQ(adapter.open(scope, path), MILLRACE_UNMATCHED);
        EXPECT_EQ(host.refused_calls(), ++refused);
    }
    EXPECT_EQ(report().scopes, 0u);
    EXPECT_EQ(report().unmatched, 0u);
    open(scope, "/async");
}

TEST_F(PipelineMisuse, E2_an_end_long_after_it_and_after_the_scope_is_refused) {
    std::vector<millrace_id> tokens;
    async.handler = [&](Call& call) {
        tokens.push_back(call.event.token);
        return ack_all(call);
    };
    open(scope, "/async");
    adapter.submit(scope, {"x"});
    adapter.close(scope);
    adapter.run();
    ASSERT_EQ(tokens.size(), 3u);
    for (const millrace_id token : tokens) Call(async.host(), token).ack();
    adapter.run();
    EXPECT_EQ(pipeline.consumers[0]->refused_calls(), 3u);
    FakeAdapter::Scope other;  // In the slots that were left.
    open(other, "/async");
    for (const millrace_id token : std::vector(tokens.begin(), tokens.begin() + 3)) Call(async.host(), token).retry();
    adapter.run();
    EXPECT_EQ(pipeline.consumers[0]->refused_calls(), 6u);
    EXPECT_EQ(report().consumers[0].acked, 4u);
    EXPECT_EQ(report().consumers[0].retried, 0u);
}

TEST_F(PipelineMisuse, E2_an_end_with_an_operation_still_open_is_refused) {
    open(scope, "/async");
    async.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        call.sleep(1000);
        EXPECT_EQ(call.ack(), MILLRACE_ERROR);
        async.on_resumed = [token = call.event.token, &async = async](millrace_id, std::int32_t) {
            EXPECT_EQ(Call(async.host(), token).ack(), MILLRACE_OK);
        };
        return true;  // As if it had.
    };
    adapter.submit(scope, {"x"});
    EXPECT_EQ(pipeline.consumers[0]->refused_calls(), 1u);
    EXPECT_EQ(report().consumers[0].now.open, 1u);
    advance_us(1000);
    EXPECT_EQ(report().consumers[0].now.open, 0u);
    EXPECT_EQ(report().consumers[0].acked, 2u);
}

TEST_F(PipelineMisuse, E2_a_worker_that_is_still_in_the_handler_loses_no_end_from_elsewhere) {
    std::promise<void> posted;
    std::promise<void> released;
    sync.handler = [&](Call& call) {
        if (call.event.kind != MILLRACE_MESSAGE) return ack_all(call);
        elsewhere([&] { return call.ack(); });
        posted.set_value();
        released.get_future().wait();
        return false;
    };
    open(scope, "/sync");
    adapter.submit(scope, {"x"});
    posted.get_future().wait();
    adapter.run();
    EXPECT_EQ(report().consumers[1].now.open, 1u);
    released.set_value();
    run_until([&] { return report().consumers[1].now.open == 0; });
    EXPECT_EQ(report().consumers[1].acked, 2u);
    EXPECT_EQ(pipeline.consumers[1]->refused_calls(), 0u);
}

}  // namespace
}  // namespace millrace
