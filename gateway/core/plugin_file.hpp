#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

// The files of plugins: who may change them, and the copies that are loaded.
namespace millrace {

// Why this file must not be loaded, or nothing. The rule is in plugin_host.hpp.
std::optional<std::string> distrust(const std::string& file);

// The same for a folder.
std::optional<std::string> distrust_folder(const std::string& folder);

// In hexadecimal digits.
std::string sha256(std::string_view content);

// Makes `state_dir`/plugins/<SHA-256 of the content>.so, unless it is there, and returns its path. The folder is the
// gateway's alone. The copy appears whole or not at all.
Result<std::string> copy_by_content(const std::string& file, const std::string& state_dir);

}  // namespace millrace
