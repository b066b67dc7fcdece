#include <gtest/gtest.h>

#include <memory>

#include "conformance/plugin_file.hpp"

// What is the same for adapters and consumers: the file.
namespace millrace::conformance {
namespace {

TEST(Plugin, LoadsAlone) {
    ASSERT_EQ(plugin_file().error, "");
    const millrace_plugin& plugin = *plugin_file().plugin;
    EXPECT_EQ(plugin.magic, MILLRACE_MAGIC);
    EXPECT_EQ(plugin.abi, MILLRACE_ABI);
    EXPECT_GE(plugin.struct_size, sizeof plugin);
    EXPECT_NE(plugin.consumer == nullptr, plugin.adapter == nullptr) << "it is a consumer or an adapter";
}

TEST(Plugin, ExportsOneSymbol) { EXPECT_EQ(plugin_file().exports, std::vector<std::string>{"millrace_plugin_v1"}); }

TEST(Plugin, HasAManifest) {
    const PluginFile& file = plugin_file();
    EXPECT_NE(file.id, "") << file.manifest;
    EXPECT_EQ(file.abi, MILLRACE_ABI_TEXT);
    EXPECT_EQ(file.kind, file.plugin->adapter ? "adapter" : "consumer");
}

}  // namespace
}  // namespace millrace::conformance
