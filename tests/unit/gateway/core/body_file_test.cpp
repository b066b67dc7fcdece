#include "gateway/core/body_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "gateway/core/open_bodies.hpp"
#include "tests/unit/gateway/core/spool_fixture.hpp"

namespace millrace {
namespace {

using spool::SpoolFolder;
using ::testing::HasSubstr;

class BodyTest : public ::testing::Test {
  protected:
    SpoolFolder folder_;
    OpenBodies bodies_{folder_.path()};
};

TEST_F(BodyTest, IsWhatWasAppended) {
    const auto id = bodies_.create();
    ASSERT_TRUE(id) << id.error().text;
    EXPECT_TRUE(bodies_.append(*id, "one, "));
    EXPECT_TRUE(bodies_.append(*id, ""));
    EXPECT_TRUE(bodies_.append(*id, "two"));
    EXPECT_EQ(bodies_.sealed(*id), nullptr);
    EXPECT_EQ(*bodies_.seal(*id), "one, two");
    EXPECT_EQ(bodies_.sealed(*id)->bytes(), "one, two");
}

TEST_F(BodyTest, MayBeEmpty) {
    const auto id = bodies_.create();
    EXPECT_EQ(*bodies_.seal(*id), "");
}

TEST_F(BodyTest, ChangesNoMoreWhenItIsSealed) {
    const auto id = bodies_.create();
    EXPECT_TRUE(bodies_.seal(*id));
    EXPECT_EQ(bodies_.append(*id, "more").error().text, "it is sealed");
    EXPECT_EQ(bodies_.seal(*id).error().text, "it is sealed");
}

TEST_F(BodyTest, LastsAsLongAsAnybodyHoldsIt) {
    const auto id = bodies_.create();
    EXPECT_TRUE(bodies_.append(*id, "kept"));
    EXPECT_TRUE(bodies_.seal(*id));
    const BodyFilePtr held = bodies_.sealed(*id);
    EXPECT_TRUE(bodies_.release(*id));
    EXPECT_FALSE(bodies_.release(*id));
    EXPECT_EQ(held->bytes(), "kept");
}

TEST_F(BodyTest, AnUnknownOneIsRefused) {
    EXPECT_EQ(bodies_.append(7, "x").error().text, "there is no such body");
    EXPECT_EQ(bodies_.seal(7).error().text, "there is no such body");
    EXPECT_EQ(bodies_.sealed(7), nullptr);
    EXPECT_FALSE(bodies_.release(7));
}

TEST_F(BodyTest, LeavesNoNameBehind) {
    const auto id = bodies_.create();
    EXPECT_TRUE(bodies_.append(*id, "x"));
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(BodyTest, NeedsItsDirectory) {
    OpenBodies bodies(folder_.path() + "/missing");
    EXPECT_THAT(bodies.create().error().text, HasSubstr("/missing: No such file or directory"));
}

TEST_F(BodyTest, SaysWhatTheDiskDoesNotTake) {
    const auto id = bodies_.create();
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit tight{4, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    EXPECT_TRUE(bodies_.append(*id, "four"));
    EXPECT_EQ(bodies_.append(*id, "more").error().text, "cannot write: File too large");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
}

TEST_F(BodyTest, IsReadBackOnlyAsItWas) {
    std::ofstream(folder_.path() + "/file") << "12345";
    const int directory = ::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY);
    EXPECT_EQ((*BodyFile::open(directory, "file", 5))->bytes(), "12345");
    EXPECT_EQ(BodyFile::open(directory, "file", 6).error().text, "file has 5 bytes, and had 6");
    EXPECT_EQ(BodyFile::open(directory, "none", 6).error().text, "cannot open none: No such file or directory");
    ::close(directory);
}

}  // namespace
}  // namespace millrace
