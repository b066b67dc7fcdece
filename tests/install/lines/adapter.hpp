#pragma once

#include <atomic>
#include <future>
#include <list>
#include <millrace/adapter.hpp>
#include <thread>

#include "session.hpp"

namespace lines {

// The configured adapter: one thread that listens, reads and writes, and is the gateway's loop.
class Lines final : public millrace::Adapter, public millrace::Loop {
  public:
    using Settings = lines::Settings;

    static constexpr millrace::ScopeDeclaration kScope{
        .key = "the connection",
        .lifetime = millrace::Lifetime::connection,
        .closes_by = {MILLRACE_REASON_PEER, MILLRACE_REASON_LOST, MILLRACE_REASON_IDLE, MILLRACE_REASON_PROTOCOL_ERROR,
                      MILLRACE_REASON_POLICY, MILLRACE_REASON_DRAIN, MILLRACE_REASON_CONSUMER},
        .reply = millrace::ReplyMode::connection,
        .retry = millrace::RetryMode::local,
    };

    Lines(millrace::AdapterHost host, const millrace::Config& config);
    ~Lines();

    void prepare() override;
    void start() override;
    void retire() override;
    void quiesce() override;
    void stop(std::chrono::milliseconds deadline) override;
    void wake() noexcept override;

  private:
    void bind();
    void run(std::promise<bool> attached);
    void run_until_stopped();
    void poll(std::chrono::milliseconds time);
    void accept();
    void turn();
    void join();

    const millrace::AdapterHost host_;
    const Settings settings_;
    int listener_ = -1;
    int wake_ = -1;
    std::list<Session> sessions_;
    std::uint64_t count_ = 0;
    millrace_loop* loop_ = nullptr;
    std::atomic<bool> is_draining_ = false;
    std::atomic<bool> is_retired_ = false;
    std::atomic<bool> is_stopping_ = false;
    Clock::time_point stop_at_;
    std::thread thread_;
};

}  // namespace lines
