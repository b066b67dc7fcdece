#include "gateway/cli/loading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "gateway/base/log.hpp"
#include "gateway/core/config_secrets.hpp"

namespace millrace::cli {

Discovery find_plugins(const std::string& config_file) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const auto built_in = (program / "../lib/millrace").lexically_normal();
    std::vector<std::string> folders{built_in / "adapters", built_in / "consumers"};
    if (!config_file.empty()) {
        if (auto plugins_dir = read_plugins_dir(config_file)) folders.push_back(*plugins_dir);
    }
    return discover_plugins(folders);
}

Loaded load(const std::string& config_file) {
    Discovery plugins = find_plugins(config_file);
    ConfigResult result = read_config(config_file, plugins.catalogue);
    std::error_code error;  // Where there is no such folder, the result says that the file cannot be read.
    std::filesystem::current_path(std::filesystem::absolute(config_file).parent_path(), error);
    return {std::move(plugins), std::move(result)};
}

Loaded load_with_secrets(const std::string& config_file) {
    Loaded loaded = load(config_file);
    const auto add = [](std::vector<ConfigError>& to, std::vector<ConfigError> more) {
        std::ranges::move(more, std::back_inserter(to));
        std::ranges::stable_sort(to, {}, &ConfigError::at);
    };
    add(loaded.result.errors, check_secrets(loaded.result.config));
    add(loaded.result.warnings, find_open_secrets(loaded.result.config));
    return loaded;
}

void configure_log(const Config& config) {
    auto level = log::Level::info;
    if (config.log_level == "debug") level = log::Level::debug;
    if (config.log_level == "warn") level = log::Level::warn;
    if (config.log_level == "error") level = log::Level::error;
    log::configure(level, config.log_format == "json" ? log::Format::json : log::Format::text);
}

void print(std::FILE* out, const std::vector<ConfigError>& errors, const std::string& config_file,
           std::string_view level) {
    for (const ConfigError& error : errors) fmt::print(out, "{}\n", to_string(error, config_file, level));
}

}  // namespace millrace::cli
