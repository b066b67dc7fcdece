#include <chrono>
#include <millrace/consumer.hpp>
#include <string>
#include <thread>

namespace {

using std::chrono::milliseconds;

// A coroutine. `sleep 5 TEXT`, `offload 5 TEXT`: answers TEXT after five milliseconds on the loop, or on a worker.
struct Sleeper : millrace::AsyncConsumer {
    millrace::Task on_message(millrace::Message event) override {
        const std::string text(event.text());
        const auto first = text.find(' ');
        const auto second = text.find(' ', first + 1);
        const milliseconds time(std::stoi(text.substr(first + 1, second - first - 1)));
        if (text.starts_with("sleep")) {
            co_await sleep(time);
        } else {
            co_await offload([time] { std::this_thread::sleep_for(time); });
        }
        reply(text.substr(second + 1));
    }
};

}  // namespace

MILLRACE_CONSUMER("sleeper", "1.0.0", Sleeper)
