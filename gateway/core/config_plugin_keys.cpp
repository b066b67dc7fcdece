#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/endpoint.hpp"

namespace millrace {
namespace {

constexpr double kIntegerMax = 0x1p63;

const char* wanted(SettingType type) {
    switch (type) {
        case SettingType::integer:
            return "a whole number";
        case SettingType::number:
            return "a number";
        case SettingType::boolean:
            return "true or false";
        case SettingType::duration:
            return "a duration such as 500ms, 20s or 10m";
        case SettingType::size:
            return "a size such as 64KiB or 8MiB";
        case SettingType::path:
            return "a path";
        case SettingType::address:
            return "an address such as 127.0.0.1:8080";
        case SettingType::list:
            return "a list";
        case SettingType::map:
            return "a map of keys";
        default:
            return "text";
    }
}

std::optional<double> integer_of(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 10;
    if (base != 10) text.remove_prefix(2);
    std::uint64_t value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value, base).ec != std::errc()) return std::nullopt;
    return is_negative ? -static_cast<double>(value) : static_cast<double>(value);
}

std::optional<double> number_of(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) return std::nullopt;
    return value;
}

std::optional<double> quantity_of(const YamlNode& node, std::span<const Unit> units) {
    if (node.is_quoted && node.text.find_first_not_of("0123456789") == node.text.npos) return std::nullopt;
    const auto amount = read_quantity(node.text, units);
    return amount ? std::optional(static_cast<double>(*amount)) : std::nullopt;
}

// Holds one plugin's part of the file to the keys that its manifest declares.
class KeyCheck {
  public:
    KeyCheck(const SettingsPart& part, Reading& reading)
        : owner_(part.owner), without_(part.without), reading_(reading) {}

    void check_map(const YamlNode& map, Position at, const std::string& path, const SettingKey& key) {
        const std::string where = path.empty() ? owner_ : "'" + path + "' of " + owner_;
        for (const YamlEntry& entry : map.entries) {
            if (path.empty() && !without_.empty() && entry.key == without_) continue;
            if (const SettingKey* inner = key.find(entry.key))
                check(entry.value, entry.at, path.empty() ? entry.key : path + "." + entry.key, *inner);
            else
                report(errors(), entry.at, "unknown-key", unknown_text(entry.key, where, path, key));
        }
        for (const SettingKey& inner : key.keys) {
            if (!inner.is_required || map.find(inner.name) != nullptr) continue;
            report(errors(), at, "missing-key", fmt::format("{} needs the key '{}'", where, inner.name));
        }
    }

    std::vector<Secret> take_secrets() { return std::move(secrets_); }

  private:
    ConfigErrors& errors() { return reading_.errors; }

    std::string unknown_text(const std::string& name, const std::string& where, const std::string& path,
                             const SettingKey& key) const {
        std::vector<std::string_view> names;
        if (path.empty() && !without_.empty()) names.push_back(without_);
        for (const SettingKey& inner : key.keys) names.push_back(inner.name);
        if (names.empty()) return fmt::format("unknown key '{}': {} has none", name, where);
        return fmt::format("unknown key '{}' in {}{}", name, where, hint(name, names));
    }

    void check(const YamlNode& node, Position at, const std::string& path, const SettingKey& key) {
        if (key.type == SettingType::any) return;
        if (key.type == SettingType::secret) return check_secret(node, path);
        if (key.type == SettingType::content) return check_content(node, path);
        if (key.type == SettingType::list) return check_list(node, at, path, key);
        if (node.kind == YamlNode::Kind::map && (key.type == SettingType::map || !key.keys.empty())) {
            if (!key.keys.empty()) check_map(node, at, path, key);
            return;
        }
        if (node.kind != YamlNode::Kind::scalar || key.type == SettingType::map) return refuse(node, path, key);
        check_scalar(node, path, key);
    }

    void check_list(const YamlNode& node, Position at, const std::string& path, const SettingKey& key) {
        const SettingKey* item = key.find("[]");
        if (node.kind == YamlNode::Kind::null) return refuse(node, path, key);
        if (node.kind == YamlNode::Kind::list && node.items.empty() && key.is_required) {
            return report(errors(), node.at, "bad-value", fmt::format("'{}' is empty", path));
        }
        if (item == nullptr) return;
        if (node.kind != YamlNode::Kind::list) return check(node, at, path, *item);
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            check(node.items[i], node.items[i].at, fmt::format("{}[{}]", path, i), *item);
        }
    }

    void refuse(const YamlNode& node, const std::string& path, const SettingKey& key) {
        const bool is_union = key.type != SettingType::list && key.type != SettingType::map && !key.keys.empty();
        const bool lacks_quotes = node.kind == YamlNode::Kind::scalar && type_of(node) != YamlType::text &&
                                  (key.type == SettingType::text || key.type == SettingType::path);
        report(errors(), node.at, "wrong-type",
               fmt::format("'{}' has to be {}{}, not {}{}", path, wanted(key.type), is_union ? " or a map of keys" : "",
                           describe(node), lacks_quotes ? "; text that looks like this needs quotes" : ""));
    }

    void check_scalar(const YamlNode& node, const std::string& path, const SettingKey& key) {
        const YamlType type = type_of(node);
        switch (key.type) {
            case SettingType::integer:
                if (type != YamlType::integer) return refuse(node, path, key);
                return check_range(node, path, key, integer_of(node.text));
            case SettingType::number:
                if (type != YamlType::integer && type != YamlType::real) return refuse(node, path, key);
                return check_range(node, path, key,
                                   type == YamlType::integer ? integer_of(node.text) : number_of(node.text));
            case SettingType::duration:
                return check_quantity(node, path, key, kDurationUnits);
            case SettingType::size:
                return check_quantity(node, path, key, kSizeUnits);
            case SettingType::boolean:
                if (type != YamlType::boolean) refuse(node, path, key);
                return;
            default:
                if (type != YamlType::text) return refuse(node, path, key);
                check_text(node, path, key);
        }
    }

    void check_text(const YamlNode& node, const std::string& path, const SettingKey& key) {
        if (key.type == SettingType::path && node.text.empty()) {
            report(errors(), node.at, "bad-value", fmt::format("'{}' is empty", path));
        } else if (key.type == SettingType::address && endpoint_of(node.text) == Endpoint::wrong) {
            report(errors(), node.at, "bad-value",
                   fmt::format("'{}': {} is no address; write one such as 127.0.0.1:8080 or [::1]:8080", path,
                               describe(node)));
        } else if (!key.choices.empty() && std::ranges::find(key.choices, node.text) == key.choices.end()) {
            report(errors(), node.at, "bad-value",
                   fmt::format("'{}' cannot be {}{}", path, describe(node),
                               hint(node.text, {key.choices.begin(), key.choices.end()})));
        }
    }

    void check_quantity(const YamlNode& node, const std::string& path, const SettingKey& key,
                        std::span<const Unit> units) {
        const auto amount = quantity_of(node, units);
        if (!amount) return refuse(node, path, key);
        check_range(node, path, key, amount);
    }

    // Nothing: a number that cannot be passed on, which is reported where that is tried.
    void check_range(const YamlNode& node, const std::string& path, const SettingKey& key,
                     std::optional<double> amount) {
        if (!amount) return;
        const bool is_whole = key.type != SettingType::number;
        if (is_whole && (*amount >= kIntegerMax || *amount < -kIntegerMax)) {
            return report(errors(), node.at, "bad-value", fmt::format("'{}' is too large", path));
        }
        if (*amount >= key.min && *amount <= key.max) return;
        report(errors(), node.at, "bad-value", fmt::format("'{}' has to be {}", path, key.range()));
    }

    void check_secret(const YamlNode& node, const std::string& path) {
        if (auto secret = read_secret_place(node, path, owner_, reading_)) secrets_.push_back(*std::move(secret));
    }

    // The plugin gets what is in the file.
    void check_content(const YamlNode& node, const std::string& path) {
        if (node.kind != YamlNode::Kind::scalar || node.text.empty()) {
            return report(errors(), node.at, "wrong-type",
                          fmt::format("'{}' has to be the name of a file, not {}", path, describe(node)));
        }
        secrets_.push_back({.path = path,
                            .source = Secret::Source::file,
                            .name = resolve_path(reading_.folder, node.text),
                            .at = node.at,
                            .is_public = true});
    }

    const std::string& owner_;
    const std::string_view without_;
    Reading& reading_;
    std::vector<Secret> secrets_;
};

}  // namespace

std::vector<Secret> check_keys(const SettingsPart& part, const SettingKey& keys, Reading& reading) {
    KeyCheck check(part, reading);
    check.check_map(part.map, part.at, "", keys);
    return check.take_secrets();
}

}  // namespace millrace
