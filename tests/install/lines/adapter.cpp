#include "adapter.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <vector>

#include "fault.hpp"

namespace lines {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kTick = 50ms;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

}  // namespace

Lines::Lines(millrace::AdapterHost host, const millrace::Config& config) : host_(host), settings_(config) {}

Lines::~Lines() {
    join();
    if (listener_ >= 0) ::close(listener_);
    if (wake_ >= 0) ::close(wake_);
}

void Lines::prepare() {
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    listener_ = host_.take_socket(settings_.listen);
    if (listener_ < 0) bind();
    host_.keep_socket(settings_.listen, listener_);
}

void Lines::bind() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&settings_.address), sizeof settings_.address) != 0)
        fail(settings_.listen);
}

void Lines::start() {
    if (::listen(listener_, SOMAXCONN) != 0) fail(settings_.listen);
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size);
    std::promise<bool> attached;
    std::future<bool> is_attached = attached.get_future();
    thread_ = std::thread(&Lines::run, this, std::move(attached));
    if (!is_attached.get()) throw std::runtime_error("the gateway refused a loop");
    host_.log(MILLRACE_LOG_INFO,
              "listening on " + std::string(::inet_ntoa(bound.sin_addr)) + ":" + std::to_string(ntohs(bound.sin_port)));
}

void Lines::retire() {
    is_retired_ = true;
    wake();
}

void Lines::quiesce() {
    is_draining_ = true;
    wake();
}

void Lines::stop(std::chrono::milliseconds deadline) {
    stop_at_ = Clock::now() + deadline;
    is_stopping_ = true;
    wake();
    if (!has(Fault::submits_after_stop)) join();
}

void Lines::join() {
    if (thread_.joinable()) thread_.join();
}

void Lines::wake() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(wake_, &one, sizeof one);
}

void Lines::run(std::promise<bool> attached) {
    loop_ = host_.attach(*this);
    attached.set_value(loop_ != nullptr);
    if (!loop_) return;
    run_until_stopped();
    if (has(Fault::submits_after_stop)) {
        const std::string_view line = "too late";
        host_.submit(1, std::vector<millrace_submission>{
                            {sizeof(millrace_submission), MILLRACE_TEXT, millrace::bytes(line), {}, 0}});
    }
    for (Session& session : sessions_) session.drop(MILLRACE_REASON_LOST);
    sessions_.clear();
    host_.detach(loop_);
}

void Lines::run_until_stopped() {
    while (!is_stopping_ || (!sessions_.empty() && Clock::now() < stop_at_)) {
        poll(kTick);
        host_.run(loop_);
        turn();
    }
}

void Lines::poll(std::chrono::milliseconds time) {
    std::vector<pollfd> waits{{wake_, POLLIN, 0}, {is_draining_ || is_retired_ ? -1 : listener_, POLLIN, 0}};
    for (const Session& session : sessions_) {
        const int events = (session.wants_to_read() ? POLLIN : 0) | (session.wants_to_write() ? POLLOUT : 0);
        waits.push_back({session.socket(), static_cast<short>(events), 0});
    }
    if (::poll(waits.data(), waits.size(), static_cast<int>(time.count())) <= 0) return;
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t ignored = ::read(wake_, &count, sizeof count);
    auto wait = waits.begin() + 2;
    for (Session& session : sessions_) {
        const short events = (wait++)->revents;
        if (events != 0) session.on_event((events & (POLLERR | POLLHUP)) != 0);
    }
    if (waits[1].revents != 0 && !is_draining_ && !is_retired_) accept();
}

void Lines::accept() {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    Session& session = sessions_.emplace_back(host_, settings_, socket);
    session.ask(loop_, std::to_string(host_.now_us()) + "-" + std::to_string(++count_));
}

void Lines::turn() {
    for (auto it = sessions_.begin(); it != sessions_.end();) {
        it->turn(is_draining_);
        it = it->is_gone() ? sessions_.erase(it) : std::next(it);
    }
}

}  // namespace lines

MILLRACE_ADAPTER("lines", "1.0.0", "lines", "", lines::Lines)
