#include "gateway/core/plugin_host.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "gateway/core/plugin_file.hpp"
#include "gateway/core/plugin_probe.hpp"
#include "gateway/core/plugin_trial.hpp"

namespace millrace {
namespace {

const char* name_of(Manifest::Kind kind) { return kind == Manifest::Kind::adapter ? "adapter" : "consumer"; }

Result<std::vector<std::string>> files_in(const std::string& folder) {
    if (auto reason = distrust_folder(folder)) return Error{*reason};
    std::vector<std::string> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename();
        if (name.ends_with(".so") && name.front() != '.') files.push_back(entry.path());
    }
    if (error) return Error{fmt::format("cannot read {}: {}", folder, error.message())};
    std::ranges::sort(files);
    return files;
}

Result<Manifest> examine(const std::string& file, const Catalogue& known) {
    if (auto reason = distrust(file)) return Error{*reason};
    Result<Manifest> manifest = read_manifest(file);
    if (!manifest) return manifest;
    if (manifest->abi != MILLRACE_ABI_TEXT) {
        return Error{
            fmt::format("it is built for plugin ABI {}, this gateway has {}: rebuild it with the SDK of this gateway",
                        manifest->abi, MILLRACE_ABI_TEXT)};
    }
    if (!manifest->extensions.empty()) {  // This gateway has none.
        return Error{fmt::format("it needs the extension {}, which this gateway does not have: use a newer gateway",
                                 manifest->extensions.front())};
    }
    const bool is_adapter = manifest->kind == Manifest::Kind::adapter;
    const Manifest* other = is_adapter ? known.adapter(manifest->id) : known.consumer(manifest->id);
    if (other == nullptr) return manifest;
    return Error{fmt::format("{} '{}' is already there, in {}: remove one of the two, or give this one another id",
                             name_of(manifest->kind), manifest->id, other->file)};
}

template <class... Functions> bool are_set(Functions... functions) { return (... && (functions != nullptr)); }

std::optional<std::string> fault_of(const millrace_consumer& table) {
    if (table.struct_size < sizeof(millrace_consumer)) return "its consumer table is too short";
    if (table.mode != MILLRACE_SYNC && table.mode != MILLRACE_ASYNC) return "its consumer has an unknown mode";
    const bool is_whole = are_set(table.create, table.start, table.stop, table.destroy, table.open, table.deliver,
                                  table.close, table.cancel, table.resumed, table.work);
    return is_whole ? std::nullopt : std::optional("its consumer table lacks a function");
}

std::optional<std::string> fault_of(const millrace_adapter& table) {
    if (table.struct_size < sizeof(millrace_adapter)) return "its adapter table is too short";
    const bool is_whole = are_set(table.create, table.prepare, table.start, table.quiesce, table.stop, table.destroy,
                                  table.wake, table.settle, table.send, table.close_scope, table.resume, table.retire);
    return is_whole ? std::nullopt : std::optional("its adapter table lacks a function");
}

std::optional<std::string> fault_of(const millrace_plugin* plugin, Manifest::Kind kind) {
    if (plugin == nullptr) return "millrace_plugin_v1 returned nothing";
    if (plugin->magic != MILLRACE_MAGIC) return "what millrace_plugin_v1 returned is no millrace_plugin";
    if (plugin->abi != MILLRACE_ABI) {
        return fmt::format("it has ABI number {}, this gateway has {}: rebuild it with the SDK of this gateway",
                           plugin->abi, MILLRACE_ABI);
    }
    if (plugin->struct_size < sizeof(millrace_plugin)) return "its plugin table is too short";
    const bool is_adapter = kind == Manifest::Kind::adapter;
    if ((plugin->adapter != nullptr) != is_adapter || (plugin->consumer != nullptr) == is_adapter) {
        return fmt::format("its manifest says {}, its tables say otherwise", name_of(kind));
    }
    return is_adapter ? fault_of(*plugin->adapter) : fault_of(*plugin->consumer);
}

// The file that is to be opened: the one that was examined, or its copy.
Result<std::string> settle_file(const Manifest& manifest, const std::string& state_dir) {
    if (auto reason = distrust(manifest.file)) return Error{*reason};
    if (state_dir.empty()) return std::filesystem::absolute(manifest.file).string();
    Result<std::string> copy = copy_by_content(manifest.file, state_dir);
    if (!copy) return copy;
    const Result<Manifest> copied = read_manifest(*copy);
    if (!copied || copied->id != manifest.id || copied->kind != manifest.kind) {
        return Error{"the file has changed since it was found: start again"};
    }
    return copy;
}

using Entry = decltype(&millrace_plugin_v1);

Result<Entry> find_entry(const std::string& file) {
    void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return Error{::dlerror()};
    const auto entry = reinterpret_cast<Entry>(::dlsym(library, "millrace_plugin_v1"));
    if (entry == nullptr) return Error{"it exports no millrace_plugin_v1"};
    return entry;
}

Result<const millrace_plugin*> open_plugin(const PluginFile& file) {
    const Result<Entry> entry = find_entry(file.path);
    if (!entry) return entry.error();
    const millrace_plugin* plugin = (*entry)();
    if (auto fault = fault_of(plugin, file.manifest->kind)) return Error{*fault};
    return plugin;
}

}  // namespace

Discovery discover_plugins(const std::vector<std::string>& folders) {
    Discovery found;
    found.catalogue.folders = folders;
    for (const std::string& folder : folders) {
        Result<std::vector<std::string>> files = files_in(folder);
        if (!files) {
            found.refused.push_back({folder, files.error().text});
            continue;
        }
        for (const std::string& file : *files) {
            Result<Manifest> manifest = examine(file, found.catalogue);
            if (manifest)
                found.catalogue.plugins.push_back(*std::move(manifest));
            else
                found.refused.push_back({file, manifest.error().text});
        }
    }
    return found;
}

LoadedPlugins load_plugins(std::span<const Manifest* const> manifests, const std::string& state_dir,
                           const std::string& prober, ResidentPlugins& resident) {
    LoadedPlugins loaded;
    const auto refuse = [&loaded](const Manifest& manifest, const std::string& reason) {
        loaded.emplace(&manifest, Error{fmt::format("cannot load {} '{}' from {}: {}", name_of(manifest.kind),
                                                    manifest.id, manifest.file, reason)});
    };
    std::vector<PluginFile> files = resident.files;
    const std::size_t known = files.size();
    for (const Manifest* manifest : manifests) {
        const auto is_same = [manifest](const PluginFile& file) { return file.manifest == manifest; };
        if (loaded.contains(manifest) || std::ranges::any_of(files, is_same)) continue;
        Result<std::string> file = settle_file(*manifest, state_dir);
        if (file)
            files.push_back({manifest, *std::move(file)});
        else
            refuse(*manifest, file.error().text);
    }
    const auto is_resident = [&resident](const PluginFile& file) {
        return std::ranges::count(resident.files, file.path, &PluginFile::path) != 0;
    };
    const bool is_new = !std::all_of(files.begin() + static_cast<std::ptrdiff_t>(known), files.end(), is_resident);
    std::vector<std::optional<std::string>> reasons(files.size());
    if (is_new && !prober.empty()) reasons = probe_plugins(files, {prober, state_dir});
    for (std::size_t i = known; i < files.size(); ++i) {
        const Manifest& manifest = *files[i].manifest;
        if (reasons[i]) {
            refuse(manifest, *reasons[i]);
            continue;
        }
        auto plugin = open_plugin(files[i]);
        if (!plugin) {
            refuse(manifest, plugin.error().text);
            continue;
        }
        loaded.emplace(&manifest, *plugin);
        if (!is_resident(files[i])) {
            resident.files.push_back({&resident.manifests.emplace_back(manifest), files[i].path});
        }
    }
    return loaded;
}

std::string hash_of(const void* part_of_plugin) {
    Dl_info info{};
    if (::dladdr(part_of_plugin, &info) == 0) return {};
    const std::string stem = std::filesystem::path(info.dli_fname).stem();
    const bool is_hash = stem.size() == 64 && stem.find_first_not_of("0123456789abcdef") == stem.npos;
    return is_hash ? stem : std::string();
}

void try_plugins(std::span<const std::string> files) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const auto report = [] {
        if (::write(kTrialReport, ".", 1) != 1) std::_Exit(EXIT_FAILURE);
    };
    for (const std::string& file : files) {
        report();
        if (const Result<Entry> entry = find_entry(file)) (*entry)();
    }
    report();
    std::_Exit(EXIT_SUCCESS);
}

}  // namespace millrace
