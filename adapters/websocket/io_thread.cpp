#include "adapters/websocket/io_thread.hpp"

#include <boost/asio/post.hpp>
#include <cstring>
#include <stdexcept>

#include "adapters/websocket/session.hpp"

namespace millrace::websocket {
namespace net = boost::asio;
using error_code = boost::system::error_code;

namespace {

constexpr std::size_t kUnadmittedMax = 64;  // refused in words; what comes beyond is closed without any

}  // namespace

std::string base32(std::uint64_t number) {
    constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
    std::string text;
    do {
        text.insert(text.begin(), kDigits[number % 32]);
        number /= 32;
    } while (number != 0);
    return text;
}

IoThread::IoThread(AdapterHost host, const Settings& settings, Admission& admission, TlsFailures& tls_failures,
                   std::size_t index, std::string stamp)
    : host_(host), settings_(settings), admission_(admission), tls_failures_(tls_failures), index_(index),
      stamp_(std::move(stamp)), wheel_(steady_ms()), io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      executor_(io_.get_executor()), work_(io_.get_executor()), tick_timer_(io_), stop_timer_(io_),
      read_buffer_(std::make_unique_for_overwrite<char[]>(kReadBytes + TlsSession::kSlackBytes)) {
    if (settings.tls_context) cipher_buffer_ = std::make_unique_for_overwrite<char[]>(kReadBytes);
    submissions.fill({sizeof(millrace_submission), 0, {}, {}, 0, nullptr, 0, 0, {}, {}, 0});
}

IoThread::~IoThread() {
    if (!thread_.joinable()) return;
    stop(std::chrono::milliseconds(0));
    join();
}

Endpoint IoThread::listen(const Endpoint& endpoint, bool shared) {
    const std::string name = to_text(endpoint) + "/" + std::to_string(index_);
    const int socket = host_.take_socket(name);
    listeners_.push_back(socket < 0 ? std::make_unique<Listener>(io_, endpoint, shared)
                                    : std::make_unique<Listener>(io_, socket));
    host_.keep_socket(name, listeners_.back()->socket());
    return listeners_.back()->endpoint();
}

void IoThread::start() {
    std::promise<bool> attached;
    std::future<bool> is_attached = attached.get_future();
    thread_ = std::thread(&IoThread::run, this, std::move(attached));
    if (!is_attached.get()) throw std::runtime_error("the gateway refused a loop to an I/O thread");
}

void IoThread::run(std::promise<bool> attached) {
    loop_ = host_.attach(*this);
    attached.set_value(loop_ != nullptr);
    while (loop_ && !io_.stopped()) {
        try {
            io_.run();
        } catch (const std::exception& error) {
            host_.log(MILLRACE_LOG_ERROR, error.what());
        }
    }
    if (!loop_) return;
    end_sessions();
    io_.restart();
    io_.poll();
    host_.detach(loop_);
}

void IoThread::let_in() {
    for (const auto& listener : listeners_) listener->listen();
    net::post(io_, [this] {
        for (const auto& listener : listeners_) {
            listener->start([this, name = to_text(listener->endpoint())](
                                Socket socket, const Endpoint& peer) { add(std::move(socket), peer, name); },
                            [this](const std::string& text) { host_.log(MILLRACE_LOG_ERROR, text); });
        }
    });
}

void IoThread::add(Socket socket, const Endpoint& peer, const std::string& listener) {
    const bool is_proxied = settings_.trusted_proxies.trusts(peer.address());
    const Admission::Verdict verdict = is_proxied ? admission_.enter_unknown() : admission_.enter(peer.address());
    const bool is_admitted = verdict == Admission::Verdict::admitted;
    if (!is_admitted && unadmitted_count_ >= kUnadmittedMax) return;
    if (!is_ticking_) tick();

    const Source source{peer, listener, is_proxied};
    const boost::intrusive_ptr<Session> session(new Session(*this, std::move(socket), source, is_admitted));
    session->index = sessions_.size();
    sessions_.push_back(session);
    unadmitted_count_ += !is_admitted;
    session->begin();
    if (verdict == Admission::Verdict::too_many) session->refuse(try_later("There are too many connections."));
    if (verdict == Admission::Verdict::too_many_of_address)
        session->refuse(try_later("There are too many connections from your address."));
    run_due();
}

void IoThread::remove(Session& session) {
    if (session.is_admitted())
        session.is_of_nobody() ? admission_.leave_unknown() : admission_.leave(session.client());
    else
        --unadmitted_count_;
    const boost::intrusive_ptr<Session> removed = std::move(sessions_[session.index]);
    if (sessions_.back()) {
        sessions_.back()->index = removed->index;
        sessions_[removed->index] = std::move(sessions_.back());
    }
    sessions_.pop_back();
    if (is_stopping_ && sessions_.empty()) io_.stop();
}

void IoThread::count_throttled() {
    ++throttled_count_;
    if (wheel_.now_ms() - throttled_told_at_ms_ < kThrottledEveryMs) return;
    throttled_told_at_ms_ = wheel_.now_ms();
    host_.log(MILLRACE_LOG_WARN, "max_message_rate: a connection was held back; so far " +
                                     std::to_string(throttled_count_) + " times on this thread");
}

void IoThread::end_sessions() {
    while (!sessions_.empty()) sessions_.back()->drop();
}

void IoThread::close_listeners() {
    for (const auto& listener : listeners_) listener->close();
}

void IoThread::retire() {
    net::post(io_, [this] { close_listeners(); });
}

void IoThread::quiesce() {
    net::post(io_, [this] {
        close_listeners();
        is_quiesced_ = true;
        const std::vector<boost::intrusive_ptr<Session>> sessions = sessions_;
        for (const auto& session : sessions) session->quiesce();
        run_due();
    });
}

void IoThread::stop(std::chrono::milliseconds deadline) {
    net::post(io_, [this, deadline] {
        close_listeners();
        is_stopping_ = true;
        if (sessions_.empty()) return io_.stop();
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
        host_.run(loop_);
        run_due();
    });
}

void IoThread::due(Session& session) {
    if (!session.is_due) due_.emplace_back(&session);
    session.is_due = true;
}

void IoThread::run_due() {
    for (std::size_t i = 0; i < due_.size(); ++i) {
        const boost::intrusive_ptr<Session> session = due_[i];
        session->is_due = false;
        session->turn();
    }
    due_.clear();
}

void IoThread::tick() {
    is_ticking_ = true;
    wheel_.advance(steady_ms());
    run_due();
    tick_timer_.expires_after(std::chrono::milliseconds(TimerWheel::kTickMs));
    tick_timer_.async_wait([this](const error_code& cancelled) {
        is_ticking_ = !sessions_.empty() && !cancelled;
        if (is_ticking_) tick();
    });
}

std::string IoThread::next_key() { return stamp_ + "-" + base32(key_count_++ * settings_.thread_count + index_); }

Input IoThread::load(std::string_view kept) {
    std::memcpy(read_buffer_.get(), kept.data(), kept.size());
    return {read_buffer_.get(), read_buffer_.get() + kept.size()};
}

}  // namespace millrace::websocket
