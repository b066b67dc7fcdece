#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "tests/unit/adapters/chat/irc/session_script.hpp"

// Sessions as they went with ngircd 26.1 and InspIRCd 3.15, and made ones for what these do not do: each is a file.
namespace millrace::chat::irc::test {
namespace {

namespace fs = std::filesystem;

constexpr auto kFolder = MILLRACE_SOURCE_DIR "/tests/unit/adapters/chat/irc/transcripts";

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class IrcTranscripts : public testing::TestWithParam<std::string> {};

TEST_P(IrcTranscripts, GoAsTheyAreWritten) {
    const std::string script = text_of(fs::path(kFolder) / (GetParam() + ".txt"));
    ASSERT_NE(script.find("= connect"), script.npos);
    const SessionSettings settings = settings_of(script);
    EXPECT_EQ(SessionScript(settings).play(script), script);
}

std::set<std::string> names() {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(kFolder)) found.insert(entry.path().stem());
    return found;
}

INSTANTIATE_TEST_SUITE_P(All, IrcTranscripts, testing::ValuesIn(names()), [](const auto& it) { return it.param; });

}  // namespace
}  // namespace millrace::chat::irc::test
