#include <unistd.h>

#include <atomic>
#include <chrono>
#include <millrace/consumer.hpp>
#include <string>

namespace {

// Takes what it gets and does nothing. Where a file is named, the first message of each scope waits until it is there.
struct Take : millrace::AsyncConsumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) : path(config.text("waits_for", "")), is_open(path.empty()) {}

        std::string path;
        mutable std::atomic<bool> is_open;
    };

    explicit Take(const Shared& shared) : shared_(shared) {}

    millrace::Task on_message(millrace::Message) override {
        while (!shared_.is_open) {
            if (::access(shared_.path.c_str(), F_OK) == 0) {
                shared_.is_open = true;
            } else {
                co_await sleep(std::chrono::milliseconds(20));
            }
        }
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("take", "1.0.0", Take)
