#include <algorithm>
#include <unordered_map>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/router_target.hpp"

namespace millrace {
namespace {

constexpr std::uint64_t kAttemptsMax = 100;
constexpr double kMultiplierMax = 100;
constexpr std::uint64_t kDurationMax_ms = 86'400'000;
constexpr std::uint64_t kExpiresMax_ms = 365 * kDurationMax_ms;

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
        captures_.clear();
        if (const YamlEntry* match = keys.require("match")) {
            MatchReading read = read_match(match->value, reading_);
            route.match = std::move(read.match);
            captures_ = std::move(read.captures);
        }
        keys.read_flag("drop", route.drop);
        keys.read_flag("continue", route.goes_on);
        const YamlEntry* to = keys.find("to");
        if (to != nullptr) read_to(to->value, route);
        check_target(keys, to, route);
        if (route.drop) check_drop(keys);
        read_delivery(keys, route);
        read_on_reject(keys, route);
        if (const YamlEntry* retry = keys.find("retry")) read_retry(*retry, route.retry);
        keys.read_duration("timeout", route.timeout_ms, 1, kDurationMax_ms);
        keys.read_duration("expires", route.expires_ms, 1, kExpiresMax_ms);
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

    void check_drop(const MapReader& keys) {
        for (const char* name : {"continue", "delivery", "on_reject", "retry", "timeout", "expires"}) {
            const YamlEntry* entry = keys.find(name);
            if (entry == nullptr) continue;
            report(errors_, entry->at, "without-effect",
                   "'" + entry->key + "' is of no effect in a route that drops its messages");
        }
    }

    void read_delivery(MapReader& keys, RouteConfig& route) {
        std::string delivery = "live";
        route.says_delivery = keys.find("delivery") != nullptr;
        keys.read_choice("delivery", delivery, {"live", "acked", "durable"});
        if (delivery == "acked") route.delivery = DeliveryClass::acked;
        if (delivery == "durable") route.delivery = DeliveryClass::durable;
    }

    void read_on_reject(MapReader& keys, RouteConfig& route) {
        const YamlEntry* entry = keys.find("on_reject");
        if (entry == nullptr) return;
        std::string what = "dead_letter";
        keys.read_choice("on_reject", what, {"bounce", "dead_letter"});
        route.on_reject = what == "bounce" ? OnReject::bounce : OnReject::dead_letter;
        if (route.drop || route.delivery == DeliveryClass::durable || what == "dead_letter") return;
        report(errors_, entry->at, "without-effect",
               "there is no bounce in a route that is not durable: its sender hears of the refusal itself");
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
        if (node.kind != YamlNode::Kind::list) return read_target(node, route);
        if (node.items.empty()) report(errors_, node.at, "no-target", "'to' names no consumer");
        for (const YamlNode& item : node.items) read_target(item, route);
    }

    void read_target(const YamlNode& node, RouteConfig& route) {
        const std::string* text = read_scalar(node, "to", "a consumer's name or a list of them", errors_);
        if (text == nullptr) return;
        const TargetName target = TargetName::of(*text);
        if (!is_consumer(node, std::string(target.consumer))) return;
        if (target.key && !is_channel(node, *target.key)) return;
        if (std::ranges::count(route.to, *text) != 0) {
            return report(errors_, node.at, "duplicate-name", "'to' names '" + *text + "' twice");
        }
        route.to.push_back(*text);
    }

    bool is_consumer(const YamlNode& node, const std::string& name) {
        const auto& consumers = reading_.config.consumers;
        if (std::ranges::find(consumers, name, &ConsumerConfig::name) != consumers.end()) return true;
        std::vector<std::string_view> names;
        for (const ConsumerConfig& consumer : consumers) names.push_back(consumer.name);
        const auto& adapters = reading_.config.adapters;
        const bool is_adapter = std::ranges::find(adapters, name, &AdapterConfig::name) != adapters.end();
        report(errors_, node.at, "unknown-consumer",
               "no consumer '" + name + "'" + (is_adapter ? ", which names an adapter" : "") + hint(name, names));
        return false;
    }

    // Every capture in the key has to take something whenever the route matches.
    bool is_channel(const YamlNode& node, std::string_view text) {
        const auto key = ChannelKey::compile(text);
        if (!key) {
            report(errors_, node.at, "bad-channel", "'" + std::string(text) + "': " + key.error().text);
            return false;
        }
        bool is_right = true;
        for (std::string_view name : key->names()) {
            if (std::ranges::count(captures_, name) != 0) continue;
            is_right = false;
            report(errors_, node.at, "unbound-capture",
                   "{" + std::string(name) + "} is not captured whenever the route's match holds" +
                       hint(name, {captures_.begin(), captures_.end()}));
        }
        return is_right;
    }

    Reading& reading_;
    ConfigErrors& errors_;
    std::unordered_map<std::string, std::uint32_t> lines_;  // Of the routes' names.
    std::vector<std::string> captures_;                     // Of the route that is being read.
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
