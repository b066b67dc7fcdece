#include "gateway/admin/control.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "gateway/admin/control_address.hpp"
#include "gateway/admin/tail.hpp"
#include "gateway/core/explanation.hpp"

namespace millrace::admin {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::local::stream_protocol;
using Socket = stream_protocol::socket;

constexpr std::size_t kRequestBytesMax = 16 << 20;
constexpr std::size_t kConnectionsMax = 16;
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr std::chrono::milliseconds kLook{20};  // Loops wake nobody for an event that they show.
constexpr std::chrono::seconds kFarewell{1};
constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

std::string to_line(std::string_view key, std::string_view text) {
    return json::serialize(json::object{{key, text}}) + "\n";
}

std::string to_line(const Error& error) { return to_line("error", error.text); }

// Nobody answers at the socket of a dead gateway. One that is too busy to take a connection lives.
bool is_alive(const stream_protocol::endpoint& endpoint) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool is_refused = ::connect(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 &&
                            (errno == ECONNREFUSED || errno == ENOENT);
    ::close(socket);
    return !is_refused;
}

// Whether the other side has closed. It has nothing more to say.
bool is_gone(Socket& socket) {
    char byte = 0;
    return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

}  // namespace

struct Control::Impl {
    explicit Impl(ControlAddress&& at) : address(std::move(at)) {}

    const ControlAddress address;
    asio::io_context io{1};
    stream_protocol::acceptor acceptor{io};
    Gateway* gateway = nullptr;
    Reload reload;
    std::size_t connections = 0;
    SpoolAccess spool;
    std::size_t streams = 0;  // Answers that are told of the end.
    bool is_ending = false;
    std::thread thread;

    asio::awaitable<void> accept();
    asio::awaitable<void> serve(Socket socket);
    asio::awaitable<void> tail(Socket& socket, const json::object& request);
    asio::awaitable<void> use_spool(Socket& socket, const json::object& request);
    void end_stream();
    asio::awaitable<std::string> have_reloaded();
    std::string answer(const json::object& request) const;
    void end();
};

asio::awaitable<void> Control::Impl::accept() {
    asio::steady_timer pause(io);
    for (;;) {
        auto [error, socket] = co_await acceptor.async_accept(kNoThrow);
        if (!error) {
            ++connections;
            asio::co_spawn(io, serve(std::move(socket)), [this](std::exception_ptr) { --connections; });
        }
        for (bool wait = error.failed(); wait || connections == kConnectionsMax; wait = false) {
            pause.expires_after(kAcceptPause);
            co_await pause.async_wait(kNoThrow);
        }
    }
}

asio::awaitable<void> Control::Impl::serve(Socket socket) {
    std::string line;
    auto [error, size] =
        co_await asio::async_read_until(socket, asio::dynamic_buffer(line, kRequestBytesMax), '\n', kNoThrow);
    if (error && error != asio::error::not_found) co_return;
    const json::value parsed = json::parse(std::string_view(line).substr(0, size), error);
    const json::object* request = error ? nullptr : parsed.if_object();
    const json::value* what = request ? request->if_contains("do") : nullptr;
    if (what && *what == "tail") co_return co_await tail(socket, *request);
    if (what && (*what == "dlq" || *what == "spool")) co_return co_await use_spool(socket, *request);
    const Error wrong{"a request is a line of JSON with a key 'do'"};
    std::string answered;
    if (what && *what == "reload") {
        answered = co_await have_reloaded();
    } else {
        answered = what ? answer(*request) : to_line(wrong);
    }
    co_await asio::async_write(socket, asio::buffer(answered), kNoThrow);
}

std::string Control::Impl::answer(const json::object& request) const {
    const json::value* event = request.if_contains("event");
    if (request.at("do") != "explain" || !event || !event->is_string()) {
        return to_line(Error{"there are 'tail', 'reload', 'dlq', 'spool', and 'explain' with an 'event'"});
    }
    const SnapshotPtr current = gateway->snapshot();
    const auto text = explain(current->config, current->router, event->get_string());
    return text ? to_line("text", text.value()) : to_line(text.error());
}

// What waits for it is shared: whoever asked may be gone before it is done.
asio::awaitable<std::string> Control::Impl::have_reloaded() {
    struct Wait {
        explicit Wait(asio::io_context& io) : done(io, asio::steady_timer::time_point::max()) {}
        asio::steady_timer done;
        std::string answer;
    };
    const auto wait = std::make_shared<Wait>(io);
    reload([this, wait](std::string answer) {
        asio::post(io, [wait, answer = std::move(answer)] {
            wait->answer = answer + "\n";
            wait->done.cancel();
        });
    });
    co_await wait->done.async_wait(kNoThrow);
    co_return wait->answer;
}

asio::awaitable<void> Control::Impl::tail(Socket& socket, const json::object& request) {
    auto filter = read_filter(request, gateway->snapshot()->config);
    if (!filter) {
        const std::string refused = to_line(filter.error());
        co_await asio::async_write(socket, asio::buffer(refused), kNoThrow);
        co_return;
    }
    Tap::Seat seat(gateway->tap(), std::move(filter.value()));
    ++streams;
    asio::steady_timer pause(io);
    std::string lines = to_line("tail", gateway->config().name);
    boost::system::error_code error;
    for (bool is_last = false; !error && !is_gone(socket); lines = to_lines(seat.take())) {
        if (is_last) lines += to_line("end", "the gateway has stopped");
        if (!lines.empty())
            std::tie(error, std::ignore) = co_await asio::async_write(socket, asio::buffer(lines), kNoThrow);
        if (is_last) break;
        pause.expires_after(kLook);
        co_await pause.async_wait(kNoThrow);
        is_last = is_ending;
    }
    end_stream();
}

asio::awaitable<void> Control::Impl::use_spool(Socket& socket, const json::object& request) {
    const SnapshotPtr current = gateway->snapshot();
    ++streams;
    co_await answer_spool_request(socket, request, current->config, spool, gateway->clock(), is_ending);
    end_stream();
}

void Control::Impl::end_stream() {
    if (--streams == 0 && is_ending) io.stop();
}

void Control::Impl::end() {
    is_ending = true;
    if (streams == 0) io.stop();
    const auto farewell = std::make_shared<asio::steady_timer>(io, kFarewell);
    farewell->async_wait([this, farewell](boost::system::error_code) { io.stop(); });
}

Control::Control(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Control::Control(Control&&) noexcept = default;

Control::~Control() { stop(); }

Result<Control> Control::listen(const std::string& state_dir) {
    auto address = ControlAddress::in(state_dir);
    if (!address) return address.error();
    if (auto safe = address->check_folder(); !safe) return safe.error();
    const std::string name = address->name();
    if (is_alive(address->endpoint()))
        return Error{"a gateway already runs with this state_dir: it answers on " + name};
    ::unlink(address->path().c_str());
    auto impl = std::make_unique<Impl>(std::move(*address));
    boost::system::error_code error;
    impl->acceptor.open(stream_protocol(), error);
    // The file that bind() makes has the mode of the socket: at no moment a wider one.
    if (!error && ::fchmod(impl->acceptor.native_handle(), S_IRUSR | S_IWUSR) != 0) {
        error.assign(errno, boost::system::system_category());
    }
    if (!error) impl->acceptor.bind(impl->address.endpoint(), error);
    if (!error) impl->acceptor.listen(kConnectionsMax, error);
    if (error) return Error{"cannot listen on " + name + ": " + error.message()};
    return Control(std::move(impl));
}

Result<void> Control::start(Gateway& gateway, Reload reload, SpoolAccess spool) {
    impl_->gateway = &gateway;
    impl_->spool = std::move(spool);
    impl_->reload = std::move(reload);
    asio::co_spawn(impl_->io, impl_->accept(), asio::detached);
    try {
        impl_->thread = std::thread([impl = impl_.get()] { impl->io.run(); });
    } catch (const std::system_error& error) {
        return Error{std::string("admin.sock: no thread: ") + error.what()};
    }
    return {};
}

void Control::stop() {
    if (!impl_) return;
    if (impl_->thread.joinable()) {
        asio::post(impl_->io, [impl = impl_.get()] { impl->end(); });
        impl_->thread.join();
    }
    ::unlink(impl_->address.path().c_str());
    impl_.reset();
}

}  // namespace millrace::admin
