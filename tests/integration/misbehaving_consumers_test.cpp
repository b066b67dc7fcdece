#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "gateway/core/gateway.hpp"
#include "gateway/core/plugin_host.hpp"
#include "tests/support/raw_peer.hpp"

// Consumers as shared objects that throw wherever they can, or never return, in a whole gateway.
namespace millrace {
namespace {

namespace fs = std::filesystem;
using millrace::testing::RawPeer;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr const char* kBuild = MILLRACE_BUILD_DIR;

class Misbehaving : public ::testing::Test {
  protected:
    Misbehaving() {
        std::string pattern = fs::temp_directory_path() / "millrace-misbehaving-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        fs::create_directory(folder_ / "plugins");
        fs::permissions(folder_ / "plugins", fs::perms::owner_all);
        for (const char* name : {"thrower.so", "deaf.so"}) {
            fs::create_symlink(std::string(kBuild) + "/tests/consumers/" + name, folder_ / "plugins" / name);
        }
    }
    ~Misbehaving() override { fs::remove_all(folder_); }

    std::string file() const { return folder_ / "gateway.yaml"; }
    std::string gate() const { return folder_ / "gate"; }

    void configure(const std::string& consumer) const {
        std::ofstream(file()) << "version: 1\ngateway: { state_dir: state, plugins_dir: plugins, drain: 0s }\n"
                                 "adapters:\n  web: { type: websocket, listen: \"127.0.0.1:0\", threads: 1 }\n"
                                 "consumers:\n  bad: "
                              << consumer
                              << "\nroutes:\n  - { name: all, match: {}, to: bad, timeout: 20ms, "
                                 "retry: { attempts: 1 } }\n";
    }
    void configure_thrower(const std::string& where) const {
        configure("{ plugin: thrower, workers: 1, config: { where: " + where + " } }");
    }
    void configure_deaf() const { configure("{ plugin: deaf, workers: 1, config: { path: " + gate() + " } }"); }

    std::vector<ConfigError> build() {
        const Catalogue catalogue =
            discover_plugins({std::string(kBuild) + "/lib/millrace/adapters", folder_ / "plugins"}).catalogue;
        ConfigResult read = read_config(file(), catalogue);
        for (const ConfigError& error : read.errors) ADD_FAILURE() << to_string(error, "gateway.yaml");
        gateway_.emplace(std::move(read.config), system_clock());
        return gateway_->build(catalogue, "");
    }

    GatewayReport::Consumer bad() const { return gateway_->report().consumers.at(0); }

    template <class Done> void wait_for(Done done) const {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (!done(bad())) {
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            std::this_thread::yield();
        }
    }

    fs::path folder_;
    std::optional<Gateway> gateway_;
};

std::string connect(RawPeer& peer) {
    peer.send(testing::websocket_handshake("/"));
    return peer.receive_until("\r\n\r\n");
}

void send_hello(const RawPeer& peer) { peer.send(std::string("\x81\x85\0\0\0\0hello", 11)); }  // Masked with zeros.

TEST_F(Misbehaving, E7_thrown_in_create_is_a_configuration_error) {
    configure_thrower("create");
    const auto errors = build();
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_THAT(to_string(errors[0], "gateway.yaml"), HasSubstr("thrown in create"));
}

TEST_F(Misbehaving, E7_thrown_in_start_is_why_the_gateway_does_not_start) {
    configure_thrower("start");
    ASSERT_TRUE(build().empty());
    const auto started = gateway_->start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().text, "consumer bad did not start: thrown in start");
}

TEST_F(Misbehaving, E7_thrown_in_stop_stops_nothing_else) {
    configure_thrower("stop");
    ASSERT_TRUE(build().empty());
    ASSERT_TRUE(gateway_->start());
    EXPECT_TRUE(gateway_->stop());
}

struct Throw {
    const char* where;
    const char* answer;  // To the handshake.
    std::uint64_t acked, dead, dropped, retried;
};

TEST_F(Misbehaving, E7_thrown_in_a_handler_is_retry) {
    const Throw throws[] = {
        {"nowhere", "HTTP/1.1 101 ", 3, 0, 0, 0},    {"open", "HTTP/1.1 503 ", 0, 0, 1, 0},
        {"connect", "HTTP/1.1 503 ", 0, 0, 1, 0},    {"message", "HTTP/1.1 101 ", 2, 1, 0, 1},
        {"disconnect", "HTTP/1.1 101 ", 2, 1, 0, 0},
    };
    for (const Throw& each : throws) {
        SCOPED_TRACE(each.where);
        configure_thrower(each.where);
        ASSERT_TRUE(build().empty());
        ASSERT_TRUE(gateway_->start());
        {
            RawPeer peer(testing::own_listening_port());
            EXPECT_THAT(connect(peer), StartsWith(each.answer));
            send_hello(peer);
            const std::uint64_t handled = each.acked + each.dead + each.dropped;
            if (handled == 3) wait_for([](const auto& c) { return c.counts.acked + c.counts.dead == 2; });
        }
        wait_for([&](const auto& c) { return c.counts.now.instances == 0 && c.counts.now.open == 0; });
        const LoopReport::Consumer counts = bad().counts;
        EXPECT_EQ(bad().refused_calls, 0u);
        EXPECT_TRUE(gateway_->stop());
        EXPECT_EQ(counts.acked, each.acked);
        EXPECT_EQ(counts.dead, each.dead);
        EXPECT_EQ(counts.dropped, each.dropped);
        EXPECT_EQ(counts.retried, each.retried);
        gateway_.reset();
    }
}

TEST_F(Misbehaving, B4_a_consumer_that_does_not_return_is_stuck_until_it_does) {
    configure_deaf();
    ASSERT_TRUE(build().empty());
    ASSERT_TRUE(gateway_->start());
    {
        RawPeer peer(testing::own_listening_port());
        EXPECT_THAT(connect(peer), StartsWith("HTTP/1.1 101 "));
        send_hello(peer);
        wait_for([](const auto& consumer) { return consumer.is_stuck; });
        EXPECT_EQ(bad().counts.now.open, 1u);
        std::ofstream{gate()};
        wait_for([](const auto& consumer) { return !consumer.is_stuck && consumer.counts.overdue == 1; });
    }
    EXPECT_EQ(bad().counts.dead, 1u);
    EXPECT_TRUE(gateway_->stop());
}

// The program, from outside.
class Program {
  public:
    explicit Program(const std::string& config_file) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        log_ = ends[0];
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
        std::string program = std::string(kBuild) + "/bin/millrace";
        std::string arguments[] = {program, "run", "-c", config_file};
        std::array<char*, 5> pointers{};
        std::ranges::transform(arguments, pointers.begin(), [](std::string& text) { return text.data(); });
        EXPECT_EQ(::posix_spawn(&pid_, program.c_str(), &actions, nullptr, pointers.data(), environ), 0);
        ::posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
    }
    ~Program() { ::close(log_); }

    // Reads the log up to this text, or to its end.
    const std::string& read_until(std::string_view text) {
        std::array<char, 1024> buffer;
        while (said_.find(text) == std::string::npos) {
            const ssize_t size = ::read(log_, buffer.data(), buffer.size());
            if (size <= 0) break;
            said_.append(buffer.data(), static_cast<std::size_t>(size));
        }
        return said_;
    }

    std::uint16_t port() {
        const std::string_view mark = "listening on 127.0.0.1:";
        const std::string& said = read_until("ready in");
        return static_cast<std::uint16_t>(std::stoi(said.substr(said.find(mark) + mark.size())));
    }

    // Its exit code.
    int terminate() const {
        int status = 0;
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    int log_ = -1;
    pid_t pid_ = 0;
    std::string said_;
};

TEST_F(Misbehaving, B6_a_program_with_a_handler_that_never_returns_ends_without_it) {
    configure_deaf();
    Program program(file());
    RawPeer peer(program.port());
    EXPECT_THAT(connect(peer), StartsWith("HTTP/1.1 101 "));
    send_hello(peer);
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!fs::exists(gate() + ".awaited") && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_EQ(program.terminate(), 70);
    EXPECT_THAT(program.read_until("without them"), HasSubstr("bad: 1 of its 1 workers have not returned"));
}

TEST_F(Misbehaving, a_thread_that_a_consumer_leaves_behind_does_not_hold_up_the_end) {
    configure_deaf();
    Program program(file());
    {
        RawPeer peer(program.port());
        std::ofstream{gate()};
        EXPECT_THAT(connect(peer), StartsWith("HTTP/1.1 101 "));
    }
    EXPECT_EQ(program.terminate(), 0);
}

}  // namespace
}  // namespace millrace
