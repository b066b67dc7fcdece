#include "gateway/core/config_match.hpp"

#include <algorithm>
#include <array>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/router_value.hpp"

namespace millrace {
namespace {

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kValuesMax = 1024;
constexpr std::string_view kHeader = "header.";
constexpr std::string_view kJson = "json.";
constexpr std::string_view kCommonKeys[] = {"adapter", "kind", "text", "all", "any", "not"};

using Names = std::vector<std::string>;

bool has(const Names& names, const std::string& name) { return std::ranges::count(names, name) != 0; }

void add_all(Names& names, const Names& more) {
    for (const std::string& name : more) {
        if (!has(names, name)) names.push_back(name);
    }
}

// What captures do in a part of `match`.
struct CaptureNames {
    Names bound;     // They take something whenever the part holds.
    Names possible;  // They may.

    // One of several parts holds.
    static CaptureNames either(const std::vector<CaptureNames>& parts) {
        CaptureNames all;
        for (const CaptureNames& part : parts) add_all(all.possible, part.possible);
        for (const std::string& name : all.possible) {
            if (std::ranges::all_of(parts, [&](auto& part) { return has(part.bound, name); })) {
                all.bound.push_back(name);
            }
        }
        return all;
    }
};

class MatchReader {
  public:
    explicit MatchReader(Reading& reading) : reading_(reading), errors_(reading.errors) {}

    // Where a map stands: the adapters whose messages it is about, with null for one that is not known, and the
    // captures that other keys have made already.
    struct Place {
        std::vector<const AdapterConfig*> adapters;
        Names taken;
        std::size_t depth = 0;
        bool is_negated = false;
    };

    CaptureNames read_map(const YamlNode& node, Place place, MatchConfigs& match) {
        if (const YamlEntry* entry = node.find("adapter")) place.adapters = read_adapters(*entry, match);
        CaptureNames captures;
        for (const YamlEntry& entry : node.entries) {
            if (entry.key == "adapter") continue;
            CaptureNames own = read_entry(entry, place, match);
            add_all(captures.bound, own.bound);
            add_all(captures.possible, own.possible);
            add_all(place.taken, own.possible);
        }
        return captures;
    }

  private:
    CaptureNames read_entry(const YamlEntry& entry, const Place& place, MatchConfigs& match) {
        MatchConfig config{entry.key, {}, KeyType::text, entry.at};
        CaptureNames captures;
        if (entry.key == "all" || entry.key == "any" || entry.key == "not") {
            captures = read_parts(entry, place, config);
        } else if (entry.key == "kind") {
            read_kinds(entry, config);
        } else {
            check_key(config, place.adapters);
            captures = read_values(entry, place, config);
        }
        if (!config.values.empty() || !config.parts.empty()) match.push_back(std::move(config));
        return captures;
    }

    CaptureNames read_parts(const YamlEntry& entry, const Place& place, MatchConfig& config) {
        const bool is_not = entry.key == "not";
        const YamlNode& node = entry.value;
        if (place.depth == kDepthMax) {
            report(errors_, entry.at, "too-deep", "'all', 'any' and 'not' nest no deeper than 8");
            return {};
        }
        if (node.kind != (is_not ? YamlNode::Kind::map : YamlNode::Kind::list)) {
            report(errors_, node.at, "wrong-type",
                   "'" + entry.key + "' has to be a " + (is_not ? "map" : "list of maps") + ", not " + describe(node));
            return {};
        }
        if (node.items.empty() && node.entries.empty()) {
            report(errors_, node.at, "bad-value", "'" + entry.key + "' is empty");
            return {};
        }
        Place inner = place;
        ++inner.depth;
        inner.is_negated = place.is_negated || is_not;
        if (is_not) {
            read_map(node, inner, config.parts.emplace_back());
            return {};
        }
        std::vector<CaptureNames> captures;
        for (const YamlNode& item : node.items) {
            if (item.kind != YamlNode::Kind::map) {
                report(errors_, item.at, "wrong-type",
                       "'" + entry.key + "' has to be a list of maps; in it is " + describe(item));
                continue;
            }
            captures.push_back(read_map(item, inner, config.parts.emplace_back()));
            if (entry.key == "all") add_all(inner.taken, captures.back().possible);
        }
        return entry.key == "any" ? CaptureNames::either(captures) : together(captures);
    }

    static CaptureNames together(const std::vector<CaptureNames>& parts) {
        CaptureNames all;
        for (const CaptureNames& part : parts) {
            add_all(all.bound, part.bound);
            add_all(all.possible, part.possible);
        }
        return all;
    }

    // Calls `read` for the value, or for each item of the list that it is.
    template <class Read> void each_value(const YamlEntry& entry, Read read) {
        if (entry.value.kind != YamlNode::Kind::list) return read(entry.value);
        if (entry.value.items.empty()) {
            report(errors_, entry.value.at, "bad-value", "'" + entry.key + "' has an empty list: nothing would match");
        }
        for (const YamlNode& item : entry.value.items) read(item);
    }

    std::vector<const AdapterConfig*> read_adapters(const YamlEntry& entry, MatchConfigs& match) {
        std::vector<const AdapterConfig*> found;
        MatchConfig config{"adapter", {}, KeyType::text, entry.at};
        each_value(entry, [&](const YamlNode& node) {
            const std::string* name = read_scalar(node, "adapter", "a name or a list of names", errors_);
            if (!name) return;
            const auto& adapters = reading_.config.adapters;
            auto adapter = std::ranges::find(adapters, *name, &AdapterConfig::name);
            if (adapter != adapters.end()) {
                found.push_back(&*adapter);
                config.values.emplace_back(*name);
                return;
            }
            std::vector<std::string_view> names;
            for (const AdapterConfig& other : adapters) names.push_back(other.name);
            report(errors_, node.at, "unknown-adapter", "no adapter '" + *name + "'" + hint(*name, names));
            found.push_back(nullptr);
        });
        if (!config.values.empty()) match.push_back(std::move(config));
        return found;
    }

    void read_kinds(const YamlEntry& entry, MatchConfig& config) {
        each_value(entry, [&](const YamlNode& node) {
            const std::string* name = read_scalar(node, "kind", "a kind of event or a list of them", errors_);
            if (!name) return;
            if (std::ranges::count(kRoutedKinds, *name) == 0) {
                return report(errors_, node.at, "bad-value",
                              "no event of the kind '" + *name + "' is routed" +
                                  hint(*name, {std::begin(kRoutedKinds), std::end(kRoutedKinds)}));
            }
            config.values.emplace_back(*name);
        });
    }

    CaptureNames read_values(const YamlEntry& entry, const Place& place, MatchConfig& config) {
        std::vector<CaptureNames> captures;
        each_value(entry, [&](const YamlNode& node) {
            if (++values_ == kValuesMax + 1) {
                report(errors_, node.at, "too-many", "a route's match has more than 1024 values");
            }
            if (values_ > kValuesMax) return;
            auto value = read_value(node, entry.key, reading_);
            if (!value) return;
            auto test = ValueTest::compile(*value, config.type);
            if (!test) {
                return report(errors_, place_of(node, *value), "bad-pattern",
                              "'" + text_of(*value) + "': " + test.error().text);
            }
            const Names names = test->pattern() ? test->pattern()->names() : Names();
            for (const std::string& name : names) check_capture(name, node.at, place);
            captures.push_back({names, names});
            config.values.push_back(*std::move(value));
        });
        return CaptureNames::either(captures);
    }

    static const std::string& text_of(const ValueConfig& value) {
        const auto* regex = std::get_if<RegexConfig>(&value);
        return regex ? regex->text : std::get<std::string>(value);
    }

    static Position place_of(const YamlNode& node, const ValueConfig& value) {
        return std::holds_alternative<RegexConfig>(value) ? node.find("regex")->value.at : node.at;
    }

    void check_capture(const std::string& name, Position at, const Place& place) {
        if (place.is_negated) {
            report(errors_, at, "bad-pattern",
                   "{" + name + "} takes nothing: where 'not' holds, what is in it does not");
        } else if (has(place.taken, name)) {
            report(errors_, at, "bad-pattern", "another key of this route captures {" + name + "} already");
        }
    }

    // The adapters whose messages the map is about have to declare the key. Where a plugin or an adapter is unknown
    // (which is an error of its own), its keys are too.
    void check_key(MatchConfig& match, const std::vector<const AdapterConfig*>& adapters) {
        const std::string& key = match.key;
        if (key == "text") return;
        if (key.starts_with(kHeader)) return check_header(match);
        if (key.starts_with(kJson)) {
            if (auto fault = JsonPaths::find_fault(std::string_view(key).substr(kJson.size()))) {
                report(errors_, match.at, "bad-name", "'" + key + "': " + *fault);
            }
            return;
        }
        bool is_known = false;
        std::vector<std::string_view> keys(std::begin(kCommonKeys), std::end(kCommonKeys));
        for (const AdapterConfig* adapter : adapters) {
            if (!adapter || !reading_.catalogue.adapter(adapter->type)) return;
            for (const MatchKey& declared : adapter->match_keys) {
                keys.push_back(declared.key);
                if (declared.key != key) continue;
                is_known = true;
                match.type = std::max(match.type, declared.type);
            }
        }
        if (!is_known) report_key(match, std::move(keys));
    }

    void check_header(const MatchConfig& match) {
        constexpr std::string_view kNever = "()<>@,;:\\\"/[]?={}";
        const std::string name = match.key.substr(kHeader.size());
        const bool is_right = !name.empty() && std::ranges::all_of(name, [&](char c) {
            return c > ' ' && c <= '~' && kNever.find(c) == kNever.npos;
        });
        if (!is_right) report(errors_, match.at, "bad-name", "'" + name + "' is no name of a header");
    }

    void report_key(const MatchConfig& match, std::vector<std::string_view> keys) {
        const std::string rest = match.key.substr(std::min(match.key.find('.'), match.key.size()));
        const std::array<std::string, 2> dotted = {"header" + (rest.empty() ? ".NAME" : rest),
                                                   "json" + (rest.empty() ? ".PATH" : rest)};
        keys.insert(keys.end(), dotted.begin(), dotted.end());
        std::ranges::sort(keys);
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        report(errors_, match.at, "unknown-match-key",
               "no adapter of this route has a match key '" + match.key + "'" + hint(match.key, keys));
    }

    Reading& reading_;
    ConfigErrors& errors_;
    std::size_t values_ = 0;
};

}  // namespace

MatchReading read_match(const YamlNode& node, Reading& reading) {
    MatchReading result;
    if (node.kind != YamlNode::Kind::map) {
        report(reading.errors, node.at, "wrong-type",
               "'match' has to be a map, not " + describe(node) + "; {} matches every message");
        return result;
    }
    MatchReader::Place place;
    for (const AdapterConfig& adapter : reading.config.adapters) place.adapters.push_back(&adapter);
    result.captures = MatchReader(reading).read_map(node, place, result.match).bound;
    return result;
}

}  // namespace millrace
