#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace millrace::testing {

// A server of tests/support in the distribution's Python, on 127.0.0.1. Its first line is its port, each further line
// tells of something that it was sent; it ends when its standard input does.
class PythonServer {
  public:
    // `script`: the file's name. Throws std::runtime_error where it does not start.
    PythonServer(const std::string& script, const std::vector<std::string>& arguments);
    ~PythonServer();
    PythonServer(const PythonServer&) = delete;

    std::uint16_t port() const { return port_; }

    // The next line, without its end. Waits for 30 s; throws where none comes.
    std::string next();

  private:
    int input_ = -1;
    int output_ = -1;
    pid_t process_ = -1;
    std::uint16_t port_ = 0;
    std::string received_;
};

// A file with that content, gone with the object.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& content);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;

    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace millrace::testing
