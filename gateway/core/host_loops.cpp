#include "gateway/core/host_loops.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <semaphore>
#include <system_error>
#include <thread>

#include "gateway/core/dispatcher.hpp"
#include "gateway/core/pipeline.hpp"

namespace millrace {
namespace {

constexpr std::size_t kLoopsMax = 32;

void wake_thread(void* context);

constexpr millrace_adapter kNoOutside{.struct_size = sizeof(millrace_adapter),
                                      .reserved = 0,
                                      .create = nullptr,
                                      .prepare = nullptr,
                                      .start = nullptr,
                                      .quiesce = nullptr,
                                      .stop = nullptr,
                                      .destroy = nullptr,
                                      .wake = wake_thread,
                                      .settle = nullptr,
                                      .send = nullptr,
                                      .close_scope = nullptr,
                                      .resume = nullptr,
                                      .retire = nullptr};

}  // namespace

class HostLoops::Thread {
  public:
    Thread(AdapterHost& host, Pipeline& pipeline)
        : thread_([this, &host, &pipeline] { run(host, pipeline); }), dispatcher_(attached_.get_future().get()) {}

    ~Thread() { stop(); }

    void stop() {
        if (!thread_.joinable()) return;
        is_stopping_.store(true);
        wake();
        thread_.join();
    }

    void wake() { work_.release(); }
    Dispatcher* dispatcher() const { return dispatcher_; }

  private:
    void run(AdapterHost& host, Pipeline& pipeline) {
        Dispatcher* dispatcher = pipeline.loops.add(
            [&](std::uint16_t index) { return std::make_unique<Dispatcher>(index, host, this, pipeline); });
        attached_.set_value(dispatcher);
        if (!dispatcher) return;
        for (work_.acquire(); !is_stopping_.load(); work_.acquire()) dispatcher->run();
        dispatcher->detach();
    }

    std::counting_semaphore<> work_{0};
    std::atomic<bool> is_stopping_{false};
    std::promise<Dispatcher*> attached_;
    std::thread thread_;
    Dispatcher* const dispatcher_;
};

namespace {

void wake_thread(void* context) { static_cast<HostLoops::Thread*>(context)->wake(); }

}  // namespace

HostLoops::HostLoops(Pipeline& pipeline, std::uint32_t index)
    : pipeline_(pipeline), host_({"channels", "channel", {}, {}}, index, "channel", kNoOutside, pipeline) {}

HostLoops::~HostLoops() = default;

Result<void> HostLoops::start() {
    return start(std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kLoopsMax));
}

Result<void> HostLoops::start(std::size_t count) {
    try {
        for (std::size_t i = 0; i < count; ++i) {
            threads_.push_back(std::make_unique<Thread>(host_, pipeline_));
            if (!threads_.back()->dispatcher()) return Error{"there are too many loops"};
        }
    } catch (const std::system_error& error) {
        return Error{fmt::format("no threads for channels: {}", error.what())};
    }
    for (const auto& thread : threads_) pipeline_.ports.add_loop(*thread->dispatcher());
    pipeline_.ports.set_names(pipeline_.snapshot()->consumers, pipeline_.snapshot()->config.adapters);
    return {};
}

// Others may still wake one that has ended.
void HostLoops::stop() {
    for (const auto& thread : threads_) thread->stop();
}

}  // namespace millrace
