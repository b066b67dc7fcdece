#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/core/manifest.hpp"

// Finds out in a child process whether plugins can be loaded, all of them into one process: an abort in a static
// initialiser, a hang, or two that cannot stand each other, end a child and not the gateway.
// Thread: [control]; blocks until it is known.
namespace millrace {

// Whether and how plugins are tried.
struct Prober {
    std::string program;    // The one that runs trials (plugin_trial.hpp).
    std::string state_dir;  // Where it is noted that a set of files can be loaded, so that it is tried once; or empty.
};

struct PluginFile {
    const Manifest* manifest;
    std::string path;  // What is to be loaded: where there is a state_dir, a copy named after its content.
};

// For each file why it must not be loaded after those before it, in words that say what to do, or nothing. Where no
// child can be had at all, the log says so, and everything is taken.
std::vector<std::optional<std::string>> probe_plugins(std::span<const PluginFile> files, const Prober& prober);

}  // namespace millrace
