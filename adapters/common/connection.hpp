#pragma once

#include <sys/types.h>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "adapters/common/admission.hpp"
#include "adapters/common/input.hpp"
#include "adapters/common/listener.hpp"
#include "adapters/common/output.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/common/tls.hpp"

namespace millrace {

class IoThread;

// Where a connection comes from.
struct Source {
    Endpoint peer;
    std::string listener;
    bool is_proxied;  // the peer is a trusted proxy
};

// One connection that a listener has taken. Lives on its IoThread, which owns it until drop(); a wait for the socket
// keeps it alive a little longer. Where there is TLS it lies between the output and the socket.
//
// Reading, deciding and writing are apart: what comes from the socket or the gateway appends to the output and says
// that the connection is due; turn(), when no call into the gateway is under way, writes and waits.
class Connection : public TimerWheel::Entry,
                   public boost::intrusive_ref_counter<Connection, boost::thread_unsafe_counter> {
  public:
    ~Connection() override = default;

    // The thread has it.
    virtual void begin() = 0;
    virtual void turn() = 0;
    // It is not admitted: says why, takes nothing, and ends.
    virtual void turn_away(Admission::Verdict why) = 0;
    // Another generation has the listeners: what cannot end by itself goes on no longer than it has to.
    virtual void retire() {}
    // Takes nothing new.
    virtual void quiesce() = 0;
    // At once, without a farewell.
    virtual void drop() = 0;

    // Whose connection it is; the proxy's as long as it is of nobody.
    boost::asio::ip::address client() const { return source_.peer.address(); }
    bool is_of_nobody() const { return source_.is_proxied; }
    bool is_admitted() const { return is_admitted_; }

    // The thread's own marks.
    std::size_t index = 0;
    bool is_due = false;

  protected:
    Connection(IoThread& thread, Socket socket, Source source, bool is_admitted);

    // There is something to read, or the end of it.
    virtual void on_readable() = 0;
    // TLS has failed; what it has to say of it is in the output. The peer does not speak it at all, if `is_foreign`.
    virtual void on_tls_failure(bool is_foreign) = 0;
    // The line is broken.
    virtual void on_lost() = 0;

    // What is read and written from now on is under TLS. REQUIRES: the thread has a context for it.
    void begin_tls();

    // As recv, behind the input's end, where there is room for TlsSession::kSlackBytes more. What is under TLS comes
    // decrypted, if it says anything.
    ssize_t receive(Input& input, std::size_t room);
    // Adds what it says to the input.
    void decrypt(std::string_view cipher, Input& input);
    // What of the input is not taken comes again at the front of the next one that the thread loads with it.
    void keep(const Input& input);
    void fail_tls(std::string_view why) { fail_tls(why, false); }
    // After the last byte. Returns whether that is all.
    bool say_goodbye();
    // Waits until on_readable() is to be called.
    void wait_to_read();
    // Waits until the socket takes more, which makes it due. Returns whether it did not wait already.
    bool wait_to_write();
    // Closes the socket and leaves the thread.
    void leave();

    Socket socket_;
    Source source_;
    std::unique_ptr<TlsSession> tls_;
    Output out_;
    std::string kept_;      // has come, is not taken yet
    bool is_over_ = false;  // the peer has said over TLS that nothing more comes
    bool waits_to_write_ = false;

  private:
    void fail_tls(std::string_view why, bool is_foreign);

    IoThread& io_thread_;
    const bool is_admitted_;
    bool waits_to_read_ = false;
    bool has_left_ = false;
};

}  // namespace millrace
