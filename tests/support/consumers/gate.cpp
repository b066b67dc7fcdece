#include <unistd.h>

#include <atomic>
#include <chrono>
#include <millrace/consumer.hpp>
#include <string>
#include <thread>

namespace {

// Blocks in every message until a file is there, then echoes, or the first so many bytes: a consumer that is stuck for
// as long as a test wants.
struct Gate : millrace::Consumer {
    struct Shared {
        explicit Shared(const millrace::Config& config)
            : path(config.text("path")), reply_bytes(config.integer("reply_bytes", 0)),
              stays_open(config.flag("stays_open", false)) {}

        std::string path;
        std::int64_t reply_bytes;  // 0: all
        bool stays_open;           // does not look any more once it is open
        mutable std::atomic<bool> is_open = false;
    };

    explicit Gate(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        while (!shared_.is_open && ::access(shared_.path.c_str(), F_OK) != 0) {
            if (event.stop_requested()) return retry("told to stop");
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        shared_.is_open = shared_.stays_open;
        if (shared_.reply_bytes == 0) return void(reply(event));
        reply_data(event.data().first(static_cast<std::size_t>(shared_.reply_bytes)));
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("gate", "1.0.0", Gate)
