#include "adapters/common/io_thread.hpp"

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

namespace millrace {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr std::size_t kUnadmittedMax = 64;  // refused in words; what comes beyond is closed without any

}  // namespace

IoThread::IoThread(const IoShared& shared, std::size_t index)
    : shared_(shared), index_(index), wheel_(steady_ms()), io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      executor_(io_.get_executor()), work_(io_.get_executor()), tick_timer_(io_), stop_timer_(io_),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes + TlsSession::kSlackBytes)) {
    if (shared.tls_context) cipher_buffer_ = std::make_unique_for_overwrite<char[]>(kReadBytes);
}

void IoThread::halt() {
    if (!thread_.joinable()) return;
    stop(std::chrono::milliseconds(0));
    join();
}

Endpoint IoThread::listen(const Endpoint& endpoint, bool shared) {
    const std::string name = to_text(endpoint) + "/" + std::to_string(index_);
    const int socket = host().take_socket(name);
    listeners_.push_back(socket < 0 ? std::make_unique<Listener>(io_, endpoint, shared)
                                    : std::make_unique<Listener>(io_, socket));
    host().keep_socket(name, listeners_.back()->socket());
    return listeners_.back()->endpoint();
}

void IoThread::start() {
    std::promise<bool> attached;
    std::future<bool> is_attached = attached.get_future();
    thread_ = std::thread(&IoThread::run, this, std::move(attached));
    if (!is_attached.get()) throw std::runtime_error("the gateway refused a loop to an I/O thread");
}

void IoThread::run(std::promise<bool> attached) {
    loop_ = host().attach(*this);
    if (loop_) on_begin();
    attached.set_value(loop_ != nullptr);
    while (loop_ && !io_.stopped()) {
        try {
            io_.run();
        } catch (const std::exception& error) {
            host().log(MILLRACE_LOG_ERROR, error.what());
        }
    }
    if (!loop_) return;
    end_connections();
    io_.restart();
    io_.poll();
    on_end();
    host().detach(loop_);
}

void IoThread::let_in() {
    for (const auto& listener : listeners_) listener->listen();
    net::post(io_, [this] {
        for (const auto& listener : listeners_) {
            listener->start([this, name = to_text(listener->endpoint())](
                                Socket socket, const Endpoint& peer) { add(std::move(socket), peer, name); },
                            [this](const std::string& text) { host().log(MILLRACE_LOG_ERROR, text); });
        }
    });
}

void IoThread::add(Socket socket, const Endpoint& peer, const std::string& listener) {
    const bool is_proxied = trusted_proxies().trusts(peer.address());
    const Admission::Verdict verdict =
        is_proxied ? shared_.admission.enter_unknown() : shared_.admission.enter(peer.address());
    const bool is_admitted = verdict == Admission::Verdict::admitted;
    if (!is_admitted && unadmitted_count_ >= kUnadmittedMax) return;
    if (!is_ticking_) tick();

    const auto connection = connect(std::move(socket), {peer, listener, is_proxied}, is_admitted);
    connection->index = connections_.size();
    connections_.push_back(connection);
    unadmitted_count_ += !is_admitted;
    connection->begin();
    if (!is_admitted) connection->turn_away(verdict);
    run_due();
}

void IoThread::remove(Connection& connection) {
    if (connection.is_admitted())
        connection.is_of_nobody() ? shared_.admission.leave_unknown() : shared_.admission.leave(connection.client());
    else
        --unadmitted_count_;
    const boost::intrusive_ptr<Connection> removed = std::move(connections_[connection.index]);
    if (connections_.back()) {
        connections_.back()->index = removed->index;
        connections_[removed->index] = std::move(connections_.back());
    }
    connections_.pop_back();
    if (is_stopping_ && connections_.empty()) io_.stop();
}

void IoThread::end_connections() {
    while (!connections_.empty()) connections_.back()->drop();
}

void IoThread::close_listeners() {
    for (const auto& listener : listeners_) listener->close();
}

void IoThread::retire() {
    net::post(io_, [this] {
        close_listeners();
        on_retire();
        each_connection(&Connection::retire);
    });
}

void IoThread::quiesce() {
    net::post(io_, [this] { take_nothing_new(); });
}

void IoThread::take_nothing_new() {
    close_listeners();
    if (std::exchange(is_quiesced_, true)) return;
    on_quiesce();
    each_connection(&Connection::quiesce);
}

void IoThread::each_connection(void (Connection::*tell)()) {
    const std::vector<boost::intrusive_ptr<Connection>> connections = connections_;
    for (const auto& connection : connections) (*connection.*tell)();
    run_due();
}

void IoThread::stop(std::chrono::milliseconds deadline) {
    net::post(io_, [this, deadline] {
        take_nothing_new();
        is_stopping_ = true;
        if (connections_.empty()) return io_.stop();
        stop_timer_.expires_after(deadline);
        stop_timer_.async_wait([this](const error_code&) { io_.stop(); });
    });
}

void IoThread::join() {
    if (thread_.joinable()) thread_.join();
}

void IoThread::wake() noexcept {
    if (is_woken_.exchange(true)) return;
    net::post(io_, [this] {
        is_woken_ = false;
        host().run(loop_);
        run_due();
    });
}

void IoThread::due(Connection& connection) {
    if (!connection.is_due) due_.emplace_back(&connection);
    connection.is_due = true;
}

void IoThread::run_due() {
    on_turn();
    for (std::size_t i = 0; i < due_.size(); ++i) {
        const boost::intrusive_ptr<Connection> connection = due_[i];
        connection->is_due = false;
        connection->turn();
    }
    due_.clear();
}

void IoThread::tick() {
    is_ticking_ = true;
    wheel_.advance(steady_ms());
    on_tick();
    run_due();
    tick_timer_.expires_after(std::chrono::milliseconds(TimerWheel::kTickMs));
    tick_timer_.async_wait([this](const error_code& cancelled) {
        is_ticking_ = (!connections_.empty() || wants_ticks()) && !cancelled;
        if (is_ticking_) tick();
    });
}

void IoThread::begin_ticks() {
    if (std::exchange(is_ticking_, true)) return;
    net::post(io_, [this] { tick(); });
}

Input IoThread::load(std::string_view kept) {
    kept.copy(read_buffer_.get(), kept.size());
    return {read_buffer_.get(), read_buffer_.get() + kept.size()};
}

}  // namespace millrace
