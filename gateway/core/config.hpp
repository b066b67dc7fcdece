#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/core/config_match.hpp"
#include "gateway/core/manifest.hpp"

// The configuration file as values: what `run` builds from and `check` reports on.
//
// Reading never stops at the first mistake: every error of the file is found in one pass, each with its place. Values
// are plain data without the gateway's state; a Config is never changed after it has been read. Thread: any; nothing
// here is shared.
namespace millrace {

// One mistake: `file:line:col: error[CODE] text`. Codes are stable names in kebab case (`unknown-key`, `duplicate-key`,
// `wrong-type`, `bad-value`, `missing-key`, `unknown-consumer`, ...), listed in docs/configuration.md.
struct ConfigError {
    Position at;
    std::string code;
    std::string text;  // What is wrong and what to do, with the nearest valid name where there is one.
};

// A bound in messages and bytes.
struct Bound {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;

    bool operator==(const Bound&) const = default;
};

// A text that the configuration does not have, only where it is to be found: a secret (contract G3), or the content of
// a file that is none.
struct Secret {
    enum class Source { env, file, credential, plain };

    std::string path;  // Of the key.
    Source source;
    std::string name;        // Of the variable, the file, the credential; for demos the text itself.
    Position at;             // Of the name.
    std::size_t offset = 0;  // In the settings' JSON: of the `null` that stands for it.
    bool is_public = false;  // Everybody may see it: a certificate.
};

// A plugin's own keys as a JSON object, and where each stands, so that an error of the plugin can be placed.
struct PluginSettings {
    std::string json = "{}";
    std::vector<Secret> secrets;                           // In the order of the JSON.
    std::vector<std::pair<std::string, Position>> places;  // "subscribe[0].topic" -> its key; "" -> the whole.
    Position at(std::string_view path) const;              // The nearest enclosing place.
};

struct AdapterConfig {
    std::string name;
    std::string type;         // The id of an adapter plugin.
    PluginSettings settings;  // All keys but `type`.
    Position at;
    std::vector<MatchKey> match_keys = {};  // What its plugin declares,
    bool is_upstream = false;               // that its senders try again themselves,
    bool is_keyed = false;                  // that its scopes come again under the same key,
    bool is_transactional = false;          // that each of its scopes is one message, whose verdict is its answer,
    bool has_addresses = false;             // that it sends to addresses that are no scopes,
    bool is_acked = false;                  // and that routes are of class acked where they do not say.
};

struct ConsumerConfig {
    std::string name;
    std::string plugin;  // The id of a consumer plugin.
    std::uint32_t workers = 4;
    Bound mailbox{1024, 8 << 20};
    PluginSettings settings;  // What stands under `config`.
    Position at;
    std::uint64_t idle_ms = 600'000;          // A channel that nothing came to for this long is closed,
    std::uint64_t state_ttl_ms = 86'400'000;  // and its state is kept for this long.
    std::vector<std::string> may_send = {};   // Addresses; a `*` at the end stands for any rest.
};

// When the sender hears yes (contract D2).
enum class DeliveryClass {
    live,     // As soon as every mailbox has it.
    acked,    // When every consumer has handled it.
    durable,  // When it is on the disk.
};

// What a durable route does with a message that a consumer refuses, whose sender has had its yes (contract D6). Either
// way it is a dead letter.
enum class OnReject {
    dead_letter,
    bounce,  // Its sender is told, where it can be.
};

// How often and how fast an undone handler is tried again.
struct RetryConfig {
    std::uint32_t attempts = 8;  // The first one counts.
    std::uint32_t initial_ms = 500;
    double multiplier = 2;
    std::uint32_t max_ms = 60'000;
    double jitter = 0.2;  // Each wait is longer or shorter by up to this part of it.

    bool operator==(const RetryConfig&) const = default;
};

struct RouteConfig {
    std::string name;
    MatchConfigs match;
    std::vector<std::string>
        to;  // Names of consumers, or of channels of theirs: `alarm:{line}`; empty only with `drop`.
    bool drop = false;
    Position at;
    DeliveryClass delivery = DeliveryClass::live;
    RetryConfig retry;
    std::uint32_t timeout_ms = 30'000;       // What a handler may take for one event.
    std::uint64_t expires_ms = 0;            // What has waited for longer is not handled; 0: it is.
    bool goes_on = false;                    // `continue`: what it takes, later routes may take too.
    bool says_delivery = false;              // Else `delivery` is what its adapters declare.
    std::optional<OnReject> on_reject = {};  // Where it says so.

    std::int64_t timeout_us() const { return std::int64_t{timeout_ms} * 1000; }
};

// What durable routes may keep on the disk.
struct SpoolConfig {
    std::uint64_t messages = 10'000'000;
    std::uint64_t bytes = std::uint64_t{16} << 30;
    std::uint64_t age_ms = 0;                           // Of the oldest; 0: any.
    std::uint64_t free_bytes = std::uint64_t{1} << 28;  // What is left of the disk.
    std::uint64_t letters_age_ms = std::uint64_t{30} * 86'400'000;
    std::uint64_t letters_bytes = std::uint64_t{1} << 30;
    std::uint64_t duplicates_age_ms = 86'400'000;
    std::uint64_t duplicates = 1'000'000;

    bool operator==(const SpoolConfig&) const = default;
};

struct Config {
    std::string file;  // As given on the command line, for messages.
    std::string name = "millrace";
    std::string state_dir;  // Absolute, as all paths here: relative ones count from the file's folder.
    std::optional<std::string> plugins_dir;
    std::optional<std::string> admin;  // "127.0.0.1:9780"; absent: no admin address.
    std::vector<Secret> admin_tokens;  // One of them lets in; the first is the one to use. Empty: none is asked for.
    std::string log_level = "info";    // debug | info | warn | error
    std::string log_format = "text";   // text | json
    std::uint32_t drain_ms = 20'000;
    std::uint32_t retire_after_ms = 3'600'000;  // What was replaced by a reload serves its conversations for so long.
    bool watch_config = false;                  // A reload whenever the file changes.
    SpoolConfig spool;
    std::vector<AdapterConfig> adapters;
    std::vector<ConsumerConfig> consumers;
    std::vector<RouteConfig> routes;
};

// What the configuration may name: manifests of the plugins that were found, by kind and id.
struct Catalogue {
    std::vector<Manifest> plugins;
    std::vector<std::string> folders;  // Where they were looked for, for messages.
    const Manifest* adapter(std::string_view id) const;
    const Manifest* consumer(std::string_view id) const;

    // Those of the adapters and consumers, in the order of the configuration. REQUIRES: it has no errors.
    std::vector<const Manifest*> used_by(const Config& config) const;
};

struct ConfigResult {
    Config config;                      // Usable only where `errors` is empty.
    std::vector<ConfigError> errors;    // In the order of the file.
    std::vector<ConfigError> warnings;  // Of a file without errors; what is named there works, but not as it seems.
};

// Reads only where the plugins are to be looked for: plugins_dir, absolute. Nothing where the file does not say so or
// cannot be read; read_config then reports why. (The catalogue has to be known before the rest can be judged.)
std::optional<std::string> read_plugins_dir(const std::string& file);

// Likewise state_dir, absolute, or its default: where the gateway that runs with this file is to be asked.
std::string read_state_dir(const std::string& file);

// Reads and judges the whole file. Does no other I/O.
ConfigResult read_config(const std::string& file, const Catalogue& catalogue);

// The nearest of `candidates` to a misspelt name, or nothing where none is near.
std::optional<std::string_view> nearest(std::string_view name, const std::vector<std::string_view>& candidates);

// "gateway.yaml:12:5: error[unknown-key] ..."; `level`: what to call it.
std::string to_string(const ConfigError& error, const std::string& file, std::string_view level = "error");

}  // namespace millrace
