#include "gateway/core/config.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "gateway/core/config_sections.hpp"
#include "gateway/core/yaml.hpp"

namespace millrace {
namespace {

constexpr std::size_t kFileSizeMax = 1 << 20;

// The whole text, or nothing and an error.
std::optional<std::string> read_text(const std::string& file, ConfigErrors& errors) {
    std::ifstream stream(file, std::ios::binary);
    std::string text;
    std::array<char, 16 * 1024> chunk;
    while (stream && text.size() <= kFileSizeMax) {
        stream.read(chunk.data(), chunk.size());
        text.append(chunk.data(), static_cast<std::size_t>(stream.gcount()));
    }
    if (!stream.is_open() || stream.bad()) {
        report(errors, {}, "cannot-read", std::string("the file cannot be read: ") + std::strerror(errno));
        return std::nullopt;
    }
    if (text.size() > kFileSizeMax) {
        report(errors, {}, "too-large", "the file is larger than 1MiB");
        return std::nullopt;
    }
    return text;
}

std::filesystem::path folder_of(const std::string& file) { return std::filesystem::absolute(file).parent_path(); }

void read_version(MapReader& keys, ConfigErrors& errors) {
    const YamlEntry* version = keys.require("version");
    if (version == nullptr) return;
    const std::string* text = read_scalar(version->value, "version", "1", errors);
    if (text != nullptr && *text != "1") {
        report(errors, version->value.at, "bad-value", "this gateway reads version 1 of the file, not '" + *text + "'");
    }
}

void judge(const YamlNode& root, Reading& reading) {
    MapReader keys(root, {}, "the file", kRootKeys, reading.errors);
    if (root.kind != YamlNode::Kind::map && root.kind != YamlNode::Kind::null) return;
    read_version(keys, reading.errors);
    read_gateway(keys.find("gateway"), reading);
    read_adapters(keys.find("adapters"), reading);
    read_consumers(keys.find("consumers"), reading);
    read_routes(keys.find("routes"), reading);
}

// What the YAML reader says of a place goes before what the value there seems to be.
void add_where_free(ConfigErrors& errors, const ConfigErrors& more) {
    const std::size_t count = errors.size();
    for (const ConfigError& error : more) {
        auto of_place = [&](const ConfigError& other) { return other.at == error.at; };
        if (std::none_of(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(count), of_place)) {
            errors.push_back(error);
        }
    }
    std::ranges::stable_sort(errors, {}, &ConfigError::at);
}

const Manifest* find_plugin(const std::vector<Manifest>& plugins, Manifest::Kind kind, std::string_view id) {
    auto found = std::ranges::find_if(plugins, [&](const Manifest& m) { return m.kind == kind && m.id == id; });
    return found == plugins.end() ? nullptr : &*found;
}

// What stands under that key of `gateway`, whatever is wrong elsewhere.
std::string read_gateway_text(const std::string& file, std::string_view key) {
    ConfigErrors errors;
    const std::optional<std::string> text = read_text(file, errors);
    if (!text) return {};
    const YamlDocument document = parse_yaml(*text);
    const YamlEntry* gateway = document.root.find("gateway");
    const YamlEntry* entry = gateway == nullptr ? nullptr : gateway->value.find(key);
    return entry == nullptr ? std::string() : entry->value.text;
}

}  // namespace

const Manifest* Catalogue::adapter(std::string_view id) const {
    return find_plugin(plugins, Manifest::Kind::adapter, id);
}

const Manifest* Catalogue::consumer(std::string_view id) const {
    return find_plugin(plugins, Manifest::Kind::consumer, id);
}

std::vector<const Manifest*> Catalogue::used_by(const Config& config) const {
    std::vector<const Manifest*> manifests;
    for (const AdapterConfig& each : config.adapters) manifests.push_back(adapter(each.type));
    for (const ConsumerConfig& each : config.consumers) manifests.push_back(consumer(each.plugin));
    return manifests;
}

std::optional<std::string> read_plugins_dir(const std::string& file) {
    const std::string folder = read_gateway_text(file, "plugins_dir");
    return folder.empty() ? std::nullopt : std::optional(resolve_path(folder_of(file), folder));
}

std::string read_state_dir(const std::string& file) {
    const std::string folder = read_gateway_text(file, "state_dir");
    return resolve_path(folder_of(file), folder.empty() ? "state" : folder);
}

ConfigResult read_config(const std::string& file, const Catalogue& catalogue) {
    ConfigResult result;
    result.config.file = file;
    std::optional<std::string> text = read_text(file, result.errors);
    if (!text) return result;
    YamlDocument document = parse_yaml(*text);
    ConfigErrors errors;
    if (document.is_whole) {
        Reading reading{result.config, catalogue, errors, folder_of(file)};
        judge(document.root, reading);
    }
    result.errors = std::move(document.errors);
    add_where_free(result.errors, errors);
    if (!result.errors.empty()) return result;
    choose_classes(result.config);
    check_answers(result.config, result.errors, result.warnings);
    if (!result.errors.empty()) return result;
    check_reach(result.config, result.warnings);
    return result;
}

std::string to_string(const ConfigError& error, const std::string& file, std::string_view level) {
    std::string place = file + ":";
    if (error.at.line != 0) place += std::to_string(error.at.line) + ":" + std::to_string(error.at.column) + ":";
    return place + " " + std::string(level) + "[" + error.code + "] " + error.text;
}

}  // namespace millrace
