#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "gateway/core/manifest.hpp"

// What stands under `match` of a route, as plain data.
namespace millrace {

// A place in the configuration file, both from 1. Line 0: the file as a whole.
struct Position {
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    auto operator<=>(const Position&) const = default;
};

// A regular expression that the whole value has to match.
struct RegexConfig {
    std::string text;

    bool operator==(const RegexConfig&) const = default;
};

// Bounds of a number; one that is left out is infinite.
struct RangeConfig {
    double low = -std::numeric_limits<double>::infinity();
    double high = std::numeric_limits<double>::infinity();
    bool is_above_low = false;   // `gt`: the bound itself is outside.
    bool is_below_high = false;  // `lt`

    bool operator==(const RangeConfig&) const = default;
};

struct ExistsConfig {
    bool is_wanted = true;

    bool operator==(const ExistsConfig&) const = default;
};

// One value that a key may have; a text is a pattern.
using ValueConfig = std::variant<std::string, RegexConfig, RangeConfig, ExistsConfig>;

// One key under `match`. `adapter`, an attribute, `kind`, `text`, `header.NAME` and `json.PATH` ask for one of
// `values`; `all`, `any` and `not` combine what stands in `parts`, each of which is a map as `match` is.
struct MatchConfig {
    std::string key;
    std::vector<ValueConfig> values;
    KeyType type = KeyType::text;  // By the adapters' manifests.
    Position at;
    std::vector<std::vector<MatchConfig>> parts = {};
};

// All have to hold; none: everything matches.
using MatchConfigs = std::vector<MatchConfig>;

}  // namespace millrace
