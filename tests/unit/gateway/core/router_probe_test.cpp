#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <sstream>

#include "gateway/core/router.hpp"
#include "tests/unit/gateway/core/config_fixture.hpp"

// Where a message would go of which not all is known (contract D11).
namespace millrace {
namespace {

using testing::TemporaryFolder;

std::string write(const Probe& probe) {
    std::string text = probe.answer == Truth::no ? "no" : probe.answer == Truth::yes ? "yes" : "maybe";
    for (const std::uint32_t route : probe.routes) text += " " + std::to_string(route);
    return text;
}

// "path=/a query=" as attributes; views of the text.
std::vector<Attribute> attributes_of(std::string_view text) {
    std::vector<Attribute> attributes;
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(' '));
        attributes.push_back({one.substr(0, one.find('=')), one.substr(one.find('=') + 1)});
        text.remove_prefix(std::min(one.size() + 1, text.size()));
    }
    return attributes;
}

std::vector<std::string_view> names_of(std::string_view text) {
    std::vector<std::string_view> names;
    for (const Attribute& each : attributes_of(text)) names.push_back(each.key);
    return names;
}

struct Row {
    std::string_view routes;   // One a line: what stands under `match`, and with `drop` or `continue` behind it.
    std::string_view known;    // Attributes of adapter `web`,
    std::string_view unknown;  // and the names of those that are not known yet. The rest is absent.
    std::string_view expected;
};

Router router_of(const TemporaryFolder& folder, std::string_view routes) {
    std::string text =
        "version: 1\nadapters: { web: { type: websocket }, plant: { type: mqtt } }\n"
        "consumers: { echo: { plugin: echo } }\nroutes:\n";
    std::istringstream lines{std::string(routes)};
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const std::string head = "- { name: r" + std::to_string(count) + ", match: ";
        if (line.ends_with(" drop")) {
            text += head + line.substr(0, line.size() - 5) + ", drop: true }\n";
        } else if (line.ends_with(" continue")) {
            text += head + line.substr(0, line.size() - 9) + ", to: echo, continue: true }\n";
        } else {
            text += head + line + ", to: echo }\n";
        }
    }
    const ConfigResult result = testing::read_text(folder, text);
    EXPECT_EQ(testing::places(result), "") << text;
    return Router(result.config);
}

constexpr Row kPredicates[] = {
    {"{ path: /a }", "path=/a", "", "yes 0"},
    {"{ path: /a }", "path=/b", "", "no"},
    {"{ path: /a }", "", "path", "maybe 0"},
    {"{ path: /a }", "", "", "no"},
    {"{ path: \"/{x}\" }", "path=/a", "", "yes 0"},
    {"{ path: \"/{x}\" }", "path=", "", "no"},
    {"{ query: { exists: true } }", "", "", "no"},
    {"{ query: { exists: false } }", "", "", "yes 0"},
    {"{ query: { exists: true } }", "query=", "", "yes 0"},
    {"{ query: { exists: false } }", "", "query", "maybe 0"},
    {"{ query: { lt: 10 } }", "query=9", "", "yes 0"},
    {"{ query: { lt: 10 } }", "query=11", "", "no"},
    {"{ query: { lt: 10 } }", "", "query", "maybe 0"},
    {"{ query: { regex: '[a-z]+' } }", "query=a", "", "yes 0"},
    {"{ query: { regex: '[a-z]+' } }", "", "query", "maybe 0"},
    // What the message itself says is never known.
    {"{ text: hello }", "path=/a", "", "maybe 0"},
    {"{ text: { exists: false } }", "path=/a", "", "maybe 0"},
    {"{ header.subject: x }", "path=/a", "", "maybe 0"},
    {"{ header.subject: x }", "header.subject=x", "", "maybe 0"},
    {"{ json.a: 1 }", "path=/a", "", "maybe 0"},
    // But that it is one.
    {"{ kind: MESSAGE }", "", "", "yes 0"},
    {"{ kind: RECEIPT }", "", "", "no"},
    {"{ kind: [GAP, MESSAGE] }", "", "", "yes 0"},
    {"{ adapter: web }", "", "path", "yes 0"},
    {"{ adapter: plant }", "", "path", "no"},
    {"{}", "", "path", "yes 0"},
    // What is said to be both given and not known is not known.
    {"{ path: /a }", "path=/b", "path", "maybe 0"},
};

constexpr Row kCombinations[] = {
    {"{ path: /a, query: x }", "path=/a", "query", "maybe 0"},
    {"{ path: /a, query: x }", "path=/b", "query", "no"},
    {"{ path: /a, query: x }", "path=/a", "", "no"},
    {"{ path: /a, text: x }", "path=/a", "", "maybe 0"},
    {"{ path: /a, text: x }", "path=/b", "", "no"},
    {"{ all: [ { path: /a }, { query: x } ] }", "path=/a", "query", "maybe 0"},
    {"{ all: [ { path: /a }, { query: x } ] }", "query=y", "path", "no"},
    {"{ any: [ { path: /a }, { query: x } ] }", "path=/a", "query", "yes 0"},
    {"{ any: [ { query: x }, { path: /a } ] }", "path=/a", "query", "yes 0"},
    {"{ any: [ { path: /a }, { query: x } ] }", "path=/b", "query", "maybe 0"},
    {"{ any: [ { path: /a }, { query: x } ] }", "path=/b", "", "no"},
    // Captures may still come out otherwise; the answer does not.
    {"{ any: [ { query: \"{q}\" }, { path: \"/{q}\" } ] }", "path=/a", "query", "yes 0"},
    {"{ not: { path: /a } }", "path=/a", "", "no"},
    {"{ not: { path: /a } }", "path=/b", "", "yes 0"},
    {"{ not: { path: /a } }", "", "path", "maybe 0"},
    {"{ not: { path: /a } }", "", "", "yes 0"},
    {"{ not: { text: spam } }", "", "", "maybe 0"},
    {"{ path: /a, not: { any: [ { query: x }, { text: y } ] } }", "path=/a query=x", "", "no"},
    {"{ path: /a, not: { any: [ { query: x }, { text: y } ] } }", "path=/a query=z", "", "maybe 0"},
    {"{ not: { all: [ { query: x }, { text: y } ] } }", "query=z", "", "yes 0"},
    {"{ not: { all: [ { query: x }, { text: y } ] } }", "query=x", "", "maybe 0"},
    // Nobody finds out that one of the two has to hold.
    {"{ any: [ { text: x }, { not: { text: x } } ] }", "", "", "maybe 0"},
};

constexpr Row kRoutes[] = {
    {"", "path=/a", "", "no"},
    // The search ends with what surely takes it, and not before.
    {"{ path: /a }\n{}", "path=/a", "", "yes 0"},
    {"{ path: /a }\n{}", "path=/b", "", "yes 1"},
    {"{ path: /a }\n{}", "", "path", "yes 0 1"},
    {"{ text: x }\n{ path: /a }\n{}", "path=/a", "", "yes 0 1"},
    {"{ text: x }\n{ path: /b }", "path=/a", "", "maybe 0"},
    {"{ path: /a, text: x }\n{ path: /b }\n{ path: /a, query: y }", "path=/a", "query", "maybe 0 2"},
    // Those that go on take it beside the others.
    {"{ path: /a } continue\n{ path: /a }\n{}", "path=/a", "", "yes 0 1"},
    {"{ path: /a } continue\n{ text: x }", "path=/a", "", "yes 0 1"},
    {"{ text: x } continue\n{ path: /b }", "path=/a", "", "maybe 0"},
    {"{} continue\n{} continue\n{}", "", "", "yes 0 1 2"},
    // To be dropped is not to be delivered: for certain it is a no, and what may be dropped is no more than maybe.
    {"{} drop", "path=/a", "", "no"},
    {"{ path: /a } drop\n{}", "path=/a", "", "no"},
    {"{ path: /a } drop\n{}", "path=/b", "", "yes 1"},
    {"{ path: /a } drop\n{}", "", "path", "maybe 1"},
    {"{ text: spam } drop\n{ path: /a }", "path=/a", "", "maybe 1"},
    {"{ text: spam } drop\n{ path: /a }", "path=/b", "", "no"},
    {"{ path: /a } continue\n{ text: spam } drop\n{}", "path=/a", "", "yes 0 2"},
    {"{ text: x }\n{ path: /a } drop\n{}", "path=/a", "", "maybe 0"},
    {"{ text: x } continue\n{ path: /a } drop\n{}", "path=/a", "", "maybe 0"},
    // Routes of other adapters are not asked.
    {"{ adapter: plant } drop\n{ adapter: plant }\n{ adapter: web, text: x }", "", "", "maybe 2"},
};

void check(std::span<const Row> rows) {
    const TemporaryFolder folder;
    for (const Row& row : rows) {
        const Router router = router_of(folder, row.routes);
        EXPECT_EQ(write(router.probe(0, attributes_of(row.known), names_of(row.unknown))), row.expected)
            << row.routes << "\nknown: " << row.known << "\nnot known: " << row.unknown;
    }
}

TEST(RouterProbe, D11_predicates_have_three_values) { check(kPredicates); }
TEST(RouterProbe, D11_combinations_have_three_values) { check(kCombinations); }
TEST(RouterProbe, D11_routes_are_asked_up_to_the_first_that_surely_takes_it) { check(kRoutes); }

TEST(RouterProbe, D11_recipients_are_alike_where_the_same_routes_may_take_them) {
    const TemporaryFolder folder;
    const Router router = router_of(folder,
                                    "{ path: \"/sales/{tag}\" }\n"
                                    "{ path: [/ann, /bob], header.subject: \"[x] *\" }\n"
                                    "{ path: /ann }\n"
                                    "{ path: \"/old/*\" } drop\n"
                                    "{ path: /bob }");
    const auto routes = [&](std::string_view path) {
        return router.probe(0, std::vector<Attribute>{{"path", path}}, {}).routes;
    };
    EXPECT_EQ(routes("/sales/a"), routes("/sales/b"));
    EXPECT_NE(routes("/ann"), routes("/bob"));
    EXPECT_NE(routes("/ann"), routes("/sales/a"));
    EXPECT_EQ(routes("/old/x"), std::vector<std::uint32_t>());
}

// ---- Random rules, and random messages that turn out of what was known ---------------------------------------------

constexpr const char* kKeys[] = {"path", "query", "host"};
constexpr const char* kValues[] = {"a", "b", "c"};

// A whole message, or what is known of it: of each key its value, that it is absent, or nothing at all.
struct Knowledge {
    enum class State { known, absent, unknown };

    std::vector<State> states;
    std::vector<std::string> values;

    std::vector<Attribute> attributes() const {
        std::vector<Attribute> list;
        for (std::size_t i = 0; i < states.size(); ++i) {
            if (states[i] == State::known) list.push_back({kKeys[i], values[i]});
        }
        return list;
    }
    std::vector<std::string_view> unknown() const {
        std::vector<std::string_view> list;
        for (std::size_t i = 0; i < states.size(); ++i) {
            if (states[i] == State::unknown) list.push_back(kKeys[i]);
        }
        return list;
    }
};

class Dice {
  public:
    explicit Dice(unsigned seed) : random_(seed) {}

    std::size_t roll(std::size_t sides) { return random_() % sides; }
    const char* value() { return kValues[roll(std::size(kValues))]; }

    MatchConfigs match(int depth = 0) {
        MatchConfigs all;
        for (std::size_t i = roll(3); i > 0; --i) all.push_back(part(depth));
        return all;
    }

    std::vector<RouteConfig> routes() {
        std::vector<RouteConfig> routes(1 + roll(6));
        for (RouteConfig& route : routes) {
            route.match = match();
            route.drop = roll(4) == 0;
            route.goes_on = !route.drop && roll(3) == 0;
            if (!route.drop) route.to = {"echo"};
        }
        return routes;
    }

    Knowledge knowledge() {
        Knowledge known;
        for (std::size_t i = 0; i < std::size(kKeys); ++i) {
            known.states.push_back(static_cast<Knowledge::State>(roll(3)));
            known.values.emplace_back(value());
        }
        return known;
    }

    // All that was not known turns out somehow.
    Knowledge complete(Knowledge known) {
        for (std::size_t i = 0; i < known.states.size(); ++i) {
            if (known.states[i] != Knowledge::State::unknown) continue;
            known.states[i] = static_cast<Knowledge::State>(roll(2));
            known.values[i] = value();
        }
        return known;
    }

    // Some of what was known is not known any more.
    Knowledge forget(Knowledge known) {
        for (auto& state : known.states) {
            if (roll(2) == 0) state = Knowledge::State::unknown;
        }
        return known;
    }

  private:
    MatchConfig part(int depth) {
        const std::size_t form = roll(depth < 2 ? 8 : 5);
        if (form >= 5) {
            MatchConfig combined{form == 5 ? "all" : form == 6 ? "any" : "not", {}, KeyType::text, {}, {}};
            for (std::size_t i = form == 7 ? 1 : 1 + roll(3); i > 0; --i) {
                combined.parts.push_back(match(depth + 1));
                if (combined.parts.back().empty()) combined.parts.back().push_back(part(2));
            }
            return combined;
        }
        std::string key = form < 3 ? kKeys[form] : form == 3 ? "text" : "header.x";
        if (form == 4 && roll(2) == 0) key = "kind";
        std::vector<ValueConfig> values;
        for (std::size_t i = 1 + roll(2); i > 0; --i) values.push_back(key == "kind" ? kind() : one());
        return {std::move(key), std::move(values), KeyType::text, {}, {}};
    }
    ValueConfig one() {
        const std::size_t form = roll(8);
        if (form == 0) return ExistsConfig{roll(2) == 0};
        if (form == 1) return std::string("{x}");
        if (form == 2) return RegexConfig{"[ab]"};
        return std::string(value());
    }
    ValueConfig kind() { return std::string(kRoutedKinds[roll(3)]); }

    std::mt19937 random_;
};

Config config_of(std::vector<RouteConfig> routes) {
    Config config;
    config.adapters.emplace_back().name = "web";
    config.consumers.emplace_back().name = "echo";
    config.routes = std::move(routes);
    return config;
}

std::set<std::uint32_t> delivering(const Config& config, const Routing& routing) {
    std::set<std::uint32_t> routes;
    for (const Match& match : routing.matches) {
        if (!config.routes[match.route].drop) routes.insert(match.route);
    }
    return routes;
}

TEST(RouterProbe, D11_what_was_answered_holds_whatever_the_rest_turns_out_to_be) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    int counts[3] = {};
    for (int round = 0; round < 3'000; ++round) {
        const Config config = config_of(dice.routes());
        const Router router(config);
        const Knowledge known = dice.knowledge();
        const Probe probe = router.probe(0, known.attributes(), known.unknown());
        ++counts[static_cast<int>(probe.answer)];
        ASSERT_EQ(probe.answer == Truth::no, probe.routes.empty());
        const std::set<std::uint32_t> possible(probe.routes.begin(), probe.routes.end());
        for (int i = 0; i < 8; ++i) {
            const Knowledge whole = dice.complete(known);
            const std::string text = dice.value();
            const std::vector<Attribute> headers(dice.roll(2), Attribute{"x", dice.value()});
            MessageView message;
            message.text = message.payload = text;
            message.headers = headers;
            const Routing routing = router.match(0, whole.attributes(), message);
            const auto taken = delivering(config, routing);
            ASSERT_TRUE(std::ranges::includes(possible, taken)) << "round " << round << ": " << write(probe);
            ASSERT_TRUE(probe.answer != Truth::yes || !taken.empty()) << "round " << round;
        }
    }
    for (const int count : counts) EXPECT_GT(count, 100);
}

TEST(RouterProbe, D11_who_knows_less_names_no_fewer_routes) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    for (int round = 0; round < 3'000; ++round) {
        const Router router(config_of(dice.routes()));
        const Knowledge known = dice.knowledge(), less = dice.forget(known);
        const Probe sharp = router.probe(0, known.attributes(), known.unknown());
        const Probe blunt = router.probe(0, less.attributes(), less.unknown());
        ASSERT_TRUE(std::ranges::includes(blunt.routes, sharp.routes)) << "round " << round;
        ASSERT_TRUE(blunt.answer == Truth::maybe || blunt.answer == sharp.answer) << "round " << round;
    }
}

// Where nothing is unknown and no route asks what the message says, the probe has to agree with the match.
TEST(RouterProbe, D11_where_all_is_known_it_is_no_guess) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    for (int round = 0; round < 3'000; ++round) {
        const Config config = config_of(dice.routes());
        const Router router(config);
        const Knowledge whole = dice.complete(dice.knowledge());
        const bool is_decided = std::ranges::all_of(config.routes, [&](const RouteConfig& route) {
            const auto index = static_cast<std::uint32_t>(&route - config.routes.data());
            return router.condition(index).every([](const Predicate& predicate) {
                return predicate.key.source == FactKey::Source::attribute ||
                       predicate.key.source == FactKey::Source::kind;
            });
        });
        if (!is_decided) continue;
        MessageView message;
        const Routing routing = router.match(0, whole.attributes(), message);
        const Probe probe = router.probe(0, whole.attributes(), {});
        const auto taken = delivering(config, routing);
        ASSERT_EQ(std::vector<std::uint32_t>(taken.begin(), taken.end()), probe.routes) << "round " << round;
        ASSERT_EQ(probe.answer, taken.empty() ? Truth::no : Truth::yes) << "round " << round;
    }
}

}  // namespace
}  // namespace millrace
