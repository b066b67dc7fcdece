// The router alone: reads a configuration, and asks for each path of a file, one a line, in a shuffled order. Prints
// one JSON line: nanoseconds a match, and how many of the paths a route takes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "gateway/core/plugin_host.hpp"
#include "gateway/core/router.hpp"

namespace {

using Clock = std::chrono::steady_clock;

int run(const std::string& plugins, const std::string& file, const std::string& paths_file, double duration_s) {
    const auto found = millrace::discover_plugins({plugins + "/adapters", plugins + "/consumers"});
    const auto read = millrace::read_config(file, found.catalogue);
    for (const auto& error : read.errors) std::fprintf(stderr, "%s\n", to_string(error, file).c_str());
    if (!read.errors.empty()) return 1;
    const millrace::Router router(read.config);

    std::vector<std::string> paths;
    std::ifstream lines(paths_file);
    for (std::string line; std::getline(lines, line);) paths.push_back(line);
    std::ranges::shuffle(paths, std::mt19937(1));

    std::size_t matches = 0, delivered = 0;
    const auto begin = Clock::now();
    std::chrono::duration<double> took{};
    while (took.count() < duration_s) {
        delivered = 0;
        for (const std::string& path : paths) {
            const millrace::Attribute attributes[] = {{"host", "gateway.example"}, {"path", path}};
            delivered += router.match(0, attributes).outcome == millrace::Decision::Outcome::deliver;
        }
        matches += paths.size();
        took = Clock::now() - begin;
    }
    std::printf("{\"ns\": %.1f, \"delivered\": %zu}\n", took.count() * 1e9 / static_cast<double>(matches), delivered);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 5) return run(argv[1], argv[2], argv[3], std::stod(argv[4]));
    std::fprintf(stderr, "usage: core_match PLUGINS CONFIG PATHS SECONDS\n");
    return 2;
}
