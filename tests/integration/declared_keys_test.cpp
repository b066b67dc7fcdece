#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>
#include <vector>

#include "gateway/core/config.hpp"
#include "gateway/core/quantity.hpp"
#include "gateway/core/yaml.hpp"

// What the plugins of this repository declare is what its files say of them.
namespace millrace {
namespace {

namespace fs = std::filesystem;

using Table = std::map<std::string, std::string>;  // Key -> its default, or what stands for it.

std::string content(const std::string& name) {
    std::ifstream stream(MILLRACE_SOURCE_DIR "/" + name);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// All that have been built.
Catalogue catalogue() {
    Catalogue catalogue;
    for (const char* kind : {"adapters", "consumers"}) {
        for (const auto& file : fs::directory_iterator(MILLRACE_BUILD_DIR "/lib/millrace/" + std::string(kind))) {
            Result<Manifest> manifest = read_manifest(file.path());
            EXPECT_TRUE(manifest) << manifest.error().text;
            if (manifest) catalogue.plugins.push_back(*std::move(manifest));
        }
    }
    return catalogue;
}

// 300s and 5m are the same.
std::string canonical(const std::string& value) {
    if (const auto ms = read_quantity(value, kDurationUnits)) return write_quantity(*ms, kDurationUnits);
    if (const auto bytes = read_quantity(value, kSizeUnits)) return write_quantity(*bytes, kSizeUnits);
    return value;
}

void add_declared(const SettingKey& outer, Table& table) {
    for (const SettingKey& key : outer.keys) {
        if (key.name != "[]") {
            table[key.path] = key.is_required ? "required" : canonical(key.fallback.value_or(key.otherwise));
        }
        add_declared(key, table);
    }
}

Table declared(const Manifest& manifest) {
    Table table;
    if (manifest.settings) add_declared(*manifest.settings, table);
    return table;
}

// The rows of the first table whose first column is headed `key`: | `name` | default | ...
Table documented(const std::string& text) {
    static const std::regex kRow("\\| `([^`]+)` \\| ([^|]*) \\|.*");
    Table table;
    std::istringstream lines(text);
    bool is_inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("| key |")) is_inside = true;
        if (is_inside && line.empty()) break;
        std::smatch match;
        if (!is_inside || !std::regex_match(line, match, kRow)) continue;
        std::string value = std::regex_replace(match[2].str(), std::regex("`"), "");
        table[match[1]] = canonical(value);
    }
    return table;
}

TEST(DeclaredKeys, AreThoseOfTheReadmes) {
    const Catalogue plugins = catalogue();
    ASSERT_GE(plugins.plugins.size(), 4u);
    for (const Manifest& manifest : plugins.plugins) {
        const bool is_adapter = manifest.kind == Manifest::Kind::adapter;
        std::string text = content((is_adapter ? "adapters/" : "plugins/") + manifest.id + "/README.md");
        if (text.empty()) text = content("adapters/chat/" + manifest.id + "/README.md");
        ASSERT_FALSE(text.empty()) << manifest.id;
        EXPECT_TRUE(manifest.settings) << manifest.id << " declares its keys";
        const Table keys = declared(manifest);
        EXPECT_EQ(keys, documented(text)) << manifest.id;
        EXPECT_EQ(keys.empty(), text.find("configuration.\n") != text.npos) << manifest.id << " says that it has none";
    }
}

TEST(DeclaredKeys, AreInTheFullFileWithTheirDefaults) {
    const std::string text = content("configs/gateway.full.yaml");
    const YamlDocument full = parse_yaml(text);
    const YamlDocument whole = parse_yaml(std::regex_replace(text, std::regex("\n( *)#(\\w)"), "\n$1$2"));
    const YamlEntry* adapters = full.root.find("adapters");
    const YamlEntry* with_all = whole.root.find("adapters");
    ASSERT_TRUE(adapters != nullptr && with_all != nullptr);
    const Catalogue plugins = catalogue();
    for (const YamlEntry& adapter : adapters->value.entries) {
        const Manifest* manifest = plugins.adapter(adapter.value.find("type")->value.text);
        ASSERT_NE(manifest, nullptr) << adapter.key;
        const YamlNode& all = with_all->value.find(adapter.key)->value;
        EXPECT_EQ(all.entries.size(), manifest->settings->keys.size() + 1);
        for (const SettingKey& key : manifest->settings->keys) {
            EXPECT_NE(all.find(key.name), nullptr) << key.path << " is there";
            const YamlEntry* entry = adapter.value.find(key.name);
            EXPECT_EQ(entry != nullptr, key.fallback || key.is_required) << key.path << " is on if it has a default";
            if (entry == nullptr || !key.fallback) continue;
            EXPECT_EQ(canonical(entry->value.text), canonical(*key.fallback)) << key.path;
        }
    }
}

TEST(DeclaredKeys, TakeTheFilesOfTheRepository) {
    const Catalogue plugins = catalogue();
    for (const char* name : {"demo.yaml", "gateway.full.yaml"}) {
        const std::string file = MILLRACE_SOURCE_DIR "/configs/" + std::string(name);
        for (const ConfigError& error : read_config(file, plugins).errors) ADD_FAILURE() << to_string(error, file);
    }
}

TEST(DeclaredKeys, EveryAdapterDeclaresItsScopes) {
    for (const Manifest& manifest : catalogue().plugins) {
        if (manifest.kind == Manifest::Kind::consumer) continue;
        EXPECT_FALSE(manifest.scope.key.empty() || manifest.scope.lifetime.empty() || manifest.scope.closes_by.empty());
        EXPECT_FALSE(manifest.scope.reply.empty() || manifest.scope.retry.empty());
    }
}

}  // namespace
}  // namespace millrace
