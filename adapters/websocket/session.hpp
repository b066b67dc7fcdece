#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "adapters/common/connection.hpp"
#include "adapters/common/token_bucket.hpp"
#include "adapters/websocket/acks.hpp"
#include "adapters/websocket/codec.hpp"
#include "adapters/websocket/handshake.hpp"
#include "adapters/websocket/receipts.hpp"
#include "millrace/adapter.hpp"

namespace millrace::websocket {

class IoThread;

// One connection: a scope from the upgrade request on.
//
//     handshake -> asking -> open -> closing ----------+-> finished -> dropped
//         |          |        |  (our close frame      |
//         |          |        |   waits for theirs)    |
//         +----------+--------+-> lingering -----------+
//                  (refused or failed; until the peer has read why)
class Session final : public Scope, public Connection {
  public:
    Session(IoThread& thread, Socket socket, Source source, bool is_admitted);

    void begin() override;
    void turn() override;
    void turn_away(Admission::Verdict why) override;
    void quiesce() override;
    void drop() override;
    void refuse(const Refusal& refusal);

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

  private:
    enum class State : std::uint8_t { handshake, asking, open, closing, lingering, finished, dropped };

    void on_readable() override;
    void on_tls_failure(bool is_foreign) override;
    void on_lost() override;
    void follow_end();
    void take(Input& input);
    void take_kept();
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
    Codec codec_;
    std::unique_ptr<Handshake> handshake_;
    std::string fault_;  // what is wrong with a consumer's acceptance
    millrace_id scope_ = 0;

    std::optional<DeflateTerms> deflate_;
    std::optional<TokenBucket> rate_;
    std::unique_ptr<Acks> acks_;
    std::unique_ptr<Receipts> receipts_;  // if one was ever asked for

    std::size_t reach_;  // what is read at once, at most: little where the gateway does not take it all

    std::int64_t heard_at_ms_ = 0;
    std::int64_t paused_at_ms_ = 0;
    std::int64_t unsent_since_ms_ = 0;  // without progress
    State state_ = State::handshake;
    bool is_paused_ = false;      // the gateway took less than all
    bool is_resumed_ = false;     // what was kept can be taken now
    bool is_crowded_ = false;     // too many of the peer's messages are not settled
    bool is_given_back_ = false;  // without `acks_`: a message has to be sent again
    bool is_throttled_ = false;   // the peer sent more than `max_message_rate`
    bool is_ahead_over_ = false;  // while it is held: the line has ended, behind what is kept
    bool is_pinged_ = false;
    bool is_shut_ = false;
};

}  // namespace millrace::websocket
