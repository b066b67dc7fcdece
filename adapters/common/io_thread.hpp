#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstddef>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "adapters/common/admission.hpp"
#include "adapters/common/connection.hpp"
#include "adapters/common/input.hpp"
#include "adapters/common/listener.hpp"
#include "adapters/common/output.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/common/tls.hpp"
#include "adapters/common/tls_failures.hpp"
#include "adapters/common/trusted_proxies.hpp"
#include "millrace/adapter.hpp"

namespace millrace {

// What all threads of an adapter have together; it outlives them.
struct IoShared {
    AdapterHost host;
    Admission& admission;
    TlsFailures& tls_failures;
    const TrustedProxies& trusted_proxies;
    const TlsContext* tls_context;  // null: no TLS
};

// One thread of an adapter that listens: a loop of the gateway, with its own listeners, connections, deadlines and
// buffers. It shares nothing with the others but what IoShared names. An adapter derives its own, which makes its
// connections.
class IoThread : public Loop {
  public:
    // `index` tells the threads of an adapter apart.
    IoThread(const IoShared& shared, std::size_t index);
    IoThread(const IoThread&) = delete;
    // After halt(), which the destructor of what is derived calls first.
    virtual ~IoThread() = default;

    // [control] In this order. listen throws where the address is not to be had; `shared`: another thread has it too.
    // Returns what it is bound to. The socket is that of the adapter's last generation, where there was one.
    Endpoint listen(const Endpoint& endpoint, bool shared);
    void retire();  // close the listeners; the connections know
    void start();   // returns when the thread is a loop, throws where that is refused
    void let_in();  // the outside
    void quiesce();
    void stop(std::chrono::milliseconds deadline);
    void join();

    // [any thread]
    void wake() noexcept override;
    // What is posted there runs on this thread.
    Executor home() const { return work_.get_executor(); }

    // [its own thread, as all that follows] For its connections.
    AdapterHost host() const { return shared_.host; }
    millrace_loop* loop() const { return loop_; }
    const boost::asio::any_io_executor& executor() const { return executor_; }
    const TrustedProxies& trusted_proxies() const { return shared_.trusted_proxies; }
    const TlsContext* tls_context() const { return shared_.tls_context; }
    TimerWheel& wheel() { return wheel_; }
    BufferPool& pool() { return pool_; }
    bool is_quiesced() const { return is_quiesced_; }

    // The connection has something to do once no call into the gateway is under way.
    void due(Connection& connection);
    void run_due();
    void remove(Connection& connection);

    // A connection that came through a proxy is `client`'s. Returns false where that has too many.
    bool identify(const boost::asio::ip::address& client) { return shared_.admission.identify(client); }
    // TLS has failed for a connection.
    void count_tls_failure(std::string_view why) { shared_.tls_failures.count(why, wheel_.now_ms()); }

    // The buffer that sockets are read into, with `kept` at its front. Valid until the next load.
    Input load(std::string_view kept);
    const char* read_end() const { return read_buffer_.get() + kReadBytes; }
    // What comes over TLS is read into this first.
    std::span<char> cipher_buffer() { return {cipher_buffer_.get(), kReadBytes}; }

    static constexpr std::size_t kReadBytes = 256 * 1024;

  protected:
    virtual boost::intrusive_ptr<Connection> connect(Socket socket, Source source, bool is_admitted) = 0;
    // The thread is a loop from now on, and is one for the last time.
    virtual void on_begin() {}
    virtual void on_end() {}
    // As retire() and quiesce(), for what is more than connections.
    virtual void on_retire() {}
    virtual void on_quiesce() {}
    // After whatever has happened, when no call into the gateway is under way, before the connections have their turns.
    virtual void on_turn() {}
    // Every 100 ms, as long as there are connections, or somebody wants it.
    virtual void on_tick() {}
    virtual bool wants_ticks() const { return false; }
    // wants_ticks() has become true.
    void begin_ticks();

    // Ends the thread at once, if it runs.
    void halt();

  private:
    void run(std::promise<bool> attached);
    void add(Socket socket, const Endpoint& peer, const std::string& listener);
    void tick();
    void close_listeners();
    void take_nothing_new();
    void each_connection(void (Connection::*tell)());
    void end_connections();

    const IoShared shared_;
    const std::size_t index_;

    TimerWheel wheel_;
    BufferPool pool_;
    boost::asio::io_context io_;
    const boost::asio::any_io_executor executor_;
    boost::asio::executor_work_guard<Executor> work_;
    Timer tick_timer_;
    Timer stop_timer_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<boost::intrusive_ptr<Connection>> connections_;
    std::vector<boost::intrusive_ptr<Connection>> due_;
    std::unique_ptr<char[]> read_buffer_;
    std::unique_ptr<char[]> cipher_buffer_;  // Null where there is no TLS.
    std::size_t unadmitted_count_ = 0;
    bool is_ticking_ = false;
    bool is_quiesced_ = false;
    bool is_stopping_ = false;

    millrace_loop* loop_ = nullptr;
    std::atomic<bool> is_woken_ = false;
    std::thread thread_;
};

}  // namespace millrace
