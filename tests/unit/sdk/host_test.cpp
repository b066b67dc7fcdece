#include <gmock/gmock.h>

#include <functional>

#include "millrace/consumer.hpp"
#include "millrace/testing.hpp"

// The host of testing.hpp has to notice each broken rule.
namespace {

using millrace::testing::Host;
using ::testing::ElementsAre;

using Deliver = std::function<std::uint32_t(const millrace_consumer_host&, const millrace_event*, std::uint32_t)>;

Deliver misbehave;  // What the next deliver of a message does.
const millrace_consumer_host* host_table = nullptr;

std::uint32_t deliver(void*, const millrace_event* events, std::uint32_t count, std::uint32_t) {
    if (events->kind == MILLRACE_MESSAGE) return misbehave(*host_table, events, count);
    const millrace_outcome ack{sizeof(ack), MILLRACE_ACK, 0, 0, {}};
    host_table->complete(host_table->self, events->token, &ack);
    return 1;
}

constexpr millrace_consumer kTable{
    sizeof(kTable),
    MILLRACE_ASYNC,
    [](const millrace_consumer_host* host, millrace_bytes, const millrace_errors*, void**) {
        host_table = host;
        return MILLRACE_OK;
    },
    [](void*, const millrace_sink*) { return MILLRACE_OK; },
    [](void*) {},
    [](void*) {},
    [](void*, millrace_bytes, void**) { return MILLRACE_OK; },
    deliver,
    [](void*) {},
    [](void*, millrace_id) {},
    [](void*, millrace_id, std::int32_t) {},
    [](void*, millrace_id) {},
};
constexpr millrace_plugin kPlugin{sizeof(kPlugin), MILLRACE_MAGIC, MILLRACE_ABI, 0, &kTable, nullptr};

millrace_status complete(const millrace_consumer_host& host, millrace_id token, std::uint32_t verdict = MILLRACE_ACK) {
    const millrace_outcome outcome{sizeof(outcome), verdict, 0, 0, {}};
    return host.complete(host.self, token, &outcome);
}

std::int32_t reply(const millrace_consumer_host& host, millrace_id token) {
    const millrace_command command{sizeof(command), MILLRACE_REPLY, MILLRACE_TEXT, 0, {}, {}, {}, 0, 0, 0, 0};
    return host.record(host.self, token, &command);
}

std::vector<std::string> violations_of(Deliver deliver) {
    misbehave = std::move(deliver);
    Host host(&kPlugin);
    host.open().messages({"a", "b"});
    return host.violations();
}

TEST(Host, NoticesEachBrokenRule) {
    EXPECT_THAT(violations_of([](auto& host, auto* event, auto) {
                    return complete(host, event->token), complete(host, event->token), 1;
                }),
                ElementsAre("complete for a delivery that is not open", "complete for a delivery that is not open"));
    EXPECT_THAT(violations_of([](auto& host, auto* event, auto) {
                    complete(host, event->token, MILLRACE_RETRY);
                    EXPECT_EQ(reply(host, event->token), MILLRACE_NOT_ALLOWED);
                    return 1;
                }),
                ElementsAre("record for a delivery that is not open"));
    EXPECT_THAT(violations_of([](auto&, auto*, auto) { return 0; }),
                ElementsAre("deliver took 0 of 2 events and completed 0"));
    EXPECT_THAT(violations_of([](auto&, auto*, auto) { return 2; }),
                ElementsAre("deliver took 2 of 2 events and completed 0"));
    EXPECT_THAT(violations_of([](auto&, auto*, auto) { return 3; }),
                ElementsAre("deliver took 3 of 2 events and completed 0"));
    EXPECT_THAT(violations_of([](auto& host, auto* event, auto) { return complete(host, event->token, 9), 1; }),
                ElementsAre("complete with no verdict", "complete with no verdict"));
    EXPECT_THAT(violations_of([](auto& host, auto* event, auto) {
                    millrace_id operation = 0;
                    host.start_op(host.self, event->token, MILLRACE_SLEEP, 1, &operation);
                    complete(host, event->token, MILLRACE_RETRY);
                    return 1;
                }),
                ElementsAre("complete while an operation of the delivery is open"));
}

TEST(HostDeathTest, AbortsWhereNobodyHasLooked) {
    misbehave = [](auto&, auto*, auto) { return 0; };
    EXPECT_DEATH(Host(&kPlugin).open().message("a"), "broken rule of the border: deliver took 0 of 1 events");
    misbehave = [](auto&, auto*, auto) { return 1; };
    EXPECT_DEATH(Host(&kPlugin).open().message("a"), "a delivery was never completed");
}

}  // namespace
