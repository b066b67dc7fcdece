#include "adapters/common/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>

#include "adapters/common/io_thread.hpp"

namespace millrace {
namespace net = boost::asio;
using error_code = boost::system::error_code;

Connection::Connection(IoThread& thread, Socket socket, Source source, bool is_admitted)
    : socket_(std::move(socket)), source_(std::move(source)), out_(thread.pool()), io_thread_(thread),
      is_admitted_(is_admitted) {
    error_code ignored;
    socket_.set_option(net::ip::tcp::no_delay(true), ignored);
}

void Connection::begin_tls() {
    tls_ = std::make_unique<TlsSession>(*io_thread_.tls_context());
    out_.seal_with(*tls_);
}

ssize_t Connection::receive(Input& input, std::size_t room) {
    char* into = tls_ ? io_thread_.cipher_buffer().data() : input.end;
    const ssize_t size = ::recv(socket_.native_handle(), into, room, MSG_DONTWAIT);
    if (size <= 0) return size;
    if (tls_)
        decrypt({into, static_cast<std::size_t>(size)}, input);
    else
        input.end += size;
    return size;
}

void Connection::decrypt(std::string_view cipher, Input& input) {
    switch (tls_->decrypt(cipher, input.end)) {
        case TlsSession::Result::fine:
            return;
        case TlsSession::Result::closed:
            is_over_ = true;
            return;
        case TlsSession::Result::failed:
            return fail_tls(tls_->fault());
        case TlsSession::Result::foreign:
            return fail_tls("the peer does not speak it", true);
    }
}

// What is sealed, an alert for the peer at the end of it, leaves yet.
void Connection::fail_tls(std::string_view why, bool is_foreign) {
    io_thread_.count_tls_failure(why);
    out_.unseal();
    tls_.reset();
    on_tls_failure(is_foreign);
}

bool Connection::say_goodbye() {
    if (!tls_) return true;
    tls_->end();
    out_.unseal();
    tls_.reset();
    if (!out_.write(socket_.native_handle())) return on_lost(), false;
    return out_.unsent() == 0;
}

void Connection::keep(const Input& input) {
    if (has_left_) return;
    if (input.size() == 0) return io_thread_.pool().give_back(kept_);
    if (!BufferPool::is_lent(kept_)) kept_ = io_thread_.pool().lend();
    kept_.assign(input.begin, input.size());
}

void Connection::wait_to_read() {
    if (waits_to_read_) return;
    waits_to_read_ = true;
    socket_.async_wait(net::socket_base::wait_read,
                       [this, alive = boost::intrusive_ptr<Connection>(this)](const error_code& error) {
                           waits_to_read_ = false;
                           if (!error) on_readable();
                           io_thread_.run_due();
                       });
}

bool Connection::wait_to_write() {
    if (waits_to_write_) return false;
    waits_to_write_ = true;
    socket_.async_wait(net::socket_base::wait_write,
                       [this, alive = boost::intrusive_ptr<Connection>(this)](const error_code& error) {
                           waits_to_write_ = false;
                           if (!error) io_thread_.due(*this);
                           io_thread_.run_due();
                       });
    return true;
}

void Connection::leave() {
    has_left_ = true;
    io_thread_.wheel().cancel(*this);
    error_code ignored;
    socket_.close(ignored);
    io_thread_.pool().give_back(kept_);
    io_thread_.remove(*this);
}

}  // namespace millrace
