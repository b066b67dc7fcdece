#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/config.hpp"
#include "gateway/core/router_condition.hpp"
#include "gateway/core/router_index.hpp"
#include "gateway/core/router_target.hpp"

// Which routes take a message: a pure function of the rules and of what is known about the message.
namespace millrace {

// One route that takes a message.
struct Match {
    std::uint32_t route = 0;  // The index in Config::routes.
    Captures captures;
};

// What becomes of a message. Captures are views of the router, of the attributes and of the message.
struct Routing {
    enum class Outcome { deliver, drop, unmatched };

    Outcome outcome = Outcome::unmatched;
    DeliveryClass delivery = DeliveryClass::live;      // The strictest of the routes that deliver (contract D5).
    boost::container::small_vector<Match, 1> matches;  // In order; only the last one may be a route that drops.
};

// What can be said of all messages of a scope as it opens (contract A3).
struct Opening {
    Routing sure;                 // The routes that take each of them that gets so far.
    bool is_per_message = false;  // Other routes may take some first: each message has to be matched by itself.
    bool may_deliver = false;     // Some of them may get further than being dropped.
};

// Where a message would go of which not all is known yet (contract D11).
struct Probe {
    Truth answer = Truth::no;           // Will a route that delivers take it?
    std::vector<std::uint32_t> routes;  // Those that may, by their indexes in Config::routes, in order.
    std::string captured;               // What they capture of what is known: where it differs, so may the channels.
};

// How one route has been judged, with every predicate of it.
struct RouteReport {
    std::uint32_t route = 0;
    Truth truth = Truth::no;
    bool is_reached = true;  // False behind a route that has taken the message.
    std::vector<PredicateReport> predicates;
};

// What the first route that matches says of one message.
struct Decision {
    Routing::Outcome outcome = Routing::Outcome::unmatched;
    std::uint32_t route = 0;                   // The index in Config::routes; of no meaning where unmatched.
    std::span<const std::uint32_t> consumers;  // Indexes in Config::consumers, in the order of `to`.
    Captures captures;

    using Outcome = Routing::Outcome;
};

// The compiled routes. Routes are tried in order; the first one that matches and does not say `continue: true` ends the
// search. They are found by an index over each adapter's most used match key, so the time of a match hardly grows with
// their number; nothing is allocated unless there is more than one match or more than four captures, or JSON is read.
// Thread: any; nothing changes after construction, so all loops share one.
//
// `adapter` is everywhere an index in Config::adapters, `attributes` those of its scope or message, each key once.
class Router {
  public:
    // REQUIRES: a Config that was read without errors.
    explicit Router(const Config& config);
    Router(Router&&) = default;  // No copies: views into itself.

    // When a scope opens: its attributes that its adapter declares constant are known, and nothing else is. Where it
    // `varies`, neither are those that are not among `attributes`.
    Opening at_open(std::uint32_t adapter, std::span<const Attribute> attributes, bool varies = false) const;

    // For one message, of which all is known. Fills `message.json` where a route asks for it.
    Routing match(std::uint32_t adapter, std::span<const Attribute> attributes, MessageView& message) const;

    // For a MESSAGE of which no more is known yet than its attributes, and of those not the ones that `unknown` names;
    // what is in neither list is absent. Whatever the rest turns out to be: at `no` it is delivered to nobody, at `yes`
    // to somebody, and none but `routes` delivers it. A predicate that what is known does not decide is `maybe`; `all`,
    // `any` and `not` are those of Kleene's logic. Behind a route that surely takes it, and does not say `continue`,
    // there is nothing.
    Probe probe(std::uint32_t adapter, std::span<const Attribute> attributes,
                std::span<const std::string_view> unknown) const;

    // Every route that is for this adapter, with every predicate and what it was compared with. `message`: null where
    // nothing is known of it.
    std::vector<RouteReport> explain(std::uint32_t adapter, std::span<const Attribute> attributes,
                                     std::span<const std::string_view> unknown, MessageView* message) const;

    // The first route that matches by the attributes alone; `continue` is not looked at.
    Decision match(std::uint32_t adapter, std::span<const Attribute> attributes) const;

    // In the order of `to`; none where the route drops.
    std::span<const Target> targets(std::uint32_t route) const { return routes_[route].targets; }

    // Does the adapter declare constant within a scope whatever the route asks about?
    bool is_constant(std::uint32_t adapter, std::uint32_t route) const;

    // Is the route one for messages of this adapter?
    bool is_for(std::uint32_t adapter, std::uint32_t route) const;

    const Condition& condition(std::uint32_t route) const { return routes_[route].condition; }

    // For one adapter, where to look for routes by what is found for the index's key.
    const RouteIndex& index(std::uint32_t adapter) const { return adapters_[adapter].index; }

  private:
    struct Route {
        Condition condition;
        std::vector<Target> targets;
        std::vector<std::uint32_t> consumers;  // Of the targets that are no channels.
        bool drop = false;
        bool goes_on = false;
        DeliveryClass delivery = DeliveryClass::live;
    };
    struct Adapter {
        std::string name;
        std::vector<std::string> keys;      // Its match keys,
        std::vector<std::string> changing;  // and those that are not constant within a scope.
        std::vector<std::string_view> unknown_at_open;
        FactKey key;  // Of the index.
        RouteIndex index;
    };

    void add_route(const RouteConfig& config, const std::vector<ConsumerConfig>& consumers);
    void add_adapter(const AdapterConfig& config);
    Facts facts_of(std::uint32_t adapter, std::span<const Attribute> attributes) const;
    RouteIndex::Candidates candidates(std::uint32_t adapter, const Facts& facts) const;
    void add(std::uint32_t route, Captures captures, Routing& routing) const;

    JsonPaths paths_;
    std::vector<Route> routes_;
    std::vector<Adapter> adapters_;
};

}  // namespace millrace
