#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <millrace/consumer.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace millrace::test {

// What a consumer was handed, in a file that outlives a process that is killed: a line `SCOPE SEQ ATTEMPT TEXT` for
// each message, and `= PID` where a process begins. What stands right before that may be a torn line. For as long as
// the file `slow` is there, a message takes `delay_us` more.
class Testimony {
  public:
    explicit Testimony(const Config& config)
        : path_(config.text("path")), slow_(config.text("slow", "")), delay_(config.integer("delay_us", 0)) {}
    ~Testimony() {
        if (file_ >= 0) ::close(file_);
    }
    Testimony(const Testimony&) = delete;
    Testimony& operator=(const Testimony&) = delete;

    void start() {
        file_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        if (file_ < 0) throw std::system_error(errno, std::generic_category(), path_);
        write("\n= " + std::to_string(::getpid()) + "\n");
    }

    // [any thread]
    void add(const Message& event) const {
        std::string line(event.scope());
        line.append(" ").append(std::to_string(event.seq()));
        line.append(" ").append(std::to_string(event.attempt()));
        write(line.append(" ").append(event.text()).append("\n"));
        if (delay_.count() != 0 && ::access(slow_.c_str(), F_OK) == 0) std::this_thread::sleep_for(delay_);
    }

  private:
    void write(std::string_view line) const {
        if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
            throw std::system_error(errno, std::generic_category(), path_);
    }

    const std::string path_;
    const std::string slow_;
    const std::chrono::microseconds delay_;
    int file_ = -1;
};

}  // namespace millrace::test
