#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <millrace/testing.hpp>

namespace {

namespace fs = std::filesystem;
using millrace::testing::Host;
using millrace::testing::Outcome;
using millrace::testing::Verdict;
using ::testing::ElementsAre;
using ::testing::StartsWith;

class Audit : public ::testing::Test {
  protected:
    Audit() {
        std::string pattern = fs::temp_directory_path() / "millrace-audit-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~Audit() override { fs::remove_all(folder_); }

    static std::string config(const std::string& path) { return R"({"path":")" + path + R"("})"; }
    std::string file() const { return folder_ / "audit.jsonl"; }
    std::string content() const {
        std::ifstream input(file());
        return {std::istreambuf_iterator<char>(input), {}};
    }

    fs::path folder_;
};

TEST_F(Audit, WritesEachMessageAsALine) {
    Host host(millrace_plugin_v1(), config(file()));
    auto& scope = host.open();
    EXPECT_EQ(scope.message("one"), Outcome{Verdict::ack});
    EXPECT_EQ(scope.data("two"), Outcome{Verdict::ack});
    host.open().message("three");
    scope.disconnect();
    EXPECT_EQ(content(),
              "{\"kind\":\"MESSAGE\",\"order\":\"1\",\"text\":\"one\"}\n"
              "{\"kind\":\"MESSAGE\",\"order\":\"2\",\"data_size\":3}\n"
              "{\"kind\":\"MESSAGE\",\"order\":\"1\",\"text\":\"three\"}\n");
    EXPECT_TRUE(scope.commands().empty());
    struct stat status {};
    ASSERT_EQ(::stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0137, 0u);
}

TEST_F(Audit, AppendsToWhatIsThere) {
    std::ofstream(file()) << "before\n";
    Host host(millrace_plugin_v1(), config(file()));
    host.open().message("x");
    EXPECT_THAT(content(), StartsWith("before\n{\"kind\""));
}

TEST_F(Audit, ALineThatCannotBeWrittenIsRetried) {
    Host host(millrace_plugin_v1(), config("/dev/full"));
    EXPECT_EQ(host.open().message("x"), (Outcome{Verdict::retry, 0, "/dev/full: No space left on device"}));
}

TEST_F(Audit, ALineThatIsWrittenInPartIsRetried) {
    Host host(millrace_plugin_v1(), config(file()));
    auto& scope = host.open();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit ten{10, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &ten), 0);
    const Outcome outcome = scope.message("x");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, handler);
    EXPECT_EQ(outcome, (Outcome{Verdict::retry, 0, file() + ": only a part of the line was written"}));
}

TEST_F(Audit, NeedsAPathThatCanBeOpened) {
    EXPECT_THAT(Host(millrace_plugin_v1()).errors(), ElementsAre(": key `path` is missing"));
    const std::string nowhere = folder_ / "nowhere/audit.jsonl";
    EXPECT_THAT(Host(millrace_plugin_v1(), config(nowhere)).errors(),
                ElementsAre(nowhere + ": No such file or directory"));
}

}  // namespace
