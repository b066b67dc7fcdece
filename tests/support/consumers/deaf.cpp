#include <pthread.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <millrace/consumer.hpp>
#include <string>
#include <thread>

namespace {

// Blocks in every message until a file is there, whatever it is told, and says so with another file; and leaves a
// thread behind that never ends.
struct Deaf : millrace::Consumer {
    struct Shared {
        explicit Shared(const millrace::Config& config) : path(config.text("path")) {}

        static void start() {
            pthread_t left_behind{};
            const auto wait = [](void*) -> void* {
                for (;;) ::pause();
            };
            ::pthread_create(&left_behind, nullptr, wait, nullptr);
        }

        std::string path;
    };

    explicit Deaf(const Shared& shared) : shared_(shared) {}

    void on_message(const millrace::Message& event) override {
        std::ofstream{shared_.path + ".awaited"};
        while (::access(shared_.path.c_str(), F_OK) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        reply(event);
    }

  private:
    const Shared& shared_;
};

}  // namespace

MILLRACE_CONSUMER("deaf", "1.0.0", Deaf)
