#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/manifest_keys.hpp"

// What a plugin file says of itself, read from its ELF section ".millrace.manifest" without running any of its code.
namespace millrace {

// How the values of a match key are read by patterns.
enum class KeyType {
    text,
    path,   // Captures and `*` stop at `/`.
    topic,  // As in a path, and patterns are MQTT filters.
};

const char* to_string(KeyType type);

// An attribute that an adapter's routes can match on.
struct MatchKey {
    std::string key;
    KeyType type = KeyType::text;
    bool is_constant = true;  // The same in every event of a scope.
};

// What an adapter promises of its scopes; a word that it leaves out is empty.
struct ScopePromise {
    std::string key;                     // What tells one scope from another, in words.
    std::string lifetime;                // connection | transaction | keyed
    std::vector<std::string> closes_by;  // "peer", "idle", ...
    std::string reply;                   // connection | verdict | any
    std::string retry;                   // local | upstream
    std::string delivery;                // live | acked: the class of routes that name none
};

struct Manifest {
    enum class Kind { consumer, adapter };

    std::string file;
    std::string id;
    std::string version;
    std::string abi;  // "0.1"
    Kind kind = Kind::consumer;
    std::vector<std::string> extensions;  // That the gateway has to have, by their ids.
    std::optional<SettingKey> settings;   // Nothing: the plugin judges its keys itself.
    std::string protocol;                 // Adapters only, as all that follows.
    std::vector<MatchKey> match_keys;
    ScopePromise scope;
};

// Parses the JSON text of a manifest. The error says what is missing or wrong; hostile input costs no more than its
// size.
Result<Manifest> parse_manifest(std::string_view json);

// Reads the section of a 64-bit little-endian ELF shared object. Opens nothing but `file`, maps nothing executable.
Result<Manifest> read_manifest(const std::string& file);

}  // namespace millrace
