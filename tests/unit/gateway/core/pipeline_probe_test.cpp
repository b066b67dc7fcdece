#include <thread>

#include "gateway/core/pinned_routes.hpp"
#include "tests/unit/gateway/core/channels_fixture.hpp"

// What adapters ask before there is a scope, and what the answer is worth when the message comes (contract D11).
namespace millrace {
namespace {

using Settlements = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

MatchConfig text(std::string pattern) { return {"text", {std::move(pattern)}, KeyType::text, {}}; }
MatchConfig path(std::string pattern) { return {"path", {std::move(pattern)}, KeyType::path, {}}; }

RouteConfig make_route(std::string name, MatchConfigs match, std::vector<std::string> to) {
    RouteConfig route;
    route.name = std::move(name);
    route.match = std::move(match);
    route.drop = to.empty();
    route.to = std::move(to);
    route.delivery = DeliveryClass::acked;
    route.retry = {2, 10, 1, 10, 0};
    return route;
}

Config make_probe_config() {
    Config config = make_channel_config();
    config.adapters[0].match_keys = {{"path", KeyType::path, true}, {"topic", KeyType::topic, false}};
    config.routes = {
        make_route("spam", {text("spam*")}, {}), make_route("loud", {path("/ann"), text("loud *")}, {"sync"}),
        make_route("ann", {path("/ann")}, {"async"}), make_route("sales", {path("/sales/{tag}")}, {"sync"}),
        make_route("both", {path("/both"), text("*")}, {"async", "sync"})};
    return config;
}

class ProbeTest : public ChannelsTest {
  protected:
    explicit ProbeTest(Config with = make_probe_config()) : ChannelsTest(std::move(with)) {
        async.handler = told("async");
        sync.handler = told("sync");
    }

    ScriptedConsumer::Handler told(std::string name) {
        return [this, name = std::move(name)](Call& call) {
            if (call.event.kind == MILLRACE_MESSAGE) note(name + " " + call.text() + " by " + parsed(call).route());
            return ack_all(call);
        };
    }

    // As a reload does. Consumers that the configuration still has stay as they are, but for `renewed`.
    SnapshotPtr reload(const Config& next, ConsumerHost* renewed = nullptr) {
        auto snapshot = std::make_shared<Snapshot>(next, pipeline.route_book);
        for (const ConsumerConfig& each : next.consumers) {
            ConsumerHost* host = pipeline.consumers[each.name == "async" ? 0 : 1].get();
            snapshot->add(renewed && renewed->name() == each.name ? *renewed : *host);
        }
        pipeline.publish(snapshot);
        std::promise<void> adopted;
        channels().loop().post([&] { channels().adopt(snapshot), adopted.set_value(); });
        adopted.get_future().wait();
        dispatcher().adopt(snapshot);
        adapter.run();
        return snapshot;
    }

    static Config without_routes() {
        Config config = make_probe_config();
        config.routes.clear();
        return config;
    }

    std::int32_t probe(std::string_view path) { return adapter.probe(path, routes); }

    std::int32_t open_pinned(FakeAdapter::Scope& scope, std::string_view path, millrace_id with) {
        const auto opened = adapter.open_with(scope, path, 0, 0, with);
        if (opened == MILLRACE_OPENED) run_until([&] { return scope.settled != 0; });
        return opened;
    }

    millrace_id routes = 0;
};

TEST_F(ProbeTest, D11_equal_routes_have_one_name_until_they_are_released_as_often) {
    millrace_id a = 0, b = 0, ann = 0;
    EXPECT_EQ(adapter.probe("/sales/a", a), MILLRACE_PROBE_MAYBE);
    EXPECT_EQ(adapter.probe("/sales/a", b), MILLRACE_PROBE_MAYBE);
    EXPECT_EQ(adapter.probe("/ann", ann), MILLRACE_PROBE_MAYBE);
    EXPECT_EQ(a, b);
    EXPECT_NE(a, 0u);
    EXPECT_NE(a, ann);
    EXPECT_EQ(report().pinned_routes, 2u);
    adapter.release(a);
    EXPECT_EQ(report().pinned_routes, 2u);
    adapter.release(b);
    EXPECT_EQ(report().pinned_routes, 1u);
    EXPECT_EQ(host.refused_calls(), 0u);
    adapter.release(a);
    EXPECT_EQ(host.refused_calls(), 1u);
    adapter.release(ann);
    for (const millrace_id none : {ann, millrace_id{0}, ~millrace_id{0}, ann + 1}) adapter.release(none);
    EXPECT_EQ(host.refused_calls(), 5u);
    EXPECT_EQ(report().pinned_routes, 0u);
    millrace_id again = 0;
    EXPECT_EQ(adapter.probe("/ann", again), MILLRACE_PROBE_MAYBE);
    EXPECT_NE(again, ann) << "a name that was released is nobody's";
    adapter.release(again);
}

TEST_F(ProbeTest, D11_what_captures_differently_has_another_name) {
    millrace_id a = 0, b = 0;
    EXPECT_EQ(adapter.probe("/sales/a", a), MILLRACE_PROBE_MAYBE);
    EXPECT_EQ(adapter.probe("/sales/b", b), MILLRACE_PROBE_MAYBE);
    EXPECT_NE(a, b);
    adapter.release(a);
    adapter.release(b);
}

TEST_F(ProbeTest, D11_no_is_counted_and_holds_nothing) {
    EXPECT_EQ(probe("/bob"), MILLRACE_PROBE_NO);
    EXPECT_EQ(routes, 0u);
    EXPECT_EQ(report().unmatched_probes, 1u);
    EXPECT_EQ(report().pinned_routes, 0u);
    EXPECT_EQ(probe("/an\n"), MILLRACE_PROBE_NO);
    EXPECT_EQ(host.refused_calls(), 1u) << "no attribute has a control character";
}

TEST_F(ProbeTest, D11_yes_and_what_is_not_known_yet) {
    Config sure = make_probe_config();
    sure.routes.erase(sure.routes.begin());
    reload(sure);
    EXPECT_EQ(probe("/sales/a"), MILLRACE_PROBE_YES);
    adapter.release(routes);
    EXPECT_EQ(probe("/ann"), MILLRACE_PROBE_YES) << "loud or not";
    adapter.release(routes);
    EXPECT_EQ(probe("/both"), MILLRACE_PROBE_MAYBE);
    adapter.release(routes);
    EXPECT_EQ(adapter.probe("/bob", routes, {"path"}), MILLRACE_PROBE_MAYBE);
    adapter.release(routes);
}

TEST_F(ProbeTest, D11_nobody_can_say_while_the_gateway_stops_or_the_adapter_is_to_go) {
    Config gone = make_probe_config();
    gone.adapters.clear();
    gone.routes.clear();
    reload(gone);
    EXPECT_EQ(probe("/ann"), MILLRACE_PROBE_LATER);
    reload(make_probe_config());
    EXPECT_EQ(probe("/ann"), MILLRACE_PROBE_MAYBE);
    adapter.release(routes);
    pipeline.is_draining = true;
    EXPECT_EQ(probe("/ann"), MILLRACE_PROBE_LATER);
    EXPECT_EQ(report().pinned_routes, 0u);
}

TEST_F(ProbeTest, D11_a_probe_from_another_thread_is_refused) {
    ASSERT_EQ(probe("/ann"), MILLRACE_PROBE_MAYBE);
    std::thread([&] {
        millrace_id other = 0;
        EXPECT_EQ(adapter.probe("/ann", other), MILLRACE_PROBE_LATER);
        adapter.release(routes);
    }).join();
    EXPECT_EQ(host.refused_calls(), 2u);
    EXPECT_EQ(report().pinned_routes, 1u);
    adapter.release(routes);
}

TEST_F(ProbeTest, D11_a_message_goes_by_the_configuration_that_has_answered_for_it) {
    reload(make_probe_config());
    ASSERT_EQ(probe("/ann"), MILLRACE_PROBE_MAYBE);
    std::weak_ptr<const Snapshot> before = pipeline.snapshot();
    Config next = make_probe_config();
    next.routes = {make_route("new", {path("/*"), text("loud *")}, {"async"})};
    reload(next);
    ASSERT_EQ(open_pinned(scope, "/ann", routes), MILLRACE_OPENED);
    EXPECT_EQ(adapter.submit(scope, "loud one", {}), MILLRACE_PENDING);
    expect_notes({"sync loud one by loud"});
    adapter.release(routes);
    reload(without_routes());
    EXPECT_EQ(adapter.submit(scope, "loud two", {}), MILLRACE_PENDING) << "the scope stays as it is";
    expect_notes({"sync loud one by loud", "sync loud two by loud"});
    EXPECT_EQ(adapter.submit(scope, "soft", {}), MILLRACE_PENDING);
    expect_notes({"sync loud one by loud", "sync loud two by loud", "async soft by ann"});
    EXPECT_EQ(adapter.submit(scope, "spam", {}), MILLRACE_NOWHERE);
    run_until([&] { return scope.settlements.size() == 3; });
    FakeAdapter::Scope other;
    other.key = "other";
    EXPECT_EQ(adapter.open(other, "/ann"), MILLRACE_UNMATCHED);
    EXPECT_FALSE(before.expired());
    adapter.close(scope);
    run_until([&] { return report().scopes == 0; });
    EXPECT_TRUE(before.expired()) << "nobody needs it any more";
}

TEST_F(ProbeTest, D11_whom_its_routes_surely_lead_to_is_asked) {
    Config sure = make_probe_config();
    sure.routes = {make_route("ann", {path("/ann")}, {"async"})};
    reload(sure);
    ASSERT_EQ(probe("/ann"), MILLRACE_PROBE_YES);
    reload(without_routes());
    async.handler = [](Call& call) {
        if (call.event.kind == MILLRACE_CONNECT) return call.reject(7, "not today"), true;
        return ack_all(call);
    };
    ASSERT_EQ(open_pinned(scope, "/ann", routes), MILLRACE_OPENED);
    EXPECT_EQ(scope.settled, MILLRACE_REJECT);
    EXPECT_EQ(scope.code, 7u);
    async.handler = told("async");
    FakeAdapter::Scope again;
    ASSERT_EQ(open_pinned(again, "/ann", routes), MILLRACE_OPENED);
    EXPECT_EQ(adapter.submit(again, "hello", {}), MILLRACE_PENDING);
    expect_notes({"async hello by ann"});
    EXPECT_EQ(again.settlements, (Settlements{{1, MILLRACE_ACK}}));
    adapter.release(routes);
}

TEST_F(ProbeTest, D11_a_scope_with_routes_that_nobody_holds_is_refused) {
    ASSERT_EQ(probe("/ann"), MILLRACE_PROBE_MAYBE);
    adapter.release(routes);
    EXPECT_EQ(adapter.open_with(scope, "/ann", 0, 0, routes), MILLRACE_UNMATCHED);
    EXPECT_EQ(host.refused_calls(), 1u);
    EXPECT_EQ(report().scopes, 0u);
}

// The next generation of a consumer is the same consumer, also for what was promised before it came.
TEST_F(ProbeTest, D11_the_consumer_is_the_one_that_serves_now) {
    ASSERT_EQ(probe("/ann"), MILLRACE_PROBE_MAYBE);
    ScriptedConsumer next(MILLRACE_ASYNC, told("next"));
    ConsumerHost& renewed =
        pipeline.keep(std::make_unique<ConsumerHost>(config.consumers[0], 0, next.table(), pipeline.loops, clock));
    ASSERT_TRUE(renewed.create().empty());
    ASSERT_TRUE(renewed.start());
    reload(make_probe_config(), &renewed);
    ASSERT_EQ(open_pinned(scope, "/ann", routes), MILLRACE_OPENED);
    adapter.release(routes);
    EXPECT_EQ(adapter.submit(scope, "soft", {}), MILLRACE_PENDING);
    expect_notes({"next soft by ann"});
    adapter.close(scope);
    run_until([&] { return report().scopes == 0; });
    renewed.stop();
}

TEST_F(ProbeTest, D11_where_a_consumer_is_gone_the_sender_is_to_come_again) {
    Config sure = make_probe_config();
    sure.routes = {make_route("ann", {path("/ann")}, {"sync", "async"}),
                   make_route("both", {path("/both"), text("*")}, {"sync", "async"})};
    reload(sure);
    millrace_id ann = 0, both = 0;
    ASSERT_EQ(adapter.probe("/ann", ann), MILLRACE_PROBE_YES);
    ASSERT_EQ(adapter.probe("/both", both), MILLRACE_PROBE_MAYBE);
    Config next = without_routes();
    std::erase_if(next.consumers, [](const ConsumerConfig& each) { return each.name == "async"; });
    reload(next);
    FakeAdapter::Scope other;
    other.key = "other";
    EXPECT_EQ(adapter.open_with(other, "/ann", 0, 0, ann), MILLRACE_DRAINING);
    ASSERT_EQ(open_pinned(scope, "/both", both), MILLRACE_OPENED);
    EXPECT_EQ(adapter.submit(scope, "one", {.external_id = "id-1"}), MILLRACE_PENDING);
    EXPECT_EQ(scope.settlements, (Settlements{{1, MILLRACE_RETRY}}));
    EXPECT_EQ(noted(), Strings()) << "all of them or none";
    EXPECT_EQ(report().consumers[1].created, 0u);
    reload(sure);
    EXPECT_EQ(adapter.submit(scope, "one", {.external_id = "id-1"}), MILLRACE_PENDING);
    run_until([&] { return scope.settlements.size() == 2; });
    EXPECT_EQ(scope.settlements, (Settlements{{1, MILLRACE_RETRY}, {2, MILLRACE_ACK}}));
    EXPECT_EQ(noted().size(), 2u);
    adapter.release(ann);
    adapter.release(both);
}

TEST_F(ProbeTest, D11_what_a_loop_holds_ends_with_it) {
    reload(make_probe_config());
    ASSERT_EQ(probe("/ann"), MILLRACE_PROBE_MAYBE);
    std::weak_ptr<const Snapshot> held = pipeline.snapshot();
    reload(without_routes());
    EXPECT_FALSE(held.expired());
    adapter.detach();
    EXPECT_TRUE(held.expired());
    adapter.release(routes);
    EXPECT_EQ(host.refused_calls(), 1u);
}

TEST(PinnedRoutes, E2_what_another_loop_has_named_is_nothing_here) {
    RouteBook book;
    const SnapshotPtr of = std::make_shared<Snapshot>(make_config(), book);
    PinnedRoutes here(1), there(2);
    const auto mine = here.hold(of, {0}), theirs = there.hold(of, {0});
    ASSERT_TRUE(mine && theirs);
    EXPECT_NE(*mine, *theirs);
    EXPECT_EQ(there.find(*mine), nullptr);
    EXPECT_FALSE(there.release(*mine));
    EXPECT_TRUE(there.release(*theirs));
    EXPECT_FALSE(there.release(*theirs));
    EXPECT_TRUE(here.release(*mine));
}

TEST(PinnedRoutes, D11_there_are_not_more_than_so_many) {
    RouteBook book;
    const SnapshotPtr of = std::make_shared<Snapshot>(make_config(), book);
    const SnapshotPtr other = std::make_shared<Snapshot>(make_config(), book);
    PinnedRoutes pinned(1);
    const auto first = pinned.hold(of, {0});
    ASSERT_TRUE(first);
    for (std::uint32_t i = 1; i < PinnedRoutes::kSetsMax; ++i) ASSERT_TRUE(pinned.hold(of, {i}));
    EXPECT_FALSE(pinned.hold(other, {0})) << "of another configuration it is another set";
    EXPECT_FALSE(pinned.hold(of, {0, 1}));
    EXPECT_EQ(pinned.hold(of, {0}), first) << "one that is held already takes nothing";
    EXPECT_TRUE(pinned.release(*first));
    EXPECT_FALSE(pinned.hold(other, {0}));
    EXPECT_TRUE(pinned.release(*first));
    EXPECT_EQ(pinned.find(*first), nullptr);
    const auto next = pinned.hold(other, {0});
    ASSERT_TRUE(next);
    EXPECT_EQ(*pinned.find(*next), other);
    EXPECT_EQ(pinned.size(), PinnedRoutes::kSetsMax);
    pinned.clear();
    EXPECT_EQ(pinned.size(), 0u);
    EXPECT_FALSE(pinned.release(*next));
}

}  // namespace
}  // namespace millrace
