#include "gateway/core/manifest_exports.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

namespace millrace {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsSupersetOf;
using testing::Not;

std::string plugin(const char* name) { return std::string(MILLRACE_BUILD_DIR "/tests/plugins/") + name; }

TEST(ManifestExports, OfAPlugin) {
    const auto exports = read_exports(plugin("c_echo.so"));
    ASSERT_TRUE(exports) << exports.error().text;
    EXPECT_THAT(*exports, ElementsAre("millrace_plugin_v1"));
}

TEST(ManifestExports, OfASharedObjectThatOffersNothing) {
    const auto exports = read_exports(plugin("fault_no_entry.so"));
    ASSERT_TRUE(exports) << exports.error().text;
    EXPECT_THAT(*exports, Not(Contains("millrace_plugin_v1")));
}

TEST(ManifestExports, OfALibrary) {
    const auto exports = read_exports("/usr/lib/x86_64-linux-gnu/libc.so.6");
    ASSERT_TRUE(exports) << exports.error().text;
    EXPECT_THAT(*exports, IsSupersetOf({"dlopen", "malloc", "printf"}));
    EXPECT_TRUE(std::is_sorted(exports->begin(), exports->end()));
}

TEST(ManifestExports, OfWhatIsNoSharedObject) {
    EXPECT_THAT(read_exports("/etc/passwd").error().text, EndsWith("/etc/passwd: not an ELF file"));
    EXPECT_THAT(read_exports("/").error().text, EndsWith("/: not a file"));
    EXPECT_THAT(read_exports("/nowhere.so").error().text,
                EndsWith("/nowhere.so: cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace millrace
