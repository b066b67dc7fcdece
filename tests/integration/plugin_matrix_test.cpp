#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "gateway/core/gateway.hpp"
#include "gateway/core/plugin_host.hpp"
#include "tests/support/raw_peer.hpp"

// Consumers built against protobuf in each way that an author may come up with (tests/support/matrix), in one gateway:
// those that can be there work side by side, and one that would end the process is refused before.
namespace millrace {
namespace {

namespace fs = std::filesystem;
using millrace::testing::RawPeer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kBuild = MILLRACE_BUILD_DIR;

std::vector<std::string> folders() {
    const std::string build = kBuild;
    return {build + "/lib/millrace/adapters", build + "/tests/matrix", build + "/tests/plugins"};
}

// What the consumer behind `path` answers to "hello".
std::string ask(const std::string& path) {
    RawPeer peer(testing::own_listening_port());
    peer.send(testing::websocket_handshake("/" + path));
    EXPECT_THAT(peer.receive_until("\r\n\r\n"), ::testing::StartsWith("HTTP/1.1 101 Switching Protocols\r\n")) << path;
    peer.send(std::string("\x81\x85\0\0\0\0hello", 11));  // Masked with zeros.
    const std::string head = peer.receive(2);
    return peer.receive(static_cast<unsigned char>(head[1]));
}

class PluginMatrix : public ::testing::Test {
  protected:
    PluginMatrix() {
        std::string pattern = fs::temp_directory_path() / "millrace-matrix-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
    }
    ~PluginMatrix() override { fs::remove_all(folder_); }

    std::string file() const { return folder_ / "gateway.yaml"; }

    // One consumer and one route for each plugin; the consumers begin in line 5.
    void configure(const std::vector<std::string>& plugins) const {
        std::ofstream yaml(file());
        yaml << "version: 1\nadapters:\n  web: { type: websocket, listen: \"127.0.0.1:0\", threads: 1 }\nconsumers:\n";
        for (const std::string& plugin : plugins) yaml << "  " << plugin << ": { plugin: " << plugin << " }\n";
        yaml << "routes:\n";
        for (const std::string& plugin : plugins) {
            yaml << "  - { name: " << plugin << ", match: { adapter: web, path: /" << plugin << " }, to: " << plugin
                 << " }\n";
        }
    }

    // Plugins are loaded in place, once for all tests: two copies of one would be two with the same .proto.
    std::vector<std::string> build(std::optional<Gateway>& gateway) const {
        const Catalogue catalogue = discover_plugins(folders()).catalogue;
        ConfigResult read = read_config(file(), catalogue);
        EXPECT_TRUE(read.errors.empty()) << to_string(read.errors.at(0), file());
        gateway.emplace(std::move(read.config), system_clock());
        std::vector<std::string> texts;
        for (const ConfigError& error : gateway->build(catalogue, "", std::string(kBuild) + "/bin/millrace")) {
            texts.push_back(to_string(error, "gateway.yaml"));
        }
        return texts;
    }

    fs::path folder_;
};

const std::vector<std::string> friends = {"sdk", "newer", "own_proto", "full_one", "c_echo"};

// Which file of the schema is the first to be there twice depends on the order of imports.
auto names_the_clash() {
    return AllOf(HasSubstr("it brings millrace/v1/"),
                 HasSubstr(".proto to the shared libprotobuf, and so does consumer 'full_one'; both at once end the "
                           "process. Build one of them as the SDK does: protoc --cpp_out=lite:, hidden visibility, "
                           "libprotobuf-lite"));
}

TEST_F(PluginMatrix, AllThatCanWorkSideBySide) {
    configure(friends);
    std::optional<Gateway> gateway;
    ASSERT_THAT(build(gateway), ElementsAre());
    ASSERT_TRUE(gateway->start());
    EXPECT_EQ(ask("sdk"), "sdk hello");
    EXPECT_EQ(ask("newer"), "newer clear hello");
    EXPECT_EQ(ask("own_proto"), "matrix.note.Note hello");
    EXPECT_EQ(ask("full_one"), "full_one hello");
    EXPECT_EQ(ask("c_echo"), "hello");
    gateway->drain();
    gateway->stop();
}

TEST_F(PluginMatrix, TheOneThatWouldEndTheProcessIsRefusedBefore) {
    std::vector<std::string> plugins = friends;
    plugins.emplace_back("full_two");
    configure(plugins);
    std::optional<Gateway> gateway;
    EXPECT_THAT(build(gateway),
                ElementsAre(AllOf(HasSubstr("gateway.yaml:10:3: error[plugin-refused] cannot load consumer 'full_two'"),
                                  names_the_clash())));
}

// The program itself, so that what a user sees is seen once.
TEST_F(PluginMatrix, CheckSaysItTooAndWritesNothing) {
    configure({"full_one", "full_two"});
    fs::create_directory(folder_ / "plugins");
    for (const char* plugin : {"full_one", "full_two"}) {
        fs::copy_file(std::string(kBuild) + "/tests/matrix/" + plugin + ".so", folder_ / "plugins" / plugin += ".so");
        fs::permissions(folder_ / "plugins" / plugin += ".so", fs::perms::owner_all);
    }
    std::ofstream(file(), std::ios::app) << "gateway: { plugins_dir: plugins, state_dir: state }\n";
    std::FILE* check = ::popen((std::string(kBuild) + "/bin/millrace check -c " + file() + " 2>&1").c_str(), "r");
    std::string said(4096, '\0');
    said.resize(std::fread(said.data(), 1, said.size(), check));
    EXPECT_EQ(WEXITSTATUS(::pclose(check)), 78);
    EXPECT_THAT(said, HasSubstr("gateway.yaml:6:3: error[plugin-refused] cannot load consumer 'full_two'"));
    EXPECT_THAT(said, names_the_clash());
    EXPECT_FALSE(fs::exists(folder_ / "state"));
}

}  // namespace
}  // namespace millrace
