#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/core/config.hpp"
#include "gateway/core/config_reader.hpp"
#include "gateway/core/yaml.hpp"

// The sections of the configuration file, one source file each. Every function fills its part of `config`, with
// whatever could be understood, and adds what is wrong to the errors.
namespace millrace {

// Every key that the file may have; plugins' own keys and the attributes in `match` come on top.
inline constexpr std::string_view kRootKeys[] = {"version", "gateway", "adapters", "consumers", "routes"};
inline constexpr std::string_view kGatewayKeys[] = {"name",  "state_dir",    "plugins_dir",  "admin", "log",
                                                    "drain", "retire_after", "watch_config", "spool"};
inline constexpr std::string_view kSpoolKeys[] = {"max_messages", "max_bytes",     "max_age",        "min_free",
                                                  "letters_age",  "letters_bytes", "duplicates_age", "duplicates"};
inline constexpr std::string_view kAdminKeys[] = {"listen", "token"};
inline constexpr std::string_view kLogKeys[] = {"level", "format"};
inline constexpr std::string_view kConsumerKeys[] = {"plugin",    "workers",  "mailbox", "idle",
                                                     "state_ttl", "may_send", "config"};
inline constexpr std::string_view kMailboxKeys[] = {"messages", "bytes"};
inline constexpr std::string_view kRouteKeys[] = {"name",     "match",     "to",    "drop",    "continue",
                                                  "delivery", "on_reject", "retry", "timeout", "expires"};
inline constexpr std::string_view kRetryKeys[] = {"attempts", "initial", "multiplier", "max", "jitter"};

struct Reading {
    Config& config;
    const Catalogue& catalogue;
    ConfigErrors& errors;
    std::filesystem::path folder;  // Of the file: relative paths count from there.
    std::size_t regexes = 0;       // How many there have been in routes.
};

// `section`: its key and value, or null where the file does not have it.
void read_gateway(const YamlEntry* section, Reading& reading);
void read_adapters(const YamlEntry* section, Reading& reading);
void read_consumers(const YamlEntry* section, Reading& reading);

// REQUIRES: adapters and consumers have been read.
void read_routes(const YamlEntry* section, Reading& reading);

struct MatchReading {
    MatchConfigs match;
    std::vector<std::string> captures;  // Those that have taken something whenever it matches.
};

// What stands under `match` of a route. REQUIRES: adapters have been read.
MatchReading read_match(const YamlNode& node, Reading& reading);

// One value of a key of `match` that is not a list.
std::optional<ValueConfig> read_value(const YamlNode& node, const std::string& key, Reading& reading);

// Reports routes that no message can reach, because those before them take everything; only where that is certain.
// REQUIRES: no errors so far.
void check_reach(const Config& config, ConfigErrors& warnings);

// Gives each route that does not say its class the strictest that the adapters it is for declare (contract D4).
// REQUIRES: there are no errors.
void choose_classes(Config& config);

// Where the sender's answer is the message's only verdict, as with mail: durable routes have to say what becomes of
// what is refused after it (contract D6), and live ones say yes to what may still be lost (contract D4). REQUIRES:
// there are no errors, and classes are chosen.
void check_answers(const Config& config, ConfigErrors& errors, ConfigErrors& warnings);

// What is read as a plugin's settings.
struct SettingsPart {
    const YamlNode& map;
    Position at;               // Stands for all of it.
    std::string owner;         // "adapter 'web'"
    std::string_view without;  // The key of it that is the gateway's own.
};

// The part as JSON for the plugin. Where its manifest declares the keys, the part is held to them.
PluginSettings read_settings(const SettingsPart& part, const Manifest* manifest, Reading& reading);

// What is wrong with the keys of the part, and the secrets among them.
std::vector<Secret> check_keys(const SettingsPart& part, const SettingKey& keys, Reading& reading);

// Where the secret of the key `path` is to be found; nothing and an error where the file does not say so.
std::optional<Secret> read_secret_place(const YamlNode& node, const std::string& path, std::string_view owner,
                                        Reading& reading);

// The text of a plugin's id in `key`, and an error where the catalogue has no such plugin of this kind.
std::string read_plugin_id(MapReader& keys, std::string_view key, Manifest::Kind kind, Reading& reading);

// Does `entry` have a proper name for an adapter or a consumer ("what")?
void check_name(const YamlEntry& entry, std::string_view what, ConfigErrors& errors);

std::string resolve_path(const std::filesystem::path& folder, const std::string& path);

}  // namespace millrace
