#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/config.hpp"
#include "gateway/core/router_index.hpp"
#include "gateway/core/router_pattern.hpp"

// Which consumers take a message: a pure function of the rules and of what is known about the message.
namespace millrace {

// What a router says of one message. Valid as long as the router and the attributes' text.
struct Decision {
    enum class Outcome { deliver, drop, unmatched };

    Outcome outcome = Outcome::unmatched;
    std::uint32_t route = 0;                   // The index in Config::routes; of no meaning where unmatched.
    std::span<const std::uint32_t> consumers;  // Indexes in Config::consumers, in the order of `to`.
    Captures captures;                         // Of the first pattern that matched of each key.
};

// The adapters whose messages a route may take, as indexes in Config::adapters: those that it names, or all.
std::vector<std::uint32_t> adapters_of(const RouteConfig& route, const Config& config);

// The compiled routes. The first route that matches takes the message. Routes are found by an index over each
// adapter's most used match key, so the time of a match hardly grows with their number; it allocates nothing unless
// there are more than four captures.
// Thread: any; nothing changes after construction, so all loops share one.
class Router {
  public:
    // REQUIRES: a Config that was read without errors.
    explicit Router(const Config& config);

    // `adapter` is an index in Config::adapters; `attributes` are those of its scope, each key once.
    Decision match(std::uint32_t adapter, std::span<const Attribute> attributes) const;

  private:
    struct Predicate {
        std::string key;
        std::vector<Pattern> patterns;
    };
    struct Route {
        std::vector<Predicate> predicates;
        std::vector<std::uint32_t> consumers;
        bool drop = false;
    };

    static bool holds(const Route& route, std::span<const Attribute> attributes, Captures& captures);

    std::vector<Route> routes_;
    std::vector<RouteIndex> adapters_;
};

}  // namespace millrace
