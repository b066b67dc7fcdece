#include "gateway/core/manifest.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "gateway/core/manifest_section.hpp"

namespace millrace {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameSizeMax = 64;
constexpr std::size_t kMatchKeysMax = 64;
constexpr std::size_t kWordsSizeMax = 1024;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_name(std::string_view text, std::string_view also) {
    if (text.empty() || text.size() > kNameSizeMax || !is_lower_or_digit(text[0])) return false;
    return std::ranges::all_of(text, [&](char c) { return is_lower_or_digit(c) || also.find(c) != also.npos; });
}

bool is_version(std::string_view text) {
    if (text.empty() || text.size() > kNameSizeMax) return false;
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::optional<std::string_view> text_of(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string_view(value->get_string());
}

Error missing(std::string_view key, std::string_view form) {
    return {"manifest: \"" + std::string(key) + "\" has to be " + std::string(form)};
}

// Names in `match` that mean the same for every adapter.
bool is_reserved(std::string_view key) {
    constexpr std::string_view kReserved[] = {"adapter", "kind", "text", "all", "any", "not"};
    return std::ranges::count(kReserved, key) != 0 || key.starts_with("header.") || key.starts_with("json.");
}

Result<void> read_word(const json::object& object, std::string_view key, std::initializer_list<std::string_view> words,
                       std::string& into) {
    if (!object.contains(key)) return {};
    const auto word = text_of(object, key);
    if (!word || std::ranges::find(words, *word) == words.end()) {
        std::string form = "one of";
        for (std::string_view known : words) (form += ' ') += known;
        return missing(key, form);
    }
    into = *word;
    return {};
}

// A list of names; nothing where there is none.
Result<void> read_names(const json::object& object, std::string_view key, std::vector<std::string>& into) {
    const json::value* list = object.if_contains(key);
    if (list == nullptr) return {};
    const auto is_right = [](const json::value& item) { return item.is_string() && is_name(item.get_string(), "_-."); };
    if (!list->is_array() || list->get_array().size() > kMatchKeysMax ||
        !std::ranges::all_of(list->get_array(), is_right)) {
        return missing(key, "a list of at most 64 names");
    }
    for (const json::value& item : list->get_array()) into.emplace_back(item.get_string());
    return {};
}

Result<void> read_scope(const json::object& object, ScopePromise& scope) {
    if (auto read = read_word(object, "reply", {"connection", "verdict", "any"}, scope.reply); !read) return read;
    if (auto read = read_word(object, "retry", {"local", "upstream"}, scope.retry); !read) return read;
    if (auto read = read_word(object, "delivery", {"live", "acked"}, scope.delivery); !read) return read;
    const json::value* value = object.if_contains("scope");
    if (value == nullptr) return {};
    const json::object* inner = value->if_object();
    const auto key = inner == nullptr ? std::nullopt : text_of(*inner, "key");
    if (!key || key->empty() || key->size() > kWordsSizeMax) return missing("scope", "an object with \"key\", a text");
    scope.key = *key;
    if (auto read = read_word(*inner, "lifetime", {"connection", "transaction", "keyed"}, scope.lifetime); !read) {
        return read;
    }
    return read_names(*inner, "closes_by", scope.closes_by);
}

Result<MatchKey> match_key_of(const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr) return missing("match", "a list of objects");
    MatchKey key;
    auto name = text_of(*object, "key");
    if (!name || !is_name(*name, "_-.")) {
        return missing("match[].key", "a name of a-z, 0-9, _ - . that is at most 64 long");
    }
    if (is_reserved(*name)) return Error{"manifest: the match key \"" + std::string(*name) + "\" is the gateway's own"};
    key.key = *name;
    auto type = text_of(*object, "type");
    if (type != "text" && type != "path" && type != "topic") {
        return missing("match[].type", "\"text\", \"path\" or \"topic\"");
    }
    key.type = type == "text" ? KeyType::text : type == "path" ? KeyType::path : KeyType::topic;
    if (const json::value* constant = object->if_contains("constant")) {
        if (!constant->is_bool()) return missing("match[].constant", "true or false");
        key.is_constant = constant->get_bool();
    }
    return key;
}

Result<void> read_adapter_part(const json::object& object, Manifest& manifest) {
    auto protocol = text_of(object, "protocol");
    if (!protocol || !is_name(*protocol, "_-")) return missing("protocol", "the name of the adapter's protocol");
    manifest.protocol = *protocol;
    if (auto read = read_scope(object, manifest.scope); !read) return read;
    const json::value* match = object.if_contains("match");
    if (match == nullptr) return {};
    if (!match->is_array() || match->get_array().size() > kMatchKeysMax) {
        return missing("match", "a list of at most 64 objects");
    }
    for (const json::value& item : match->get_array()) {
        Result<MatchKey> key = match_key_of(item);
        if (!key) return key.error();
        bool known = std::ranges::any_of(manifest.match_keys, [&](auto& other) { return other.key == key->key; });
        if (known) return Error{"manifest: the match key \"" + key->key + "\" stands there twice"};
        manifest.match_keys.push_back(*std::move(key));
    }
    return {};
}

}  // namespace

const char* to_string(KeyType type) {
    return type == KeyType::text ? "text" : type == KeyType::path ? "path" : "topic";
}

Result<Manifest> parse_manifest(std::string_view text) {
    if (text.size() > kManifestSizeMax) return Error{"manifest: larger than 64 KiB"};
    json::error_code failure;
    json::value root = json::parse(text, failure);
    if (failure) return Error{"manifest: not JSON: " + failure.message()};
    const json::object* object = root.if_object();
    if (object == nullptr) return Error{"manifest: not a JSON object"};

    Manifest manifest;
    auto id = text_of(*object, "id");
    if (!id || !is_name(*id, "_-")) {
        return missing("id", "a name of a-z, 0-9, _ and -, at most 64 long");
    }
    manifest.id = *id;
    auto version = text_of(*object, "version");
    if (!version || !is_version(*version)) return missing("version", "a version such as \"1.0.0\"");
    manifest.version = *version;
    auto abi = text_of(*object, "abi");
    if (!abi || !is_version(*abi)) return missing("abi", "a version such as \"0.1\"");
    manifest.abi = *abi;
    auto kind = text_of(*object, "kind");
    if (kind != "consumer" && kind != "adapter") return missing("kind", "\"consumer\" or \"adapter\"");
    manifest.kind = kind == "adapter" ? Manifest::Kind::adapter : Manifest::Kind::consumer;
    if (auto read = read_names(*object, "requires", manifest.extensions); !read) return read.error();
    if (const json::value* config = object->if_contains("config")) {
        Result<SettingKey> keys = read_setting_keys(*config);
        if (!keys) return keys.error();
        manifest.settings = *std::move(keys);
    }
    if (manifest.kind == Manifest::Kind::adapter) {
        Result<void> read = read_adapter_part(*object, manifest);
        if (!read) return read.error();
    }
    return manifest;
}

Result<Manifest> read_manifest(const std::string& file) {
    Result<std::string> text = read_manifest_section(file);
    if (!text) return text.error();
    Result<Manifest> manifest = parse_manifest(*text);
    if (!manifest) return Error{file + ": " + manifest.error().text};
    manifest->file = file;
    return manifest;
}

}  // namespace millrace
