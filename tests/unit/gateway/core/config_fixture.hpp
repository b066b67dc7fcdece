#pragma once

#include <string>
#include <string_view>

#include "gateway/core/config.hpp"

namespace millrace::testing {

// A folder of its own that is gone at the end of the test.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    // Writes a file into it and gives its name.
    std::string write(const std::string& name, std::string_view content) const;

    const std::string& name() const { return name_; }

  private:
    std::string name_;
};

// Plugins that the tests' configurations may name. Adapters: websocket (path and the text keys query, host), mqtt
// (topic, which changes within a scope; host). Consumers: echo, audit.
Catalogue test_catalogue();

// Reads the text as a file gateway.yaml of `folder`.
ConfigResult read_text(const TemporaryFolder& folder, std::string_view text);

// "line:col code", one a line.
std::string places(const ConfigResult& result);

}  // namespace millrace::testing
