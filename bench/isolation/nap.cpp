#include <chrono>
#include <millrace/consumer.hpp>
#include <thread>

namespace {

// Blocks its worker for a second in every message.
struct Nap : millrace::Consumer {
    void on_message(const millrace::Message& event) override {
        std::this_thread::sleep_for(std::chrono::seconds(1));
        reply(event);
    }
};

}  // namespace

MILLRACE_CONSUMER("nap", "1.0.0", Nap)
