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

MatchConfig path(std::vector<std::string> patterns) { return {"path", std::move(patterns), true, {}}; }
MatchConfig query(std::vector<std::string> patterns) { return {"query", std::move(patterns), false, {}}; }
MatchConfig adapter(std::vector<std::string> names) { return {"adapter", std::move(names), false, {}}; }

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
            routes.push_back(route(match, {"echo"}));
        }
        Router whole(config_of(routes));
        std::vector<Router> singles;
        for (const RouteConfig& one : routes) singles.emplace_back(config_of({one}));
        for (int i = 0; i < 20; ++i) {
            std::uint32_t from = random() % 2;
            std::string first = pick(values), second = pick(values);
            std::vector<Attribute> attributes = {{"path", first}, {"query", second}};
            std::string expected = "unmatched";
            for (std::size_t at = 0; at < singles.size() && expected == "unmatched"; ++at) {
                std::string single = outcome(singles[at], from, attributes);
                if (single != "unmatched") expected = std::to_string(at) + single.substr(1);
            }
            EXPECT_EQ(outcome(whole, from, attributes), expected) << first << " " << second;
        }
    }
}

}  // namespace
}  // namespace millrace
