#include <algorithm>
#include <limits>
#include <utility>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/router_json.hpp"

namespace millrace {
namespace {

constexpr std::size_t kRegexesMax = 1024;
constexpr std::string_view kForms[] = {"regex", "gt", "ge", "lt", "le", "exists"};

ValueConfig read_regex(MapReader& keys, Reading& reading) {
    RegexConfig regex;
    keys.read("regex", regex.text);
    if (++reading.regexes == kRegexesMax + 1) {
        report(reading.errors, keys.find("regex")->at, "too-many", "the file has more than 1024 regular expressions");
    }
    return regex;
}

ValueConfig read_exists(MapReader& keys) {
    ExistsConfig exists;
    keys.read_flag("exists", exists.is_wanted);
    return exists;
}

ValueConfig read_range(const YamlNode& node, MapReader& keys, ConfigErrors& errors) {
    constexpr double kMost = std::numeric_limits<double>::max();
    RangeConfig range;
    for (auto [open, closed] : {std::pair("gt", "ge"), std::pair("lt", "le")}) {
        if (!keys.find(open) || !keys.find(closed)) continue;
        report(errors, std::max(keys.find(open)->at, keys.find(closed)->at), "bad-value",
               "'" + std::string(open) + "' and '" + closed + "' are both bounds of the same side");
    }
    for (const char* key : {"gt", "ge"}) keys.read_real(key, range.low, -kMost, kMost);
    for (const char* key : {"lt", "le"}) keys.read_real(key, range.high, -kMost, kMost);
    range.is_above_low = keys.find("gt") != nullptr;
    range.is_below_high = keys.find("lt") != nullptr;
    const bool is_open = range.is_above_low || range.is_below_high;
    if (range.low > range.high || (range.low == range.high && is_open)) {
        report(errors, node.at, "bad-value", "no number is within these bounds");
    }
    return range;
}

// A value that is a map.
std::optional<ValueConfig> read_form(const YamlNode& node, const std::string& key, Reading& reading) {
    ConfigErrors& errors = reading.errors;
    const std::size_t errors_before = errors.size();
    MapReader keys(node, node.at, "the value of '" + key + "'", kForms, errors);
    if (errors.size() != errors_before) return std::nullopt;
    if (node.entries.empty()) {
        report(errors, node.at, "bad-value", "'" + key + "' has an empty map: nothing is asked");
        return std::nullopt;
    }
    for (std::string_view alone : {"regex", "exists"}) {
        const YamlEntry* entry = keys.find(alone);
        if (!entry || node.entries.size() == 1) continue;
        report(errors, entry->at, "bad-value", "'" + entry->key + "' stands alone in its map");
        return std::nullopt;
    }
    std::optional<ValueConfig> value = keys.find("regex")    ? read_regex(keys, reading)
                                       : keys.find("exists") ? read_exists(keys)
                                                             : read_range(node, keys, errors);
    return errors.size() == errors_before ? value : std::nullopt;
}

}  // namespace

std::optional<ValueConfig> read_value(const YamlNode& node, const std::string& key, Reading& reading) {
    if (node.kind == YamlNode::Kind::map) return read_form(node, key, reading);
    const std::string* text =
        read_scalar(node, key, "text, a list, or a map such as { regex: '...' } or { gt: 5 }", reading.errors);
    if (!text) return std::nullopt;
    if (!key.starts_with("json.") || node.is_quoted) return *text;
    const YamlType type = type_of(node);
    if (type == YamlType::boolean) return text->front() == 't' || text->front() == 'T' ? "true" : "false";
    const bool is_number = type == YamlType::integer || type == YamlType::real;
    return is_number ? normal_number(*text).value_or(*text) : *text;
}

}  // namespace millrace
