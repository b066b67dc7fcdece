#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/core/config.hpp"
#include "gateway/core/plugin_host.hpp"

// From the name of a configuration file to what the gateway is built from. Runs no code of a plugin.
namespace millrace::cli {

// What a child is made of that tries plugins: this program, also where its file has been replaced meanwhile.
inline constexpr const char* kThisProgram = "/proc/self/exe";

struct Loaded {
    Discovery plugins;
    ConfigResult result;
};

// Looks for plugins in the folders beside this program (../lib/millrace/adapters and consumers), then in plugins_dir of
// the configuration, unless its name is empty.
Discovery find_plugins(const std::string& config_file);

// From then on the process works in the folder of the file, so that relative paths in a plugin's settings count from
// there too.
Loaded load(const std::string& config_file);

// And reports the secrets that cannot be read, or by everybody. For commands that need them.
Loaded load_with_secrets(const std::string& config_file);

// Level and form of the log, as the configuration has them.
void configure_log(const Config& config);

// One line each: `file:line:col: error[CODE] text`; `level`: what to call them.
void print(std::FILE* out, const std::vector<ConfigError>& errors, const std::string& config_file,
           std::string_view level = "error");

}  // namespace millrace::cli
