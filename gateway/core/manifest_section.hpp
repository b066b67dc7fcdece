#pragma once

#include <cstddef>
#include <string>

#include "gateway/base/result.hpp"

namespace millrace {

constexpr std::size_t kManifestSizeMax = 64 * 1024;

// The text in the section ".millrace.manifest" of a 64-bit little-endian ELF shared object, without the zero bytes that
// end it. Every offset in the file is checked before it is followed, so a damaged file is an error and costs no more
// than its table of sections; nothing of it is mapped or run. Opens regular files only. Thread: any.
Result<std::string> read_manifest_section(const std::string& file);

}  // namespace millrace
