#include "gateway/core/router.hpp"

#include <gtest/gtest.h>

#include <random>

namespace millrace {
namespace {

RouteConfig route(std::vector<MatchConfig> match, std::vector<std::string> to) {
    RouteConfig route;
    route.match = std::move(match);
    route.drop = to.empty();
    route.to = std::move(to);
    return route;
}

using Values = std::vector<ValueConfig>;

MatchConfig path(Values patterns) { return {"path", std::move(patterns), KeyType::path, {}}; }
MatchConfig query(Values patterns) { return {"query", std::move(patterns), KeyType::text, {}}; }
MatchConfig adapter(Values names) { return {"adapter", std::move(names), KeyType::text, {}}; }

// Adapters web, plant; consumers echo, audit, room.
Config config_of(std::vector<RouteConfig> routes) {
    Config config;
    for (const char* name : {"web", "plant"}) config.adapters.emplace_back().name = name;
    for (const char* name : {"echo", "audit", "room"}) config.consumers.emplace_back().name = name;
    config.routes = std::move(routes);
    return config;
}

std::string outcome(const Router& router, std::uint32_t adapter, std::vector<Attribute> attributes) {
    Decision decision = router.match(adapter, attributes);
    if (decision.outcome == Decision::Outcome::unmatched) return "unmatched";
    std::string text = std::to_string(decision.route);
    if (decision.outcome == Decision::Outcome::drop) text += " drop";
    for (std::uint32_t consumer : decision.consumers) text += " to " + std::to_string(consumer);
    for (const Capture& capture : decision.captures) {
        text += " " + std::string(capture.name) + "=" + std::string(capture.value);
    }
    return text;
}

TEST(Router, TheFirstThatMatchesTakesIt) {
    Router router(config_of({
        route({adapter({"web"}), path({"/echo"})}, {"echo"}),
        route({adapter({"web"}), path({"/both"})}, {"audit", "echo"}),
        route({adapter({"web"}), path({"/rooms/{room}"}), query({"token={token}"})}, {"room"}),
        route({path({"/rooms/{name}", "/r/{short}"})}, {"room"}),
        route({adapter({"web"}), path({"/echo"})}, {"audit"}),
        route({adapter({"plant"})}, {"audit"}),
        route({path({"/private/*"})}, {}),
    }));
    EXPECT_EQ(outcome(router, 0, {{"path", "/echo"}}), "0 to 0");
    EXPECT_EQ(outcome(router, 0, {{"path", "/both"}, {"query", "a"}}), "1 to 1 to 0");
    EXPECT_EQ(outcome(router, 0, {{"path", "/rooms/x"}, {"query", "token=7"}}), "2 to 2 room=x token=7");
    EXPECT_EQ(outcome(router, 0, {{"query", "nothing"}, {"path", "/rooms/x"}}), "3 to 2 name=x");
    EXPECT_EQ(outcome(router, 0, {{"path", "/r/y"}}), "3 to 2 short=y");
    EXPECT_EQ(outcome(router, 1, {{"path", "/r/y"}}), "3 to 2 short=y");
    EXPECT_EQ(outcome(router, 1, {{"path", "/echo"}}), "5 to 1");
    EXPECT_EQ(outcome(router, 1, {}), "5 to 1");
    EXPECT_EQ(outcome(router, 0, {{"path", "/private/x"}}), "6 drop");
    EXPECT_EQ(outcome(router, 0, {{"path", "/private/x/y"}}), "unmatched");
    EXPECT_EQ(outcome(router, 0, {{"path", "/"}}), "unmatched");
    EXPECT_EQ(outcome(router, 0, {}), "unmatched");
}

TEST(Router, NothingMatchesWithoutRoutes) {
    Router router(config_of({}));
    EXPECT_EQ(outcome(router, 0, {{"path", "/"}}), "unmatched");
}

TEST(Router, AnEmptyMatchTakesEverything) {
    Router router(config_of({route({path({"/echo"})}, {"echo"}), route({}, {"audit"})}));
    EXPECT_EQ(outcome(router, 0, {{"path", "/echo"}}), "0 to 0");
    EXPECT_EQ(outcome(router, 0, {{"path", "/x"}}), "1 to 1");
    EXPECT_EQ(outcome(router, 1, {}), "1 to 1");
}

TEST(Router, ARouteMayNameSeveralAdapters) {
    Router router(config_of({route({adapter({"plant", "web"})}, {"echo"})}));
    EXPECT_EQ(outcome(router, 0, {}), "0 to 0");
    EXPECT_EQ(outcome(router, 1, {}), "0 to 0");
}

std::string outcome(const Routing& routing) {
    std::string text = routing.outcome == Routing::Outcome::deliver ? "deliver"
                       : routing.outcome == Routing::Outcome::drop  ? "drop"
                                                                    : "unmatched";
    if (routing.delivery == DeliveryClass::acked) text += " acked";
    for (const Match& match : routing.matches) {
        text += " " + std::to_string(match.route);
        for (const Capture& capture : match.captures) {
            text.append(":").append(capture.name).append("=").append(capture.value);
        }
    }
    return text;
}

std::string outcome(const Opening& opening) {
    return outcome(opening.sure) + (opening.is_per_message ? ", per message" : "") +
           (opening.may_deliver ? "" : ", delivers nothing");
}

MatchConfig text(Values patterns) { return {"text", std::move(patterns), KeyType::text, {}}; }
MatchConfig topic(Values patterns) { return {"topic", std::move(patterns), KeyType::topic, {}}; }

RouteConfig going_on(RouteConfig route) {
    route.goes_on = true;
    return route;
}

RouteConfig acked(RouteConfig route) {
    route.delivery = DeliveryClass::acked;
    return route;
}

std::string of_text(const Router& router, std::uint32_t adapter, std::vector<Attribute> attributes,
                    std::string_view text) {
    MessageView message;
    message.text = message.payload = text;
    return outcome(router.match(adapter, attributes, message));
}

TEST(Router, AllThatGoOnTakeItUpToTheFirstThatDoesNot) {
    const Router router(config_of({
        going_on(route({adapter({"plant"})}, {"audit"})),
        acked(going_on(route({path({"/{x}"})}, {"echo"}))),
        route({path({"/private"})}, {}),
        route({path({"/{y}"})}, {"room"}),
        acked(route({}, {"audit"})),
    }));
    EXPECT_EQ(of_text(router, 0, {{"path", "/a"}}, ""), "deliver acked 1:x=a 3:y=a");
    EXPECT_EQ(of_text(router, 1, {{"path", "/a"}}, ""), "deliver acked 0 1:x=a 3:y=a");
    EXPECT_EQ(of_text(router, 0, {{"path", "/private"}}, ""), "deliver acked 1:x=private 2");
    EXPECT_EQ(of_text(router, 1, {}, ""), "deliver acked 0 4");
    EXPECT_EQ(of_text(router, 0, {}, ""), "deliver acked 4");
}

TEST(Router, TheStrictestClassOfThoseThatDeliverGoverns) {
    const Router router(config_of({going_on(route({path({"/a", "/b"})}, {"echo"})),
                                   acked(route({path({"/a"})}, {"audit"})), route({path({"/b"})}, {})}));
    EXPECT_EQ(of_text(router, 0, {{"path", "/a"}}, ""), "deliver acked 0 1");
    EXPECT_EQ(of_text(router, 0, {{"path", "/b"}}, ""), "deliver 0 2");
    EXPECT_EQ(of_text(router, 0, {{"path", "/c"}}, ""), "unmatched");
}

TEST(Router, A3_constant_routes_are_decided_as_the_scope_opens) {
    const Router router(config_of({
        route({path({"/fixed"})}, {"echo"}),
        route({path({"/mixed"}), text({"stop"})}, {"audit"}),
        going_on(route({path({"/mixed", "/both"})}, {"room"})),
        going_on(route({path({"/both"}), text({"log*"})}, {"audit"})),
        route({path({"/both"})}, {"echo"}),
        route({path({"/maybe"}), text({"x"})}, {}),
        route({path({"/shadowed"}), text({"{t}"})}, {"echo"}),
        route({path({"/shadowed", "/drop"})}, {}),
    }));
    EXPECT_EQ(outcome(router.at_open(0, std::vector<Attribute>{{"path", "/fixed"}})), "deliver 0");
    EXPECT_EQ(outcome(router.at_open(0, std::vector<Attribute>{{"path", "/mixed"}})), "deliver 2, per message");
    EXPECT_EQ(outcome(router.at_open(0, std::vector<Attribute>{{"path", "/both"}})), "deliver 2 4, per message");
    EXPECT_EQ(outcome(router.at_open(0, std::vector<Attribute>{{"path", "/maybe"}})),
              "unmatched, per message, delivers nothing");
    EXPECT_EQ(outcome(router.at_open(0, std::vector<Attribute>{{"path", "/shadowed"}})), "drop 7, per message");
    EXPECT_EQ(outcome(router.at_open(0, std::vector<Attribute>{{"path", "/drop"}})), "drop 7, delivers nothing");
    EXPECT_EQ(outcome(router.at_open(0, std::vector<Attribute>{{"path", "/x"}})), "unmatched, delivers nothing");
    EXPECT_EQ(of_text(router, 0, {{"path", "/mixed"}}, "stop"), "deliver 1");
    EXPECT_EQ(of_text(router, 0, {{"path", "/mixed"}}, "go"), "deliver 2");
    EXPECT_EQ(of_text(router, 0, {{"path", "/both"}}, "log it"), "deliver 2 3 4");
    EXPECT_EQ(of_text(router, 0, {{"path", "/shadowed"}}, ""), "drop 7");
    EXPECT_TRUE(router.is_constant(0, 0));
    EXPECT_FALSE(router.is_constant(0, 1));
}

TEST(Router, A3_what_a_scope_that_varies_leaves_out_is_not_known_as_it_opens) {
    Config config = config_of({route({adapter({"plant"}), topic({"a/{x}"})}, {"echo"}),
                               route({adapter({"plant"}), path({"/p"})}, {"audit"}), route({path({"/q"})}, {"room"})});
    config.adapters[1].match_keys = {{"topic", KeyType::topic, true}, {"path", KeyType::path, true}};
    const Router router(config);
    const std::vector<Attribute> p{{"path", "/p"}}, q{{"path", "/q"}}, r{{"path", "/r"}};
    EXPECT_EQ(outcome(router.at_open(1, p)), "deliver 1");
    EXPECT_EQ(outcome(router.at_open(1, p, true)), "deliver 1, per message");
    EXPECT_EQ(outcome(router.at_open(1, q, true)), "deliver 2, per message");
    EXPECT_EQ(outcome(router.at_open(1, r)), "unmatched, delivers nothing");
    EXPECT_EQ(outcome(router.at_open(1, r, true)), "unmatched, per message");
    EXPECT_EQ(outcome(router.at_open(1, {}, true)), "unmatched, per message");
}

TEST(Router, A3_attributes_that_may_change_are_not_looked_at_as_the_scope_opens) {
    Config config = config_of({route({adapter({"plant"}), topic({"a/{x}"})}, {"echo"}), route({}, {"audit"})});
    config.adapters[1].match_keys = {{"topic", KeyType::topic, false}};
    const Router router(config);
    EXPECT_FALSE(router.is_constant(1, 0));
    EXPECT_TRUE(router.is_constant(1, 1));
    EXPECT_EQ(outcome(router.at_open(1, std::vector<Attribute>{{"topic", "a/1"}})), "deliver 1, per message");
    EXPECT_EQ(outcome(router.at_open(0, {})), "deliver 1") << "the first route is not for this adapter";
    EXPECT_EQ(of_text(router, 1, {{"topic", "a/1"}}, ""), "deliver 0:x=1");
    EXPECT_EQ(of_text(router, 1, {{"topic", "b/1"}}, ""), "deliver 1");
}

TEST(Router, TargetsAreConsumersAndTheirChannels) {
    const Router router(config_of({route({path({"/{line}/{n}"})}, {"audit", "room:hall", "echo:{n}-{line}"})}));
    const auto targets = router.targets(0);
    ASSERT_EQ(targets.size(), 3u);
    EXPECT_EQ(targets[0].consumer, 1u);
    EXPECT_FALSE(targets[0].channel);
    EXPECT_EQ(targets[1].consumer, 2u);
    EXPECT_EQ(targets[1].channel->make({}), "hall");
    MessageView message;
    const Routing routing = router.match(0, std::vector<Attribute>{{"path", "/a/7"}}, message);
    EXPECT_EQ(targets[2].channel->make(routing.matches.at(0).captures), "7-a");
    EXPECT_EQ(targets[2].channel->names(), (std::vector<std::string_view>{"n", "line"}));
}

TEST(Router, ExplainsEachRouteOfTheAdapter) {
    const Router router(config_of({
        route({adapter({"plant"}), path({"/a"})}, {"echo"}),
        going_on(route({path({"/{x}"})}, {"echo"})),
        route({path({"/a"}), text({"x"})}, {"audit"}),
        route({}, {"room"}),
        route({path({"/b"})}, {}),
    }));
    std::string found;
    for (const RouteReport& report : router.explain(0, std::vector<Attribute>{{"path", "/a"}}, {}, nullptr)) {
        found += std::to_string(report.route) + "nmy"[static_cast<int>(report.truth)];
        found += report.is_reached ? "" : " behind";
        for (const PredicateReport& predicate : report.predicates) {
            found += " " + predicate.key + "=" + predicate.value + "nmy"[static_cast<int>(predicate.truth)];
        }
        found += "\n";
    }
    EXPECT_EQ(found, "1y path=/ay\n2m path=/ay text=m\n3y\n4n behind path=/an\n");
}

// The index may leave nothing out: it has to agree with trying every route in order.
TEST(Router, AgreesWithTryingEachRoute) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    auto pick = [&](auto&& list) { return list[random() % std::size(list)]; };
    const std::vector<std::string> patterns = {"/a",  "/a/*", "/a/{x}", "/b/{y}", "*",
                                               "{z}", "/ab",  "/a*",    "/{q}/c", ""};
    const std::vector<std::string> values = {"/a", "/a/", "/a/b", "/b/1", "/ab", "/abc", "/z/c", "/a/c", "", "q"};
    for (int round = 0; round < 300; ++round) {
        std::vector<RouteConfig> routes;
        for (int i = 0; i < 12; ++i) {
            std::vector<MatchConfig> match;
            if (random() % 3 == 0) match.push_back(adapter({pick(std::vector<std::string>{"web", "plant"})}));
            if (random() % 4 != 0) match.push_back(path({pick(patterns), pick(patterns)}));
            if (random() % 3 == 0) match.push_back(query({pick(patterns)}));
            if (random() % 4 == 0) match.push_back(text({pick(patterns)}));
            routes.push_back(route(match, {"echo"}));
            routes.back().goes_on = random() % 3 == 0;
        }
        const Router whole(config_of(routes));
        std::vector<Router> singles;
        for (const RouteConfig& one : routes) singles.emplace_back(config_of({one}));
        for (int i = 0; i < 20; ++i) {
            const std::uint32_t from = random() % 2;
            const std::string first = pick(values), second = pick(values), third = pick(values);
            const std::vector<Attribute> attributes = {{"path", first}, {"query", second}};
            std::string expected;
            const std::string at_open = outcome(whole.at_open(from, attributes));
            for (std::size_t at = 0; at < singles.size(); ++at) {
                const std::string single = of_text(singles[at], from, attributes, third);
                if (single == "unmatched") continue;
                expected += " " + std::to_string(at) + single.substr(std::string("deliver 0").size());
                if (!routes[at].goes_on) break;
            }
            expected = expected.empty() ? "unmatched" : "deliver" + expected;
            EXPECT_EQ(of_text(whole, from, attributes, third), expected) << first << " " << second << " " << third;
            if (at_open.find("per message") == at_open.npos) {
                EXPECT_EQ(at_open, expected == "unmatched" ? "unmatched, delivers nothing" : expected);
            }
        }
    }
}

}  // namespace
}  // namespace millrace
