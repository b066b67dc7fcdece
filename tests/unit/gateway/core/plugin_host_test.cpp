#include "gateway/core/plugin_host.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "gateway/core/plugin_file.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

std::string built(const std::string& name) { return MILLRACE_BUILD_DIR "/tests/plugins/" + name + ".so"; }

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
}

class PluginHost : public testing::Test {
  protected:
    PluginHost() {
        std::string pattern = fs::temp_directory_path() / "millrace-plugins-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
        fs::create_directories(folder());
        fs::permissions(folder(), fs::perms::owner_all);
    }
    ~PluginHost() override { fs::remove_all(root_); }

    fs::path folder() const { return root_ / "plugins"; }
    std::string state_dir() const { return root_ / "state"; }

    fs::path put(const std::string& name, const std::string& as, mode_t mode = 0644) const {
        const fs::path file = folder() / as;
        fs::copy_file(built(name), file);
        ::chmod(file.c_str(), mode);
        return file;
    }

    // The plugins that were found, and "file: reason" of the others.
    std::vector<std::string> ids() const {
        std::vector<std::string> result;
        for (const Manifest& manifest : discovery_.catalogue.plugins) result.push_back(manifest.id);
        return result;
    }
    std::vector<std::string> refusals() const {
        std::vector<std::string> result;
        for (const auto& [file, reason] : discovery_.refused) {
            result.push_back(fs::path(file).filename().string() + ": " + reason);
        }
        return result;
    }

    void discover() { discovery_ = discover_plugins({folder()}); }

    Result<const millrace_plugin*> load(const std::string& file, const std::string& state_dir = "") const {
        const Result<Manifest> manifest = read_manifest(file);
        if (!manifest) return manifest.error();
        return load(manifest.value(), state_dir);
    }
    static Result<const millrace_plugin*> load(const Manifest& manifest, const std::string& state_dir) {
        ResidentPlugins resident;
        return load_plugins(std::array{&manifest}, state_dir, "", resident).at(&manifest);
    }

    fs::path root_;
    Discovery discovery_;
};

TEST_F(PluginHost, FindsSharedObjects) {
    put("c_echo", "c_echo.so");
    put("c_echo", "c_echo.so.old");
    put("c_echo", ".hidden.so");
    discover();
    EXPECT_THAT(ids(), ElementsAre("c_echo"));
    EXPECT_THAT(refusals(), ElementsAre());
    EXPECT_THAT(discovery_.catalogue.folders, ElementsAre(folder().string()));
    EXPECT_EQ(discovery_.catalogue.consumer("c_echo")->file, folder() / "c_echo.so");
}

TEST_F(PluginHost, SaysWhyItRefuses) {
    std::ofstream(folder() / "empty.so");
    put("fault_manifest_abi", "newer.so");
    put("c_echo", "open.so", 0666);
    fs::create_symlink(folder() / "nowhere", folder() / "gone.so");
    discover();
    EXPECT_THAT(ids(), ElementsAre());
    const std::string open = folder() / "open.so";
    EXPECT_THAT(refusals(), ElementsAre(testing::StartsWith("empty.so: "), testing::StartsWith("gone.so: cannot read "),
                                        "newer.so: it is built for plugin ABI 99.1, this gateway has " MILLRACE_ABI_TEXT
                                        ": rebuild it with the SDK "
                                        "of this gateway",
                                        "open.so: others may write to " + open + " (mode 0666): chmod go-w " + open));
}

TEST_F(PluginHost, TheFirstOfTwoWithOneIdStands) {
    put("c_echo", "a.so");
    put("c_echo", "b.so");
    discover();
    EXPECT_THAT(ids(), ElementsAre("c_echo"));
    EXPECT_THAT(refusals(), ElementsAre("b.so: consumer 'c_echo' is already there, in " + (folder() / "a.so").string() +
                                        ": remove one of the two, or give this one another id"));
}

TEST_F(PluginHost, TrustsNoFolderThatOthersMayWriteTo) {
    put("c_echo", "c_echo.so");
    ::chmod(folder().c_str(), 0777);
    discover();
    EXPECT_THAT(ids(), ElementsAre());
    EXPECT_THAT(refusals(), ElementsAre("plugins: others may write to " + folder().string() +
                                        " (mode 0777): chmod go-w " + folder().string()));
    ::chmod(folder().c_str(), 01777);
    discover();
    EXPECT_THAT(ids(), ElementsAre("c_echo"));
}

TEST_F(PluginHost, FollowsALinkAndJudgesWhatItLeadsTo) {
    const fs::path elsewhere = root_ / "elsewhere";
    fs::create_directory(elsewhere);
    fs::copy_file(built("c_echo"), elsewhere / "c_echo.so");
    ::chmod(elsewhere.c_str(), 0777);
    fs::create_symlink(elsewhere / "c_echo.so", folder() / "c_echo.so");
    discover();
    EXPECT_THAT(refusals(), ElementsAre(HasSubstr("others may write to " + elsewhere.string())));
    ::chmod(elsewhere.c_str(), 0755);
    discover();
    EXPECT_THAT(ids(), ElementsAre("c_echo"));
}

TEST_F(PluginHost, TrustsNoFileOfAStranger) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    const fs::path file = put("c_echo", "c_echo.so");
    ASSERT_EQ(::chown(file.c_str(), 12345, 0), 0);
    discover();
    EXPECT_THAT(refusals(), ElementsAre(HasSubstr("belongs to user 12345")));
}

TEST_F(PluginHost, AFolderThatIsNotThereIsReported) {
    discovery_ = discover_plugins({root_ / "nowhere"});
    EXPECT_THAT(refusals(), ElementsAre(EndsWith("nowhere: No such file or directory")));
}

TEST_F(PluginHost, LoadsACopyNamedByItsContent) {
    const fs::path file = put("c_echo", "c_echo.so");
    const auto plugin = load(file, state_dir());
    ASSERT_TRUE(plugin) << plugin.error().text;
    EXPECT_EQ(plugin.value()->abi, MILLRACE_ABI);

    const std::vector<std::string> copies = names_in(state_dir() + "/plugins");
    EXPECT_THAT(copies, ElementsAre(testing::MatchesRegex("[0-9a-f]+\\.so")));
    EXPECT_EQ(copies.at(0).size(), 64 + 3u);
    struct stat status {};
    ASSERT_EQ(::stat((state_dir() + "/plugins").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0700u);
    ASSERT_EQ(::stat((state_dir() + "/plugins/" + copies.at(0)).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0500u);

    fs::remove(file);
    const auto again = load(put("c_echo", "other.so"), state_dir());
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(again.value(), plugin.value());
    EXPECT_EQ(names_in(state_dir() + "/plugins"), copies);
}

TEST_F(PluginHost, ADamagedCopyIsMadeAnew) {
    const fs::path file = put("c_echo", "c_echo.so");
    const auto copy = copy_by_content(file, state_dir());
    ASSERT_TRUE(copy) << copy.error().text;
    fs::permissions(copy.value(), fs::perms::owner_all);
    fs::resize_file(copy.value(), 100);
    const auto again = copy_by_content(file, state_dir());
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(again.value(), copy.value());
    EXPECT_EQ(fs::file_size(copy.value()), fs::file_size(file));
}

TEST_F(PluginHost, WithoutStateNothingIsWritten) {
    const auto plugin = load(put("c_echo", "c_echo.so"));
    ASSERT_TRUE(plugin) << plugin.error().text;
    EXPECT_THAT(names_in(root_), ElementsAre("plugins"));
}

TEST_F(PluginHost, JudgesTheFileAgainBeforeItRuns) {
    const fs::path file = put("c_echo", "c_echo.so");
    discover();
    ::chmod(file.c_str(), 0646);
    const auto plugin = load(discovery_.catalogue.plugins.at(0), state_dir());
    ASSERT_FALSE(plugin);
    EXPECT_THAT(plugin.error().text, HasSubstr("others may write to"));
}

TEST_F(PluginHost, NoticesThatTheFileHasChanged) {
    put("c_echo", "c_echo.so");
    discover();
    Manifest manifest = discovery_.catalogue.plugins.at(0);
    manifest.id = "echo";
    const auto plugin = load(manifest, state_dir());
    ASSERT_FALSE(plugin);
    EXPECT_THAT(plugin.error().text, EndsWith(": the file has changed since it was found: start again"));
}

TEST_F(PluginHost, AStateThatCannotBeWrittenIsSaid) {
    std::ofstream(root_ / "state");
    const auto plugin = load(put("c_echo", "c_echo.so"), state_dir());
    ASSERT_FALSE(plugin);
    EXPECT_THAT(plugin.error().text, EndsWith("cannot make " + state_dir() + "/plugins: Not a directory"));
}

struct Fault {
    const char* name;
    const char* text;
};

TEST_F(PluginHost, SaysWhatIsWrongWithATable) {
    const std::vector<Fault> faults = {
        {"no_entry", "it exports no millrace_plugin_v1"},
        {"nothing", "millrace_plugin_v1 returned nothing"},
        {"magic", "what millrace_plugin_v1 returned is no millrace_plugin"},
        {"abi", "it has ABI number 99, this gateway has 8: rebuild it with the SDK of this gateway"},
        {"plugin_size", "its plugin table is too short"},
        {"no_table", "its manifest says consumer, its tables say otherwise"},
        {"both_tables", "its manifest says consumer, its tables say otherwise"},
        {"table_size", "its consumer table is too short"},
        {"mode", "its consumer has an unknown mode"},
        {"function", "its consumer table lacks a function"},
        {"symbol", "undefined symbol: symbol_that_nobody_has"},
    };
    for (const auto& [name, text] : faults) {
        const fs::path file = put("fault_" + std::string(name), name + std::string(".so"));
        const auto plugin = load(file, state_dir());
        ASSERT_FALSE(plugin) << name;
        EXPECT_THAT(plugin.error().text,
                    testing::StartsWith("cannot load consumer 'fault' from " + file.string() + ": "));
        EXPECT_THAT(plugin.error().text, EndsWith(text));
    }
}

}  // namespace
}  // namespace millrace
