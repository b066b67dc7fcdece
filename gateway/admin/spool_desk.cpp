#include "gateway/admin/spool_desk.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/admin/letter_request.hpp"
#include "gateway/admin/spool_commands.hpp"

namespace millrace::admin {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using Socket = asio::local::stream_protocol::socket;
using spool::Request;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{1};    // While the writer has a portion,
constexpr std::chrono::milliseconds kPause{20};  // and while a paced command waits.
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

std::string to_line(std::string_view key, const json::value& value) {
    return json::serialize(json::object{{key, value}}) + "\n";
}

bool is_gone(Socket& socket) {
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

// One portion on its way through the writer. It owns itself until it is finished, for whoever has asked may be gone.
class PortionRequest final : public Request {
  public:
    static std::shared_ptr<PortionRequest> submit(spool::Spool& spool, std::shared_ptr<SpoolCommand> command,
                                                  decltype(SpoolAccess::requeued) requeued) {
        auto request = std::make_shared<PortionRequest>();
        request->command_ = std::move(command);
        request->requeued_ = std::move(requeued);
        request->self_ = request;
        spool.submit(request.get());
        return request;
    }

    bool is_finished() const { return is_finished_.load(std::memory_order_acquire); }

    // REQUIRES: is_finished()
    Portion take() { return std::move(portion_); }

    void apply(spool::Store& store) override { command_->run(store); }

    void finished() override {
        if (outcome == Outcome::committed) {
            portion_ = command_->committed();
            if (!portion_.lanes.empty()) requeued_(portion_.lanes);
        }
        const auto self = std::move(self_);
        is_finished_.store(true, std::memory_order_release);
    }

    void arrive() override {}
    bool is_intake() const override { return true; }

  private:
    std::shared_ptr<SpoolCommand> command_;
    decltype(SpoolAccess::requeued) requeued_;
    std::shared_ptr<PortionRequest> self_;
    Portion portion_;
    std::atomic<bool> is_finished_{false};
};

Result<std::shared_ptr<SpoolCommand>> read(const json::object& request, const Config& config, std::int64_t now_us) {
    auto command =
        request.at("do") == "dlq" ? read_letter_request(request, config, now_us) : read_spool_request(request, false);
    if (!command) return command.error();
    return std::shared_ptr<SpoolCommand>(std::move(*command));
}

// The last line of the answer; empty while there is more to do.
std::string last_line(Request::Outcome outcome, const Portion& portion, const std::string& broken) {
    if (outcome == Request::Outcome::refused) return to_line("end", "the disk of the spool is full");
    if (outcome == Request::Outcome::broken)
        return to_line("end", json::value(broken.empty() ? "the gateway stops" : broken));
    if (!portion.error.empty()) return to_line("error", json::value(portion.error));
    return portion.is_last ? to_line("done", true) : std::string();
}

}  // namespace

asio::awaitable<void> answer_spool_request(Socket& socket, const json::object& request, const Config& config,
                                           const SpoolAccess& access, const Clock& clock, const bool& is_ending) {
    const auto command = read(request, config, clock.now_us());
    spool::Spool* const spool = access.spool();
    std::string lines;
    if (!command) lines = to_line("error", json::value(command.error().text));
    if (command && !spool) lines = to_line("end", "the gateway that runs has no spool: none of its routes is durable");
    asio::steady_timer timer(co_await asio::this_coro::executor);
    bool is_last = !lines.empty();
    while (!is_last && !is_gone(socket)) {
        const auto began = steady_clock::now();
        const auto portion_request = PortionRequest::submit(*spool, *command, access.requeued);
        while (!portion_request->is_finished()) {
            timer.expires_after(kLook);
            co_await timer.async_wait(kNoThrow);
        }
        const Portion portion = portion_request->take();
        const std::string last = last_line(portion_request->outcome, portion, spool->broken());
        is_last = !last.empty();
        lines = to_lines(portion) + last;
        if (!is_last) {
            const auto [error, size] = co_await asio::async_write(socket, asio::buffer(lines), kNoThrow);
            if (error) co_return;
            lines.clear();
        }
        const auto until = began + std::chrono::microseconds(portion.pause_us);
        while (!is_last && !is_ending && steady_clock::now() < until) {
            timer.expires_at(std::min(until, steady_clock::now() + kPause));
            co_await timer.async_wait(kNoThrow);
        }
        if (!is_last && is_ending) {
            lines = to_line("end", "the gateway stops");
            is_last = true;
        }
    }
    co_await asio::async_write(socket, asio::buffer(lines), kNoThrow);
}

}  // namespace millrace::admin
