#include "gateway/core/plugin_trial.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // which this header lacks in glibc 2.36
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kDeadline{5};        // Without the time that it waits for a processor,
constexpr std::chrono::seconds kDeadlineOfAll{60};  // and with it.
constexpr std::size_t kSaidBytesMax = 32 * 1024;

class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { close(); }

    int number() const { return number_; }
    void close() {
        if (const int number = std::exchange(number_, -1); number >= 0) ::close(number);
    }

    // Appends what there is to read; closes itself at the end of the stream.
    void read_to(std::string& text) {
        std::array<char, 4096> buffer;
        while (number_ >= 0) {
            const ssize_t size = ::read(number_, buffer.data(), buffer.size());
            if (size > 0) {
                text.append(buffer.data(), static_cast<std::size_t>(size));
            } else if (size == 0 || errno != EINTR) {
                if (size == 0 || errno != EAGAIN) close();
                return;
            }
            if (text.size() > 2 * kSaidBytesMax) text.erase(0, text.size() - kSaidBytesMax);
        }
    }

  private:
    int number_ = -1;
};

struct Pipe {
    Pipe() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
        read = Descriptor(ends[0]);
        write = Descriptor(ends[1]);
        ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    }
    Descriptor read;
    Descriptor write;
};

// The child begins as the gateway itself would: no signal blocked, nothing open but what it is given.
pid_t spawn(const std::string& program, std::span<const std::string> files, const Pipe& report, const Pipe& output) {
    std::string name = "millrace";
    std::string command = kTrialCommand;
    std::vector<std::string> copies(files.begin(), files.end());
    std::vector<char*> arguments{name.data(), command.data()};
    for (std::string& file : copies) arguments.push_back(file.data());
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, output.write.number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output.write.number(), STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, report.write.number(), kTrialReport);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, kTrialReport + 1);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t child = 0;
    const int error = ::posix_spawn(&child, program.c_str(), &actions, &attributes, arguments.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw std::system_error(error, std::generic_category(), program);
    return child;
}

// How long the child has waited for a processor so far: that the machine is busy is no fault of a plugin's.
std::chrono::nanoseconds queued(pid_t child) {
    std::ifstream stream(fmt::format("/proc/{}/schedstat", child));
    std::int64_t ran_ns = 0;
    std::int64_t queued_ns = 0;
    return stream >> ran_ns >> queued_ns ? std::chrono::nanoseconds(queued_ns) : std::chrono::nanoseconds(0);
}

// Collects what the child says until it has ended. Whether it did so in time.
bool listen(pid_t child, Descriptor& report, Descriptor& output, std::string& reported, std::string& said) {
    const Descriptor process(::pidfd_open(child, 0));
    const auto began = Clock::now();
    for (;;) {
        std::array<pollfd, 3> watched{{{report.number(), POLLIN, 0}, {output.number(), POLLIN, 0}, {}}};
        watched[2] = {process.number(), POLLIN, 0};
        const auto end = std::min(began + kDeadline + queued(child), began + kDeadlineOfAll);
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        const bool is_over = left <= 0;
        ::poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(left, 0)));
        report.read_to(reported);
        output.read_to(said);
        if (watched[2].revents != 0) return true;
        if (is_over) return false;
    }
}

void wait_for(pid_t child, Trial& trial) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (trial.end == Trial::End::timed_out) return;
    trial.end = WIFSIGNALED(status) ? Trial::End::killed : Trial::End::exited;
    trial.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

Trial run(const std::string& program, std::span<const std::string> files) {
    Pipe report;
    Pipe output;
    Trial trial;
    const pid_t child = spawn(program, files, report, output);
    report.write.close();
    output.write.close();
    std::string reported;
    if (!listen(child, report.read, output.read, reported, trial.said)) {
        trial.end = Trial::End::timed_out;
        ::kill(child, SIGKILL);
    }
    wait_for(child, trial);
    trial.begun = std::min(reported.size(), files.size());
    if (reported.size() > files.size()) trial.end = Trial::End::done;
    return trial;
}

}  // namespace

Result<Trial> run_trial(const std::string& program, std::span<const std::string> files) {
    try {
        Trial trial = run(program, files);
        if (trial.begun == 0 && trial.end != Trial::End::done) {
            return Error{fmt::format("{} ended before it had loaded anything: {}", program, trial.said)};
        }
        return trial;
    } catch (const std::system_error& error) {
        return Error{error.what()};
    }
}

}  // namespace millrace
