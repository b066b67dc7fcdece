#pragma once

#include <string>
#include <vector>

#include "gateway/core/config.hpp"

// Secrets are read when they are handed to their plugin, and kept by nobody else: a Config never has one. What is said
// of them is never their text. Thread: [control]; reads files and the environment.
namespace millrace {

// All secrets of the configuration that cannot be read, and why (`no-secret`).
std::vector<ConfigError> check_secrets(const Config& config);

// Files with secrets that other users of the machine may read (`open-secret`). Not an error: in a container they often
// are, and nobody else is there.
std::vector<ConfigError> find_open_secrets(const Config& config);

// The files that secrets are in, each once.
std::vector<std::string> secret_files(const Config& config);

// The settings' JSON with the texts of their secrets, for the time of one call. Wiped at the end.
class FilledSettings {
  public:
    explicit FilledSettings(const PluginSettings& settings);
    ~FilledSettings();
    FilledSettings(const FilledSettings&) = delete;

    const std::string& json() const { return json_; }
    const std::vector<ConfigError>& errors() const { return errors_; }

    // Without the texts of the secrets, should the plugin have said one.
    std::string mask(std::string text) const;

  private:
    std::string json_;
    std::vector<std::string> texts_;
    std::vector<ConfigError> errors_;
};

}  // namespace millrace
