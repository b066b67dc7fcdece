#pragma once

#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/core/config.hpp"
#include "gateway/core/mask.hpp"

// Secrets are read when they are handed to whom they are for. A Config never has one; the gateway keeps those of a
// plugin only to hide them in what it says (mask.hpp). What is said of them is never their text.
// Thread: [control]; reads files and the environment.
namespace millrace {

// All secrets of the configuration that cannot be read, and why (`no-secret`).
std::vector<ConfigError> check_secrets(const Config& config);

// Files with secrets that other users of the machine may read (`open-secret`). Not an error: in a container they often
// are, and nobody else is there.
std::vector<ConfigError> find_open_secrets(const Config& config);

// The files that secrets are in, each once.
std::vector<std::string> secret_files(const Config& config);

// Their texts, in this order.
Result<std::vector<std::string>> read_secrets(const std::vector<Secret>& secrets);

// The settings' JSON with the texts of their secrets, for the time of one call. Wiped at the end.
class FilledSettings {
  public:
    explicit FilledSettings(const PluginSettings& settings);
    ~FilledSettings();
    FilledSettings(const FilledSettings&) = delete;

    const std::string& json() const { return json_; }
    const std::vector<ConfigError>& errors() const { return errors_; }

    // Hides them in what the plugin says.
    const MaskPtr& mask() const { return mask_; }

  private:
    std::string json_;
    MaskPtr mask_;
    std::vector<ConfigError> errors_;
};

}  // namespace millrace
