#pragma once

#include <string>
#include <vector>

#include "gateway/base/result.hpp"

namespace millrace {

// The names that a shared object offers to others, sorted: those that dlsym would find. Reads the file only, as
// manifest_elf.hpp says. Thread: any.
Result<std::vector<std::string>> read_exports(const std::string& file);

}  // namespace millrace
