#include "gateway/cli/loading.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace millrace::cli {

Loaded load(const std::string& config_file) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    const auto built_in = (program / "../lib/millrace").lexically_normal();
    std::vector<std::string> folders{built_in / "adapters", built_in / "consumers"};
    if (auto plugins_dir = read_plugins_dir(config_file)) folders.push_back(*plugins_dir);
    Discovery plugins = discover_plugins(folders);
    ConfigResult result = read_config(config_file, plugins.catalogue);
    std::error_code error;  // Where there is no such folder, the result says that the file cannot be read.
    std::filesystem::current_path(std::filesystem::absolute(config_file).parent_path(), error);
    return {std::move(plugins), std::move(result)};
}

void print(std::FILE* out, const std::vector<ConfigError>& errors, const std::string& config_file,
           std::string_view level) {
    for (const ConfigError& error : errors) fmt::print(out, "{}\n", to_string(error, config_file, level));
}

}  // namespace millrace::cli
