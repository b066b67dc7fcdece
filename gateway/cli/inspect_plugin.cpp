#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/manifest_text.hpp"
#include "gateway/core/manifest.hpp"
#include "gateway/core/manifest_exports.hpp"
#include "gateway/core/plugin_file.hpp"
#include "millrace/abi.h"

namespace millrace::cli {
namespace {

constexpr std::size_t kSymbolsShown = 8;

void print_exports(const std::vector<std::string>& names) {
    for (std::size_t i = 0; i < names.size() && i < kSymbolsShown; ++i) fmt::print("exports   {}\n", names[i]);
    if (names.size() > kSymbolsShown) fmt::print("exports   and {} more\n", names.size() - kSymbolsShown);
}

// Why the gateway would not load it, or what may go wrong where it does.
std::vector<std::string> find_problems(const Manifest& manifest, const std::vector<std::string>& exports) {
    std::vector<std::string> problems;
    if (auto reason = distrust(manifest.file)) problems.push_back(*reason);
    if (manifest.abi != MILLRACE_ABI_TEXT) {
        problems.push_back(fmt::format("it is built for ABI {}, this gateway has {}", manifest.abi, MILLRACE_ABI_TEXT));
    }
    if (std::ranges::find(exports, "millrace_plugin_v1") == exports.end()) {
        problems.emplace_back("it exports no millrace_plugin_v1");
    } else if (exports.size() > 1) {
        problems.emplace_back("it exports more than millrace_plugin_v1: link it with the SDK's plugin.version");
    }
    return problems;
}

int fail(const Error& error) {
    fmt::print(stderr, "{}\n", error.text);
    return kRefused;
}

}  // namespace

int inspect_plugin(const std::string& plugin_file) {
    const Result<Manifest> manifest = read_manifest(plugin_file);
    if (!manifest) return fail(manifest.error());
    const Result<std::vector<std::string>> exports = read_exports(plugin_file);
    if (!exports) return fail(exports.error());
    print_manifest(*manifest);
    print_exports(*exports);
    const std::vector<std::string> problems = find_problems(*manifest, *exports);
    for (const std::string& problem : problems) fmt::print("problem   {}\n", problem);
    return problems.empty() ? kDone : kRefused;
}

}  // namespace millrace::cli
