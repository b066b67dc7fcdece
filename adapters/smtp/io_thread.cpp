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
    const std::uint64_t question = expect(session);
    const bool is_asked = shared_.login_desk.ask(std::move(credentials), [this, question, ticket](bool is_right) {
        answer(question, [ticket, is_right](Session& it) { it.on_login(ticket, is_right); });
    });
    if (!is_asked) asking_.erase(question);
    return is_asked;
}

bool SmtpThread::look_up(Session& session) {
    const std::uint64_t question = expect(session);
    const bool is_asked = shared_.name_desk.ask(session.client(), [this, question](ClientName name) {
        answer(question, [name = std::move(name)](Session& it) { it.on_name(name); });
    });
    if (!is_asked) asking_.erase(question);
    return is_asked;
}

std::uint64_t SmtpThread::expect(Session& session) {
    asking_.emplace(++question_count_, &session);
    return question_count_;
}

void SmtpThread::answer(std::uint64_t question, std::function<void(Session&)> take) {
    boost::asio::post(home(), [this, question, take = std::move(take)] {
        const auto asking = asking_.extract(question);
        if (!asking.empty()) take(static_cast<Session&>(*asking.mapped()));
        run_due();
    });
}

}  // namespace millrace::smtp
