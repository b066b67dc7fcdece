#pragma once

#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "adapters/common/admission.hpp"
#include "adapters/common/listener.hpp"
#include "adapters/common/output.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/common/tls_failures.hpp"
#include "adapters/websocket/codec.hpp"
#include "adapters/websocket/config.hpp"
#include "adapters/websocket/deflate.hpp"
#include "millrace/adapter.hpp"

namespace millrace::websocket {

class Session;

// A number in few characters.
std::string base32(std::uint64_t number);

// One thread of the adapter: a loop of the gateway, with its own listeners, connections, deadlines and buffers. It
// shares nothing with the others but Admission and TlsFailures.
class IoThread final : public Loop {
  public:
    // `index` of `settings.thread_count`; `stamp` tells this start of the adapter from others.
    IoThread(AdapterHost host, const Settings& settings, Admission& admission, TlsFailures& tls_failures,
             std::size_t index, std::string stamp);
    ~IoThread();

    // [control] In this order. listen throws where the address is not to be had; `shared`: another thread has it too.
    // Returns what it is bound to. The socket is that of the adapter's last generation, where there was one.
    Endpoint listen(const Endpoint& endpoint, bool shared);
    void retire();  // close the listeners, and nothing else
    void start();   // returns when the thread is a loop, throws where that is refused
    void let_in();  // the outside
    void quiesce();
    void stop(std::chrono::milliseconds deadline);
    void join();

    // [any thread]
    void wake() noexcept override;

    // [its own thread, as all that follows] For its sessions.
    AdapterHost host() const { return host_; }
    millrace_loop* loop() const { return loop_; }
    const boost::asio::any_io_executor& executor() const { return executor_; }
    const Settings& settings() const { return settings_; }
    TimerWheel& wheel() { return wheel_; }
    BufferPool& pool() { return pool_; }
    Deflate& deflate() { return deflate_ ? *deflate_ : deflate_.emplace(); }
    bool is_quiesced() const { return is_quiesced_; }
    std::string next_key();

    // The session has something to do once no call into the gateway is under way.
    void due(Session& session);
    void run_due();
    void remove(Session& session);

    // A session that came through a proxy is `client`'s. Returns false where that has too many.
    bool identify(const boost::asio::ip::address& client) { return admission_.identify(client); }
    // A connection was held back by `max_message_rate`: counted, and told at most every ten seconds.
    void count_throttled();
    // TLS has failed for a connection.
    void count_tls_failure(std::string_view why) { tls_failures_.count(why, wheel_.now_ms()); }

    // The buffer that sockets are read into, with `kept` at its front. Valid until the next load.
    Input load(std::string_view kept);
    const char* read_end() const { return read_buffer_.get() + kReadBytes; }
    // What comes over TLS is read into this first.
    std::span<char> cipher_buffer() { return {cipher_buffer_.get(), kReadBytes}; }

    static constexpr std::size_t kReadBytes = 256 * 1024;
    static constexpr std::size_t kBatch = 64;
    static constexpr std::int64_t kThrottledEveryMs = 10'000;
    std::array<Frame, kBatch> frames;
    std::array<millrace_submission, kBatch> submissions;

  private:
    void run(std::promise<bool> attached);
    void add(Socket socket, const Endpoint& peer, const std::string& listener);
    void tick();
    void close_listeners();
    void end_sessions();

    const AdapterHost host_;
    const Settings& settings_;
    Admission& admission_;
    TlsFailures& tls_failures_;
    const std::size_t index_;
    const std::string stamp_;

    TimerWheel wheel_;
    BufferPool pool_;
    std::optional<Deflate> deflate_;
    boost::asio::io_context io_;
    const boost::asio::any_io_executor executor_;
    boost::asio::executor_work_guard<Executor> work_;
    Timer tick_timer_;
    Timer stop_timer_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<boost::intrusive_ptr<Session>> sessions_;
    std::vector<boost::intrusive_ptr<Session>> due_;
    std::unique_ptr<char[]> read_buffer_;
    std::unique_ptr<char[]> cipher_buffer_;  // Null where there is no TLS.
    std::uint64_t key_count_ = 0;
    std::size_t unadmitted_count_ = 0;
    std::uint64_t throttled_count_ = 0;
    std::int64_t throttled_told_at_ms_ = -kThrottledEveryMs;
    bool is_ticking_ = false;
    bool is_quiesced_ = false;
    bool is_stopping_ = false;

    millrace_loop* loop_ = nullptr;
    std::atomic<bool> is_woken_ = false;
    std::thread thread_;
};

}  // namespace millrace::websocket
