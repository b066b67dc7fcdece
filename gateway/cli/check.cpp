#include <fmt/format.h>

#include <cstdio>
#include <utility>
#include <vector>

#include "gateway/cli/commands.hpp"
#include "gateway/cli/loading.hpp"
#include "gateway/core/gateway.hpp"

namespace millrace::cli {
namespace {

// What the file says, and what the plugins say to their part of it.
std::vector<ConfigError> find_errors(Loaded& loaded) {
    if (!loaded.result.errors.empty()) return loaded.result.errors;
    return Gateway(std::move(loaded.result.config), system_clock()).build(loaded.plugins.catalogue, "", kThisProgram);
}

}  // namespace

int check(const std::string& config_file) {
    Loaded loaded = load_with_secrets(config_file);
    for (const RefusedPlugin& plugin : loaded.plugins.refused) {
        fmt::print("{}: warning[plugin-refused] {}\n", plugin.file, plugin.reason);
    }
    print(stdout, loaded.result.warnings, config_file, "warning");
    const std::vector<ConfigError> errors = find_errors(loaded);
    print(stdout, errors, config_file);
    if (!errors.empty()) return kBadConfig;
    fmt::print("{}: ok\n", config_file);
    return kDone;
}

}  // namespace millrace::cli
