#include "tests/support/python_server.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace millrace::testing {
namespace {

constexpr int kDeadline_ms = 30'000;

}  // namespace

PythonServer::PythonServer(const std::string& script, const std::vector<std::string>& arguments) {
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe is to be had");
    const std::string path = std::string(MILLRACE_SOURCE_DIR) + "/tests/support/" + script;
    std::vector<char*> words{const_cast<char*>("python3"), const_cast<char*>(path.c_str())};
    for (const std::string& it : arguments) words.push_back(const_cast<char*>(it.c_str()));
    words.push_back(nullptr);
    process_ = ::fork();
    if (process_ == 0) {
        ::dup2(in[0], STDIN_FILENO);
        ::dup2(out[1], STDOUT_FILENO);
        ::execv("/usr/bin/python3", words.data());
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
    port_ = static_cast<std::uint16_t>(std::stoi(next()));
}

PythonServer::~PythonServer() {
    ::close(input_);
    ::close(output_);
    int status = 0;
    ::waitpid(process_, &status, 0);
}

std::string PythonServer::next() {
    while (received_.find('\n') == std::string::npos) {
        pollfd poll{output_, POLLIN, 0};
        char buffer[65536];
        const ssize_t size = ::poll(&poll, 1, kDeadline_ms) == 1 ? ::read(output_, buffer, sizeof buffer) : 0;
        if (size <= 0) throw std::runtime_error("the server says nothing");
        received_.append(buffer, static_cast<std::size_t>(size));
    }
    const std::size_t end = received_.find('\n');
    const std::string line = received_.substr(0, end);
    received_.erase(0, end + 1);
    return line;
}

TemporaryFile::TemporaryFile(const std::string& content) : path_("/tmp/millrace-test-XXXXXX") {
    const int file = ::mkstemp(path_.data());
    if (file < 0 || ::write(file, content.data(), content.size()) != static_cast<ssize_t>(content.size())) {
        throw std::runtime_error("no file is to be had");
    }
    ::close(file);
}

TemporaryFile::~TemporaryFile() { ::unlink(path_.c_str()); }

}  // namespace millrace::testing
