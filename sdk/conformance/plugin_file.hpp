#pragma once

#include <set>
#include <string>
#include <vector>

#include "millrace/abi.h"

// The .so under test, loaded as the gateway loads it.
namespace millrace::conformance {

// What the manifest promises of an adapter's scopes; empty texts for what it does not say.
struct Declaration {
    std::string key;
    std::string lifetime;             // "connection", "transaction", "keyed"
    std::set<std::string> closes_by;  // "peer", "lost", "idle", ...
    std::string reply;                // "connection", "verdict", "any"
    std::string retry;                // "local", "upstream"
    std::set<std::string> match_keys;
};

struct PluginFile {
    std::string path;
    std::string error;  // why it could not be loaded; all but `path` is empty then
    const millrace_plugin* plugin = nullptr;
    std::vector<std::string> exports;  // the symbols that it defines for others
    std::string manifest;              // the JSON text
    std::string id, kind, abi;
    Declaration declaration;
};

// Loads it for the rest of the process.
PluginFile load_plugin(const std::string& path);

// What this program was started with: the plugin, and the arguments behind it.
const PluginFile& plugin_file();
const std::vector<std::string>& arguments();

// "peer", "lost", ..., as manifests name them.
std::string reason_name(std::uint32_t reason);

// What a plugin has to give back when it has stopped: threads and descriptors of this process.
struct Holdings {
    std::size_t threads = 0;
    std::size_t descriptors = 0;

    bool operator==(const Holdings&) const = default;
};
Holdings holdings();

}  // namespace millrace::conformance
