#include "gateway/core/plugin_probe.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gateway/core/plugin_file.hpp"

// The children that try plugins, on plugins that break them.
namespace millrace {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;
using testing::ElementsAre;

constexpr const char* kProgram = MILLRACE_BUILD_DIR "/bin/millrace";

class PluginProbe : public testing::Test {
  protected:
    PluginProbe() {
        std::string pattern = fs::temp_directory_path() / "millrace-probe-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~PluginProbe() override { fs::remove_all(root_); }

    std::string state_dir() const { return root_ / "state"; }

    // The reasons, "" for none.
    Strings probe(const Strings& names, const Prober& prober = {kProgram, {}}) const {
        std::vector<Manifest> manifests;
        for (const std::string& name : names) {
            const bool is_fault = name.starts_with("load_");
            const std::string folder = is_fault ? "/tests/plugins/fault_" : "/tests/matrix/";
            const Result<Manifest> manifest = read_manifest(MILLRACE_BUILD_DIR + folder + name + ".so");
            EXPECT_TRUE(manifest) << name;
            if (manifest) manifests.push_back(*manifest);
        }
        std::vector<PluginFile> files;
        for (const Manifest& manifest : manifests) {
            files.push_back({&manifest, prober.state_dir.empty()
                                            ? manifest.file
                                            : copy_by_content(manifest.file, prober.state_dir).value()});
        }
        Strings reasons;
        for (const auto& reason : probe_plugins(files, prober)) reasons.push_back(reason.value_or(""));
        return reasons;
    }

    // A program that notes each trial before it does as the real one.
    std::string counting_program() const {
        const fs::path script = root_ / "count";
        std::ofstream(script) << "#!/bin/sh\necho >> " << (root_ / "trials").string() << "\nexec " << kProgram
                              << " \"$@\"\n";
        fs::permissions(script, fs::perms::owner_all);
        return script;
    }
    std::uintmax_t trials() const {
        std::error_code none;
        const auto size = fs::file_size(root_ / "trials", none);
        return none ? 0 : size;
    }

    fs::path root_;
};

std::string ends(const std::string& how) {
    return "it ends the process that loads it (" + how +
           ": no licence): a plugin does its work in start, not while it is loaded";
}

TEST_F(PluginProbe, EachFaultIsNamedAndTheOthersAreTaken) {
    EXPECT_THAT(probe({"sdk", "load_abort", "newer", "load_exit", "own_proto"}),
                ElementsAre("", ends("SIGABRT"), "", ends("exit code 3"), ""));
}

TEST_F(PluginProbe, OneThatNeverReturnsIsKilled) {
    EXPECT_THAT(
        probe({"load_hang", "sdk"}),
        ElementsAre("loading it takes longer than 5 s: its static initialisers must not wait for anything", ""));
}

TEST_F(PluginProbe, OfTwoThatClashTheLaterIsRefusedAndTheOtherNamed) {
    const Strings reasons = probe({"sdk", "full_one", "own_proto", "full_two"});
    ASSERT_EQ(reasons.size(), 4u);
    EXPECT_THAT(reasons[3], testing::HasSubstr("and so does consumer 'full_one'"));
    EXPECT_EQ(reasons[1], "");
}

TEST_F(PluginProbe, AGoodSetIsTriedOnce) {
    const Prober prober{counting_program(), state_dir()};
    EXPECT_THAT(probe({"sdk", "newer"}, prober), ElementsAre("", ""));
    EXPECT_EQ(trials(), 1u);
    EXPECT_THAT(probe({"sdk", "newer"}, prober), ElementsAre("", ""));
    EXPECT_EQ(trials(), 1u);
    EXPECT_THAT(probe({"sdk", "newer", "own_proto"}, prober), ElementsAre("", "", ""));
    EXPECT_EQ(trials(), 2u);
}

TEST_F(PluginProbe, ABadSetIsTriedEachTime) {
    const Prober prober{counting_program(), state_dir()};
    EXPECT_THAT(probe({"load_abort"}, prober), ElementsAre(ends("SIGABRT")));
    EXPECT_THAT(probe({"load_abort"}, prober), ElementsAre(ends("SIGABRT")));
    EXPECT_EQ(trials(), 2u);
}

TEST_F(PluginProbe, WithoutATrialEverythingIsTaken) {
    testing::internal::CaptureStderr();
    EXPECT_THAT(probe({"sdk"}, {root_ / "nowhere", {}}), ElementsAre(""));
    EXPECT_THAT(probe({"sdk"}, {"/bin/false", {}}), ElementsAre(""));
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_THAT(said, testing::HasSubstr("plugins: loaded without a trial: " + (root_ / "nowhere").string() +
                                         ": No such file or directory"));
    EXPECT_THAT(said, testing::HasSubstr("/bin/false ended before it had loaded anything"));
}

}  // namespace
}  // namespace millrace
