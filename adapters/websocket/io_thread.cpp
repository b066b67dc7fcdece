#include "adapters/websocket/io_thread.hpp"

#include "adapters/websocket/session.hpp"

namespace millrace::websocket {

std::string base32(std::uint64_t number) {
    constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
    std::string text;
    do {
        text.insert(text.begin(), kDigits[number % 32]);
        number /= 32;
    } while (number != 0);
    return text;
}

IoThread::IoThread(const IoShared& shared, const Settings& settings, std::size_t index, std::string stamp)
    : millrace::IoThread(shared, index), settings_(settings), index_(index), stamp_(std::move(stamp)) {
    submissions.fill({sizeof(millrace_submission), 0, {}, {}, 0, nullptr, 0, 0, {}, {}, 0});
}

IoThread::~IoThread() { halt(); }

boost::intrusive_ptr<Connection> IoThread::connect(Socket socket, Source source, bool is_admitted) {
    return new Session(*this, std::move(socket), std::move(source), is_admitted);
}

void IoThread::count_throttled() {
    ++throttled_count_;
    if (wheel().now_ms() - throttled_told_at_ms_ < kThrottledEveryMs) return;
    throttled_told_at_ms_ = wheel().now_ms();
    host().log(MILLRACE_LOG_WARN, "max_message_rate: a connection was held back; so far " +
                                      std::to_string(throttled_count_) + " times on this thread");
}

std::string IoThread::next_key() { return stamp_ + "-" + base32(key_count_++ * settings_.thread_count + index_); }

}  // namespace millrace::websocket
