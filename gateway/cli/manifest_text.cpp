#include "gateway/cli/manifest_text.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <string>

namespace millrace::cli {
namespace {

namespace json = boost::json;

// Every key below this one, in order; those above others before them.
template <class Take> void each_key(const SettingKey& outer, Take take) {
    for (const SettingKey& key : outer.keys) {
        take(key);
        each_key(key, take);
    }
}

std::string describe(const SettingKey& key) {
    std::string text(name_of(key.type));
    if (!key.unit.empty()) text += " of " + key.unit;
    if (!key.range().empty()) text += ", " + key.range();
    if (!key.choices.empty()) text += fmt::format(", one of {}", fmt::join(key.choices, " "));
    if (key.is_required) text += ", required";
    if (key.fallback) text += ", default " + (key.fallback->empty() ? "\"\"" : *key.fallback);
    if (!key.otherwise.empty()) text += ", default: " + key.otherwise;
    return text;
}

void print_scope(const Manifest& manifest) {
    const ScopePromise& scope = manifest.scope;
    if (!scope.key.empty()) fmt::print("scope     {} ({})\n", scope.key, scope.lifetime);
    if (!scope.closes_by.empty()) fmt::print("closes by {}\n", fmt::join(scope.closes_by, ", "));
    if (!scope.reply.empty()) fmt::print("reply     {}\n", scope.reply);
    if (!scope.retry.empty()) fmt::print("retry     {}\n", scope.retry);
    if (!scope.delivery.empty()) fmt::print("delivery  {}\n", scope.delivery);
}

void put(json::object& object, std::string_view name, const std::string& text) {
    if (!text.empty()) object[name] = text;
}

json::object to_json(const SettingKey& key) {
    json::object object{{"key", key.path}, {"type", name_of(key.type)}, {"required", key.is_required}};
    if (key.fallback) object["default"] = *key.fallback;
    if (std::isfinite(key.min)) object["min"] = key.min;
    if (std::isfinite(key.max)) object["max"] = key.max;
    if (!key.choices.empty()) object["choices"] = json::array(key.choices.begin(), key.choices.end());
    put(object, "unit", key.unit);
    put(object, "otherwise", key.otherwise);
    put(object, "about", key.about);
    return object;
}

json::object to_json(const ScopePromise& scope) {
    json::object object{{"key", scope.key}};
    put(object, "lifetime", scope.lifetime);
    object["closes_by"] = json::array(scope.closes_by.begin(), scope.closes_by.end());
    return object;
}

}  // namespace

void print_manifest(const Manifest& manifest) {
    const bool is_adapter = manifest.kind == Manifest::Kind::adapter;
    fmt::print("file      {}\nkind      {}\nid        {}\nversion   {}\nabi       {}\n", manifest.file,
               is_adapter ? "adapter" : "consumer", manifest.id, manifest.version, manifest.abi);
    for (const std::string& extension : manifest.extensions) fmt::print("requires  {}\n", extension);
    if (is_adapter) fmt::print("protocol  {}\n", manifest.protocol);
    for (const MatchKey& key : manifest.match_keys) {
        fmt::print("match     {} ({}{})\n", key.key, to_string(key.type),
                   key.is_constant ? "" : ", may change within a scope");
    }
    print_scope(manifest);
    if (!manifest.settings) fmt::print("key       any: the plugin judges them itself\n");
    if (manifest.settings && manifest.settings->keys.empty()) fmt::print("key       none\n");
    if (!manifest.settings) return;
    each_key(*manifest.settings, [](const SettingKey& key) {
        fmt::print("key       {} ({}){}{}\n", key.path, describe(key), key.about.empty() ? "" : ": ", key.about);
    });
}

json::object to_json(const Manifest& manifest) {
    const bool is_adapter = manifest.kind == Manifest::Kind::adapter;
    json::object object{{"file", manifest.file},
                        {"kind", is_adapter ? "adapter" : "consumer"},
                        {"id", manifest.id},
                        {"version", manifest.version},
                        {"abi", manifest.abi}};
    if (is_adapter) {
        object["protocol"] = manifest.protocol;
        json::array& match = object["match"].emplace_array();
        for (const MatchKey& key : manifest.match_keys) {
            match.push_back({{"key", key.key}, {"type", to_string(key.type)}, {"constant", key.is_constant}});
        }
        if (!manifest.scope.key.empty()) object["scope"] = to_json(manifest.scope);
        put(object, "reply", manifest.scope.reply);
        put(object, "retry", manifest.scope.retry);
        put(object, "delivery", manifest.scope.delivery);
    }
    json::value& config = object["config"];
    if (!manifest.settings) return object;
    json::array& keys = config.emplace_array();
    each_key(*manifest.settings, [&keys](const SettingKey& key) { keys.push_back(to_json(key)); });
    return object;
}

}  // namespace millrace::cli
