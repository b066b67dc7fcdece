#include "adapters/smtp/io_thread.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "adapters/smtp/session.hpp"

namespace millrace::smtp {
namespace {

constexpr std::int64_t kFullDiskEveryMs = 10'000;

}  // namespace

SmtpThread::SmtpThread(const IoShared& io_shared, const Shared& shared, std::size_t index)
    : IoThread(io_shared, index), shared_(shared), index_(index) {}

boost::intrusive_ptr<Connection> SmtpThread::connect(Socket socket, Source source, bool is_admitted) {
    return new Session(*this, std::move(socket), std::move(source), is_admitted);
}

std::string SmtpThread::next_key() {
    return shared_.stamp + "-" + std::to_string(key_count_++ * settings().thread_count + index_);
}

void SmtpThread::count_full_disk(const std::string& why) {
    if (wheel().now_ms() < full_disk_quiet_until_ms_) return;
    full_disk_quiet_until_ms_ = wheel().now_ms() + kFullDiskEveryMs;
    host().log(MILLRACE_LOG_WARN, "a mail was refused with 452: " + why);
}

bool SmtpThread::check(Credentials credentials, Session& session, std::uint32_t ticket) {
    const std::uint64_t key = ++check_count_;
    checks_.emplace(key, &session);
    const bool is_asked = shared_.login_desk.ask(std::move(credentials), [this, key, ticket](bool is_right) {
        boost::asio::post(home(), [this, key, ticket, is_right] {
            const auto check = checks_.extract(key);
            if (!check.empty()) static_cast<Session&>(*check.mapped()).on_login(ticket, is_right);
            run_due();
        });
    });
    if (!is_asked) checks_.erase(key);
    return is_asked;
}

}  // namespace millrace::smtp
