#include <sys/socket.h>

#include "adapters/websocket/io_thread.hpp"
#include "adapters/websocket/session.hpp"

// A session's part that has TLS between it and the socket.
namespace millrace::websocket {

// As recv; what is under TLS comes decrypted, if it says anything.
ssize_t Session::receive(Input& input, std::size_t room) {
    char* into = tls_ ? thread_.cipher_buffer().data() : input.end;
    const ssize_t size = ::recv(socket_.native_handle(), into, room, MSG_DONTWAIT);
    if (size <= 0) return size;
    if (tls_)
        decrypt({into, static_cast<std::size_t>(size)}, input);
    else
        input.end += size;
    return size;
}

void Session::decrypt(std::string_view cipher, Input& input) {
    switch (tls_->decrypt(cipher, input.end)) {
        case TlsSession::Result::fine:
            return;
        case TlsSession::Result::closed:
            is_over_ = true;
            return;
        case TlsSession::Result::failed:
            return fail_tls(tls_->fault());
        case TlsSession::Result::foreign:
            fail_tls("the peer does not speak it");
            return refuse({400, "This address speaks TLS: the URL has to begin with wss://."});
    }
}

// What is sealed, an alert for the peer at the end of it, leaves yet.
void Session::fail_tls(std::string_view why) {
    thread_.count_tls_failure(why);
    end_scope(MILLRACE_REASON_PROTOCOL_ERROR, 1006, "");
    out_.unseal();
    tls_.reset();
    enter(State::lingering);
}

// The peer has said that nothing more comes: once all that came is taken, it hears the same.
void Session::follow_end() {
    if (state_ == State::dropped || state_ == State::asking || state_ == State::finished || is_held()) return;
    end_scope(MILLRACE_REASON_LOST, 1006, "");
    enter(State::finished);
}

// After the last byte. Returns whether that is all.
bool Session::say_goodbye() {
    if (!tls_) return true;
    tls_->end();
    out_.unseal();
    tls_.reset();
    if (!out_.write(socket_.native_handle())) return lost(), false;
    return out_.unsent() == 0;
}

}  // namespace millrace::websocket
