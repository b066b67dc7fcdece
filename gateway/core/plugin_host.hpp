#pragma once

#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/plugin_probe.hpp"
#include "millrace/abi.h"

// Plugins as files: finds them without running them, and loads those that are used. The only user of dlopen.
//
// A file is taken only where nobody but root and the gateway's own user can change it: they own it and its folder, no
// one else may write to the file, nor to the folder unless that is sticky (as /tmp is). Thread: [control]; all that is
// here blocks on the disk.
namespace millrace {

struct RefusedPlugin {
    std::string file;    // Or a folder that could not be read or trusted.
    std::string reason;  // And what to do about it.
};

struct Discovery {
    Catalogue catalogue;
    std::vector<RefusedPlugin> refused;
};

// Reads the manifests of all files *.so in `folders`. Runs no code of theirs. Of two plugins with one kind and id the
// first stands (folders in the order given, files in that of their names); so built-in folders, named first, are never
// shadowed.
Discovery discover_plugins(const std::vector<std::string>& folders);

// One result for each plugin that was asked for.
using LoadedPlugins = std::map<const Manifest*, Result<const millrace_plugin*>>;

// What has been loaded, and is there for the rest of the process.
struct ResidentPlugins {
    std::deque<Manifest> manifests;
    std::vector<PluginFile> files;
};

// Loads plugins for the rest of the process, in this order, and checks what they export. A copy of each, named after
// its content, is made and loaded in `state_dir`/plugins: replacing the file later disturbs nothing that runs, and what
// has the same content is the same plugin again. With an empty `state_dir` nothing is written, and files are loaded
// where they are. They are tried by `prober` before (see plugin_probe.hpp), beside what is resident, unless that is
// empty. What is loaded is added to `resident`.
LoadedPlugins load_plugins(std::span<const Manifest* const> manifests, const std::string& state_dir,
                           const std::string& prober, ResidentPlugins& resident);

// The SHA-256 of the file that this is a part of, which copies are named after; empty where it was loaded in place.
std::string hash_of(const void* part_of_plugin);

// The child's side of a trial (plugin_trial.hpp): loads the files in their order, as load_plugins() does. Never
// returns. What they do at the end of the process is not tried. Thread: main.
[[noreturn]] void try_plugins(std::span<const std::string> files);

}  // namespace millrace
