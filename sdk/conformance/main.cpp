#include <gtest/gtest.h>

#include <cstdio>

#include "conformance/plugin_file.hpp"

namespace millrace::conformance {
namespace {

PluginFile loaded;
std::vector<std::string> rest;

}  // namespace

const PluginFile& plugin_file() { return loaded; }
const std::vector<std::string>& arguments() { return rest; }

}  // namespace millrace::conformance

int main(int count, char** arguments) {
    testing::InitGoogleTest(&count, arguments);
    if (count < 2) {
        std::fprintf(stderr, "usage: %s PLUGIN.so [NAME=VALUE ..] [GoogleTest's options]\n", arguments[0]);
        return 64;
    }
    millrace::conformance::loaded = millrace::conformance::load_plugin(arguments[1]);
    millrace::conformance::rest.assign(arguments + 2, arguments + count);
    if (!millrace::conformance::loaded.error.empty()) GTEST_FLAG_SET(filter, "Plugin.LoadsAlone");
    return RUN_ALL_TESTS();
}
