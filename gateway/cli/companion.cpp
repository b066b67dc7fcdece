#include "gateway/cli/companion.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace millrace::cli {

void become_companion(char** argv) {
    const std::string name = argv[0] && argv[1] ? argv[1] : "";
    const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    if (name.empty() || !std::ranges::all_of(name, is_letter)) return;
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return;
    std::string companion = self.parent_path() / ("millrace-" + name);
    std::vector<char*> arguments{companion.data()};
    for (char** it = argv + 2; *it; ++it) arguments.push_back(*it);
    arguments.push_back(nullptr);
    ::execv(companion.c_str(), arguments.data());
}

}  // namespace millrace::cli
