#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <utility>

#include "gateway/core/config_sections.hpp"

namespace millrace {
namespace {

// Writes a tree as JSON and notes where each key and each item of a list stands.
class SettingsWriter {
  public:
    SettingsWriter(PluginSettings& settings, ConfigErrors& errors) : settings_(settings), errors_(errors) {}

    void write_map(const YamlNode& map, const std::string& path, std::string_view without) {
        const char* separator = "{";
        for (const YamlEntry& entry : map.entries) {
            if (!without.empty() && entry.key == without) continue;
            std::string inner = path.empty() ? entry.key : path + "." + entry.key;
            settings_.places.emplace_back(inner, entry.at);
            settings_.json += std::exchange(separator, ",");
            write_text(entry.key);
            settings_.json += ":";
            write(entry.value, inner);
        }
        settings_.json += *separator == '{' ? "{}" : "}";
    }

  private:
    void write(const YamlNode& node, const std::string& path) {
        if (const auto secret = std::ranges::find(settings_.secrets, path, &Secret::path);
            secret != settings_.secrets.end()) {
            secret->offset = settings_.json.size();
            settings_.json += "null";
            return;
        }
        switch (node.kind) {
            case YamlNode::Kind::null:
                settings_.json += "null";
                break;
            case YamlNode::Kind::scalar:
                write_scalar(node);
                break;
            case YamlNode::Kind::list:
                write_list(node, path);
                break;
            case YamlNode::Kind::map:
                write_map(node, path, "");
                break;
        }
    }

    void write_list(const YamlNode& list, const std::string& path) {
        settings_.json += "[";
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            std::string inner = path + "[" + std::to_string(i) + "]";
            settings_.places.emplace_back(inner, list.items[i].at);
            if (i > 0) settings_.json += ",";
            write(list.items[i], inner);
        }
        settings_.json += "]";
    }

    void write_scalar(const YamlNode& scalar) {
        switch (type_of(scalar)) {
            case YamlType::null:
                settings_.json += "null";
                break;
            case YamlType::boolean:
                settings_.json += scalar.text[0] == 't' || scalar.text[0] == 'T' ? "true" : "false";
                break;
            case YamlType::integer:
                write_integer(scalar);
                break;
            case YamlType::real:
                write_real(scalar);
                break;
            case YamlType::text:
                write_text(scalar.text);
                break;
        }
    }

    void write_integer(const YamlNode& scalar) {
        std::string_view text = scalar.text;
        bool is_negative = text[0] == '-';
        if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
        int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 10;
        if (base != 10) text.remove_prefix(2);
        std::uint64_t value = 0;
        auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
        bool too_low = is_negative && value > std::uint64_t{1} << 63;
        if (failure != std::errc() || too_low) return report_number(scalar, "a whole number has at most 64 bits");
        settings_.json += (is_negative && value != 0 ? "-" : "") + std::to_string(value);
    }

    void write_real(const YamlNode& scalar) {
        std::string_view text = scalar.text;
        if (text[0] == '+') text.remove_prefix(1);
        double value = 0;
        auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failure != std::errc() || end != text.data() + text.size()) {
            return report_number(scalar, "not a number that can be passed on");
        }
        settings_.json += boost::json::serialize(boost::json::value(value));
    }

    void report_number(const YamlNode& scalar, std::string text) {
        settings_.json += "null";
        if (std::ranges::find(errors_, scalar.at, &ConfigError::at) != errors_.end()) return;
        report(errors_, scalar.at, "bad-value", describe(scalar) + ": " + std::move(text));
    }

    void write_text(const std::string& text) {
        settings_.json += boost::json::serialize(boost::json::string_view(text));
    }

    PluginSettings& settings_;
    ConfigErrors& errors_;
};

}  // namespace

PluginSettings read_settings(const SettingsPart& part, const Manifest* manifest, Reading& reading) {
    PluginSettings settings;
    settings.json.clear();
    settings.places.emplace_back("", part.at);
    const bool is_map = part.map.kind == YamlNode::Kind::map || part.map.kind == YamlNode::Kind::null;
    if (!is_map && part.without.empty()) {
        report(reading.errors, part.map.at, "wrong-type",
               "'config' has to be a map of keys, not " + describe(part.map));
    }
    if (is_map && manifest != nullptr && manifest->settings) {
        settings.secrets = check_keys(part, *manifest->settings, reading);
    }
    SettingsWriter(settings, reading.errors).write_map(part.map, "", part.without);
    return settings;
}

Position PluginSettings::at(std::string_view path) const {
    while (true) {
        for (const auto& [place, position] : places) {
            if (place == path) return position;
        }
        if (path.empty()) return {};
        std::size_t end = path.find_last_of(".[");
        path = path.substr(0, end == path.npos ? 0 : end);
    }
}

}  // namespace millrace
