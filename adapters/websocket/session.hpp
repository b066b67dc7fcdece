#pragma once

#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/common/listener.hpp"
#include "adapters/common/output.hpp"
#include "adapters/common/timer_wheel.hpp"
#include "adapters/common/tls.hpp"
#include "adapters/common/token_bucket.hpp"
#include "adapters/websocket/acks.hpp"
#include "adapters/websocket/codec.hpp"
#include "adapters/websocket/handshake.hpp"
#include "adapters/websocket/receipts.hpp"
#include "millrace/adapter.hpp"

namespace millrace::websocket {

class IoThread;

// Where a connection comes from.
struct Source {
    Endpoint peer;
    std::string listener;
    bool is_proxied;  // the peer is a trusted proxy
};

// One connection: a scope from the upgrade request on. Lives on its IoThread, which owns it until drop(); a wait for
// the socket keeps it alive a little longer.
//
//     handshake -> asking -> open -> closing ----------+-> finished -> dropped
//         |          |        |  (our close frame      |
//         |          |        |   waits for theirs)    |
//         +----------+--------+-> lingering -----------+
//                  (refused or failed; until the peer has read why)
//
// Reading, deciding and writing are apart: what comes from the socket or the gateway appends to the output and says
// that the session is due; turn(), when no call into the gateway is under way, writes and waits.
class Session final : public Scope,
                      public TimerWheel::Entry,
                      public boost::intrusive_ref_counter<Session, boost::thread_unsafe_counter> {
  public:
    Session(IoThread& thread, Socket socket, Source source, bool is_admitted);

    void begin();
    void turn();
    void refuse(const Refusal& refusal);
    void quiesce();
    // At once, without a farewell.
    void drop();

    // Whose connection it is; the proxy's as long as it is of nobody.
    boost::asio::ip::address client() const { return source_.peer.address(); }
    bool is_of_nobody() const { return source_.is_proxied; }
    bool is_admitted() const { return is_admitted_; }
    // `millrace.ack.v1` was agreed on.
    bool is_acknowledged() const { return acks_ != nullptr; }

    void settled(const Answer& answer) override;
    void settled(std::uint64_t cookie, std::uint32_t verdict, std::uint32_t code, std::string_view text) override;
    void send(const Outgoing& command) override;
    // A frame that others get too, for a command of `size` bytes.
    void send(const SharedBytes& frame, std::uint64_t size);
    void close(std::uint32_t reason, std::uint32_t code, std::string_view text) override;
    void resume() override;
    void on_timer() override;

    // The thread's own marks.
    std::size_t index = 0;
    bool is_due = false;

  private:
    enum class State : std::uint8_t { handshake, asking, open, closing, lingering, finished, dropped };

    void on_readable();
    ssize_t receive(Input& input, std::size_t room);
    void decrypt(std::string_view cipher, Input& input);
    void fail_tls(std::string_view why);
    void follow_end();
    bool say_goodbye();
    void take(Input& input);
    void take_kept();
    void keep(const Input& input);
    void ask();
    bool identify();
    void accept(const Answer& answer);
    void fail_acceptance();
    void take_frames(Input& input);
    bool take_other(Input& input);
    bool submit(std::size_t count, Input& input);
    std::size_t submit_numbered(std::size_t count);
    void pause();
    std::size_t allowed();
    void hold_back();
    void wait_for_settlements();
    void throttle();
    bool is_held() const { return is_paused_ || is_throttled_ || is_crowded_; }
    void go_on();

    void check_deadlines();
    std::int64_t next_deadline_ms() const;
    std::int64_t stall_deadline_ms() const;

    void end_scope(std::uint32_t reason, std::uint32_t code, std::string_view text);
    void close_for(std::uint32_t reason, std::uint32_t code, std::string_view text);
    void lost();
    void enter(State state);

    void write(bool is_text, std::string_view payload);
    void tell_settled();
    void follow_settlements();
    void follow_progress();
    void flush();
    void keep_receipt(std::uint64_t receipt);
    void tell_left(std::uint64_t bytes);
    void tell_lost();
    bool reads_ahead() const;
    void arm();

    IoThread& thread_;
    Socket socket_;
    Source source_;
    Codec codec_;
    std::unique_ptr<Handshake> handshake_;
    std::string fault_;  // what is wrong with a consumer's acceptance
    millrace_id scope_ = 0;

    std::optional<DeflateTerms> deflate_;
    std::optional<TokenBucket> rate_;
    std::unique_ptr<Acks> acks_;
    std::unique_ptr<Receipts> receipts_;  // if one was ever asked for

    std::string kept_;   // has come, is not taken yet
    std::size_t reach_;  // what is read at once, at most: little where the gateway does not take it all
    std::unique_ptr<TlsSession> tls_;
    Output out_;

    std::int64_t heard_at_ms_ = 0;
    std::int64_t paused_at_ms_ = 0;
    std::int64_t unsent_since_ms_ = 0;  // without progress
    State state_ = State::handshake;
    const bool is_admitted_;
    bool is_paused_ = false;      // the gateway took less than all
    bool is_resumed_ = false;     // what was kept can be taken now
    bool is_crowded_ = false;     // too many of the peer's messages are not settled
    bool is_given_back_ = false;  // without `acks_`: a message has to be sent again
    bool is_throttled_ = false;   // the peer sent more than `max_message_rate`
    bool is_ahead_over_ = false;  // while it is held: the line has ended, behind what is kept
    bool is_pinged_ = false;
    bool is_shut_ = false;
    bool is_over_ = false;  // the peer has said over TLS that nothing more comes
    bool waits_to_read_ = false;
    bool waits_to_write_ = false;
};

}  // namespace millrace::websocket
