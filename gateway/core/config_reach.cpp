#include <algorithm>
#include <list>
#include <optional>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/router.hpp"

namespace millrace {
namespace {

constexpr std::size_t kSamplesMax = 256;
constexpr char kFiller = '\x01';

// Messages that together stand for all that a route matches: one for each choice of a pattern for each key. What only
// a wildcard can match fills the wildcards, so whatever matches the message has a wildcard of its own in that place.
class Samples {
  public:
    explicit Samples(const RouteConfig& route) {
        for (const MatchConfig& match : route.match) {
            if (match.key != "adapter") add(match);
        }
    }

    // Empty: too many.
    const std::vector<std::vector<Attribute>>& all() const { return all_; }

  private:
    void add(const MatchConfig& match) {
        std::vector<std::vector<Attribute>> longer;
        for (const std::string& text : match.patterns) {
            values_.push_back(Pattern::compile(text, match.is_path).value().sample(kFiller));
            for (const std::vector<Attribute>& attributes : all_) {
                if (longer.size() == kSamplesMax) return all_.clear();
                longer.push_back(attributes);
                longer.back().push_back({match.key, values_.back()});
            }
        }
        all_ = std::move(longer);
    }

    std::list<std::string> values_;
    std::vector<std::vector<Attribute>> all_ = {{}};
};

bool contains(const RouteConfig& route, char c) {
    return std::ranges::any_of(route.match, [c](const MatchConfig& match) {
        return std::ranges::any_of(match.patterns, [c](const std::string& text) { return text.find(c) != text.npos; });
    });
}

// May the sample speak for all? Not where a `*`, which may take nothing, meets a capture, which may not, nor where one
// of the two routes lets a wildcard take a `/` and the other does not.
bool is_certain(const RouteConfig& later, const RouteConfig& earlier) {
    if (contains(earlier, kFiller) || (contains(later, '*') && contains(earlier, '{'))) return false;
    return std::ranges::all_of(later.match, [&](const MatchConfig& match) {
        auto other = std::ranges::find(earlier.match, match.key, &MatchConfig::key);
        return other == earlier.match.end() || other->is_path == match.is_path;
    });
}

// The route that takes the first of the samples, where routes before `index` take all of them.
std::optional<std::uint32_t> taken_before(std::uint32_t index, const Config& config, const Router& router) {
    const RouteConfig& route = config.routes[index];
    std::optional<std::uint32_t> first;
    Samples samples(route);
    for (std::uint32_t adapter : adapters_of(route, config)) {
        for (const std::vector<Attribute>& attributes : samples.all()) {
            Decision decision = router.match(adapter, attributes);
            bool is_taken = decision.outcome != Decision::Outcome::unmatched && decision.route < index;
            if (!is_taken || !is_certain(route, config.routes[decision.route])) return std::nullopt;
            if (!first) first = decision.route;
        }
    }
    return first;
}

}  // namespace

void check_reach(const Config& config, ConfigErrors& errors) {
    Router router(config);
    for (std::uint32_t i = 0; i < config.routes.size(); ++i) {
        auto taker = taken_before(i, config, router);
        if (!taker) continue;
        const RouteConfig& earlier = config.routes[*taker];
        report(errors, config.routes[i].at, "unreachable-route",
               "route '" + config.routes[i].name + "' gets no message: '" + earlier.name + "' in line " +
                   std::to_string(earlier.at.line) + " takes them before it");
    }
}

}  // namespace millrace
