#include <gmock/gmock.h>

#include "millrace/v1/command.pb.h"
#include "millrace/v1/message.pb.h"
#include "tests/unit/gateway/core/durable_fixture.hpp"

// Contract D6: what becomes of a message that is refused when its sender has had a yes.
namespace millrace {
namespace {

using ::testing::ElementsAre;

Config make_bouncing_config() {
    Config config = durable_config(0, false);
    config.adapters[0].has_addresses = config.adapters[0].is_transactional = true;
    RouteConfig bounced = config.routes.front();
    bounced.name = "bounced";
    bounced.match = {{"path", {std::string("/bounced")}, KeyType::path, {}}};
    bounced.on_reject = OnReject::bounce;
    config.routes.push_back(bounced);
    return config;
}

class BouncesTest : public DurableTest {
  protected:
    BouncesTest() : DurableTest({}, make_bouncing_config()) {
        pipeline.ports.set_names({}, pipeline.snapshot()->config.adapters);
    }

    // What is left of the spool, counted: commands that have not left, and dead letters.
    std::pair<std::size_t, std::size_t> kept() {
        std::pair<std::size_t, std::size_t> count;
        spool::run(*pipeline.spool(), [&](spool::Store& store) {
            count = {store.commands(0, 100).size(), store.letters({}, 0, 100).letters.size()};
        });
        return count;
    }

    FakeAdapter::Scope addresses{.key = ""};
};

TEST_F(BouncesTest, D6_who_sent_what_is_refused_is_told_of_it) {
    async.handler = [](Call& call) {
        if (call.event.kind == MILLRACE_MESSAGE)
            call.reject(554, "not this one");
        else
            call.ack();
        return true;
    };
    FakeAdapter::Scope mail{.key = "mail"};
    ASSERT_EQ(adapter.open_with(mail, "/bounced", MILLRACE_REPLY_TO), MILLRACE_OPENED);
    ASSERT_EQ(adapter.open_with(addresses, "", MILLRACE_ADDRESSES), MILLRACE_OPENED);
    v1::ChannelMessage message;
    message.set_reply_to("ada");
    const std::string fields = message.SerializeAsString();
    adapter.submit(mail, "tell me", {.hops = 2, .fields = fields});
    adapter.submit(mail, "tell nobody", {});
    adapter.submit(scope, "not in this route", {.fields = fields});
    settle();
    EXPECT_THAT(addresses.replies, ElementsAre("not this one"));
    EXPECT_THAT(addresses.addresses, ElementsAre("ada 3"));
    ASSERT_EQ(addresses.bodies.size(), 1u);
    v1::Command command;
    ASSERT_TRUE(command.ParseFromString(addresses.bodies[0]));
    EXPECT_EQ(command.refusal().code(), 554u);
    EXPECT_EQ(kept(), std::pair(std::size_t{1}, std::size_t{3}));
    adapter.outcome(addresses.receipts[0], MILLRACE_SENT, 0, "");
    settle();
    EXPECT_EQ(kept(), std::pair(std::size_t{0}, std::size_t{3}));
}

}  // namespace
}  // namespace millrace
