#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/core/gateway.hpp"

// When a gateway that runs reads its configuration again: on SIGHUP, on request, when a plugin or a file with a secret
// has changed, and, where it says so, when its own file has.
// Thread: main; request() from any.
namespace millrace::cli {

class Reloader {
  public:
    // What came of a reload, one line each.
    struct Verdict {
        bool is_done = false;
        std::vector<std::string> lines;  // What has changed, or why nothing has.
    };
    using Tell = std::function<void(const Verdict&)>;

    // `config_file`: as the user has named it, and where it is.
    Reloader(Gateway& gateway, std::string config_file, std::string path);

    // Has the main thread reload and tell.
    void request(Tell tell);

    // Reloads, and tells those who have asked for it.
    void reload();

    // Reloads where a file has changed, and has been as it is for one look.
    void look();

  private:
    using Print = std::vector<std::string>;  // What the watched files are like.

    Verdict try_reload();
    Print take_print() const;

    Gateway& gateway_;
    const std::string config_file_;
    const std::string path_;
    Print loaded_;  // As it was when it was read last.
    Print seen_;    // At the last look.
    std::int64_t looked_us_ = 0;
    std::mutex mutex_;
    std::vector<Tell> waiting_;
};

}  // namespace millrace::cli
