#include <algorithm>
#include <unordered_map>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/router_pattern.hpp"

namespace millrace {
namespace {

constexpr std::uint64_t kAttemptsMax = 100;
constexpr double kMultiplierMax = 100;
constexpr std::uint64_t kDurationMax_ms = 86'400'000;

// Reads routes one after the other. Names of adapters and consumers are known by now.
class RouteReader {
  public:
    explicit RouteReader(Reading& reading) : reading_(reading), errors_(reading.errors) {}

    void read(const YamlNode& node) {
        RouteConfig route;
        route.at = node.at;
        if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::list) {
            return report(errors_, node.at, "wrong-type", "a route has to be a map of keys, not " + describe(node));
        }
        MapReader keys(node, node.at, "route", kRouteKeys, errors_);
        keys.require("name");
        keys.read("name", route.name);
        if (!route.name.empty()) check_route_name(keys.find("name")->value, route.name);
        if (const YamlEntry* match = keys.require("match")) read_match(match->value, route);
        keys.read_flag("drop", route.drop);
        const YamlEntry* to = keys.find("to");
        if (to != nullptr) read_to(to->value, route);
        check_target(keys, to, route);
        read_delivery(keys, route);
        if (const YamlEntry* retry = keys.find("retry")) read_retry(*retry, route.retry);
        keys.read_duration("timeout", route.timeout_ms, 1, kDurationMax_ms);
        reading_.config.routes.push_back(std::move(route));
    }

  private:
    void check_route_name(const YamlNode& node, const std::string& name) {
        auto [first, is_new] = lines_.emplace(name, node.at.line);
        if (!is_new) {
            report(errors_, node.at, "duplicate-name",
                   "a route '" + name + "' stands there already, in line " + std::to_string(first->second));
        } else if (!is_name(name)) {
            report(
                errors_, node.at, "bad-name",
                "'" + name + "' is no name for a route: a-z, 0-9 and single '_' or '-' between them, first a letter");
        }
    }

    void check_target(const MapReader& keys, const YamlEntry* to, const RouteConfig& route) {
        if (route.drop && to != nullptr) {
            report(errors_, to->at, "to-and-drop", "a route that drops its messages has no 'to'");
        } else if (!route.drop && to == nullptr) {
            const YamlEntry* drop = keys.find("drop");
            report(errors_, drop == nullptr ? route.at : drop->at, "no-target",
                   "the route sends its messages nowhere: name consumers in 'to', or write drop: true");
        }
    }

    void read_delivery(MapReader& keys, RouteConfig& route) {
        const YamlEntry* entry = keys.find("delivery");
        if (entry != nullptr && entry->value.kind == YamlNode::Kind::scalar && entry->value.text == "durable") {
            return report(errors_, entry->value.at, "bad-value",
                          "'delivery' cannot be 'durable' yet: nothing is kept on disk; there is live and acked");
        }
        std::string delivery = "live";
        keys.read_choice("delivery", delivery, {"live", "acked"});
        route.delivery = delivery == "acked" ? DeliveryClass::acked : DeliveryClass::live;
    }

    void read_retry(const YamlEntry& entry, RetryConfig& retry) {
        const std::size_t errors_before = errors_.size();
        MapReader keys(entry.value, entry.at, "retry", kRetryKeys, errors_);
        std::uint64_t attempts = retry.attempts;
        keys.read_count("attempts", attempts, 1, kAttemptsMax);
        retry.attempts = static_cast<std::uint32_t>(attempts);
        keys.read_duration("initial", retry.initial_ms, 1, kDurationMax_ms);
        keys.read_real("multiplier", retry.multiplier, 1, kMultiplierMax);
        keys.read_duration("max", retry.max_ms, 1, kDurationMax_ms);
        keys.read_real("jitter", retry.jitter, 0, 1);
        if (errors_.size() != errors_before || retry.max_ms >= retry.initial_ms) return;
        const YamlEntry* max = keys.find("max");
        report(errors_, (max == nullptr ? keys.find("initial") : max)->value.at, "bad-value",
               "the first wait, 'initial', is longer than the longest, 'max' (1m if it is not set)");
    }

    void read_to(const YamlNode& node, RouteConfig& route) {
        if (node.kind != YamlNode::Kind::list) return read_consumer(node, route);
        if (node.items.empty()) report(errors_, node.at, "no-target", "'to' names no consumer");
        for (const YamlNode& item : node.items) read_consumer(item, route);
    }

    void read_consumer(const YamlNode& node, RouteConfig& route) {
        const std::string* name = read_scalar(node, "to", "a consumer's name or a list of them", errors_);
        if (name == nullptr) return;
        const auto& consumers = reading_.config.consumers;
        if (std::ranges::find(consumers, *name, &ConsumerConfig::name) == consumers.end()) {
            std::vector<std::string_view> names;
            for (const ConsumerConfig& consumer : consumers) names.push_back(consumer.name);
            report(errors_, node.at, "unknown-consumer", "no consumer '" + *name + "'" + hint(*name, names));
        } else if (std::ranges::count(route.to, *name) != 0) {
            report(errors_, node.at, "duplicate-name", "'to' names consumer '" + *name + "' twice");
        } else {
            route.to.push_back(*name);
        }
    }

    void read_match(const YamlNode& node, RouteConfig& route) {
        if (node.kind != YamlNode::Kind::map) {
            return report(errors_, node.at, "wrong-type",
                          "'match' has to be a map, not " + describe(node) + "; {} matches every message");
        }
        std::vector<const AdapterConfig*> adapters;
        if (const YamlEntry* entry = node.find("adapter")) {
            adapters = read_adapter_match(*entry, route);
        } else {
            for (const AdapterConfig& adapter : reading_.config.adapters) adapters.push_back(&adapter);
        }
        std::vector<std::string> captures;
        for (const YamlEntry& entry : node.entries) {
            if (entry.key != "adapter") read_attribute_match(entry, adapters, route, captures);
        }
    }

    std::vector<const AdapterConfig*> read_adapter_match(const YamlEntry& entry, RouteConfig& route) {
        std::vector<const AdapterConfig*> found;
        MatchConfig match{"adapter", {}, false, entry.at};
        for (const auto& [name, at] : read_values(entry)) {
            const auto& adapters = reading_.config.adapters;
            auto adapter = std::ranges::find(adapters, name, &AdapterConfig::name);
            if (adapter != adapters.end()) {
                found.push_back(&*adapter);
                match.patterns.push_back(name);
                continue;
            }
            std::vector<std::string_view> names;
            for (const AdapterConfig& other : adapters) names.push_back(other.name);
            report(errors_, at, "unknown-adapter", "no adapter '" + name + "'" + hint(name, names));
            found.push_back(nullptr);
        }
        route.match.push_back(std::move(match));
        return found;
    }

    void read_attribute_match(const YamlEntry& entry, const std::vector<const AdapterConfig*>& adapters,
                              RouteConfig& route, std::vector<std::string>& captures) {
        MatchConfig match{entry.key, {}, false, entry.at};
        check_key(match, adapters);
        std::vector<std::string> own_captures;
        for (const auto& [text, at] : read_values(entry)) {
            Result<Pattern> pattern = Pattern::compile(text, match.is_path);
            if (!pattern) {
                report(errors_, at, "bad-pattern", "'" + text + "': " + pattern.error().text);
                continue;
            }
            for (std::string& name : pattern->names()) {
                if (std::ranges::count(captures, name) != 0) {
                    report(errors_, at, "bad-pattern", "another key of this route captures {" + name + "} already");
                }
                own_captures.push_back(std::move(name));
            }
            match.patterns.push_back(text);
        }
        captures.insert(captures.end(), own_captures.begin(), own_captures.end());
        route.match.push_back(std::move(match));
    }

    // The adapters that the route can take messages of have to declare the key. Where a plugin or an adapter is unknown
    // (which is an error of its own), its keys are too.
    void check_key(MatchConfig& match, const std::vector<const AdapterConfig*>& adapters) {
        bool is_known = false;
        std::vector<std::string_view> keys = {"adapter"};
        for (const AdapterConfig* adapter : adapters) {
            const Manifest* manifest = adapter == nullptr ? nullptr : reading_.catalogue.adapter(adapter->type);
            if (manifest == nullptr) return;
            for (const MatchKey& declared : manifest->match_keys) {
                keys.push_back(declared.key);
                if (declared.key != match.key) continue;
                is_known = true;
                match.is_path = match.is_path || declared.is_path;
            }
        }
        if (is_known) return;
        std::ranges::sort(keys);
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        report(errors_, match.at, "unknown-match-key",
               "no adapter of this route has a match key '" + match.key + "'" + hint(match.key, keys));
    }

    struct Value {
        std::string text;
        Position at;
    };

    std::vector<Value> read_values(const YamlEntry& entry) {
        std::vector<Value> values;
        auto read_one = [&](const YamlNode& node) {
            const std::string* text = read_scalar(node, entry.key, "text or a list of texts", errors_);
            if (text != nullptr) values.push_back({*text, node.at});
        };
        if (entry.value.kind != YamlNode::Kind::list) {
            read_one(entry.value);
        } else if (entry.value.items.empty()) {
            report(errors_, entry.value.at, "bad-value", "'" + entry.key + "' has an empty list: nothing would match");
        } else {
            for (const YamlNode& item : entry.value.items) read_one(item);
        }
        return values;
    }

    Reading& reading_;
    ConfigErrors& errors_;
    std::unordered_map<std::string, std::uint32_t> lines_;  // Of the routes' names.
};

}  // namespace

void read_routes(const YamlEntry* section, Reading& reading) {
    if (section == nullptr || section->value.kind == YamlNode::Kind::null) return;
    if (section->value.kind != YamlNode::Kind::list) {
        return report(reading.errors, section->value.at, "wrong-type",
                      "'routes' has to be a list, not " + describe(section->value));
    }
    RouteReader reader(reading);
    for (const YamlNode& item : section->value.items) reader.read(item);
}

}  // namespace millrace
