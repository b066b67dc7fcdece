#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/smtp/codec.hpp"
#include "adapters/smtp/command.hpp"
#include "adapters/smtp/envelope.hpp"
#include "adapters/smtp/login.hpp"
#include "adapters/smtp/reply.hpp"
#include "adapters/smtp/service.hpp"

// One SMTP or LMTP session, the server's side (RFC 5321, RFC 2033 and the extensions that Service offers), without I/O
// and clock. Of one thread. It never throws but for want of memory.
//
// Whoever drives it says what happens and asks what is to be done, until there is nothing more:
//
//     dialogue.advance(now_ms);                 // the time, before anything else; what is overdue ends here
//     dialogue.feed(bytes);                     // or an answer, or on_tls_established, drain, on_lost
//     for (bool more = true; more;) {
//         switch (dialogue.next()) {
//             case Want::recipient: dialogue.judge(dialogue.ticket(), Reply::recipient_ok); break;   // or later
//             case Want::piece:     body.append(dialogue.piece()); break;
//             ..
//             case Want::input: case Want::wait: case Want::close: more = false;
//         }
//     }
//     write(dialogue.output()); read, or not; wake me at dialogue.deadline_ms();
//
// All commands that a read brought are answered in one output. Time does not go back; it is in milliseconds.
namespace millrace::smtp {

enum class Want {
    input,        // more bytes
    wait,         // none: an answer, TLS or a time is waited for. What was read stays here
    sender,       // an answer for envelope().sender: judge
    recipient,    // an answer for recipient(): judge
    credentials,  // an answer for credentials(): judge
    piece,        // piece() is text of the message, in order: it is good until the next call
    verdict,      // the message is whole: settle
    ended,        // the transaction is over, however it ended: ending(). Once for each that was begun
    tls,          // write the output, then shake hands: on_tls_established, or on_lost
    close,        // write the output and close. Also from then on
};

// Why a transaction is over.
enum class Ending {
    settled,    // each verdict was told
    overdue,    // a verdict did not come in time, 451 was told: the mail may not be delivered any more
    refused,    // the message broke a limit or a rule, or its text could not be kept
    abandoned,  // RSET, EHLO, QUIT
    timeout,    // the client was too slow
    misuse,     // the client broke the protocol and is sent away
    dismissed,  // the gateway stops, or has too much to do
    lost,       // the line broke, or what is left of the session is of no use. Nothing is told
};

class Dialogue {
  public:
    static constexpr std::int64_t kNever = INT64_MAX;
    static constexpr std::size_t kAheadBytesMax = 16 * 1024;

    // `service` and `tally` outlive it. `is_tls`: TLS is active from the begin. The greeting is in the output, unless
    // there is a delay.
    Dialogue(const Service& service, Tally& tally, bool is_tls, std::int64_t now_ms);
    Dialogue(const Dialogue&) = delete;
    Dialogue& operator=(const Dialogue&) = delete;

    // What happens. Follow each with next() until it says input, wait or close.
    void advance(std::int64_t now_ms);
    void feed(std::string_view bytes);  // they stay where they are until next() has said input, wait or close
    void on_tls_established();
    void on_lost();
    // Ends the session with 421 as soon as no message is on its way in (RFC 5321 §3.8).
    void drain() { is_draining_ = true; }
    // STARTTLS is refused from now on: there are too many handshakes.
    void withhold_tls() { is_tls_withheld_ = true; }
    // Ends it now, with a reply of class 4 or 5.
    void dismiss(Reply reply);

    // Answers to a question, now or later. `ticket` says to which; an answer that is not waited for any more is not
    // taken: false.
    //   sender:      sender_ok, or a reply of class 4 or 5
    //   recipient:   recipient_ok, or a reply of class 4 or 5
    //   credentials: authenticated, auth_failed or auth_unavailable
    bool judge(std::uint32_t ticket, Reply answer);
    // What became of the mail: for SMTP once, `index` 0; for LMTP of each of envelope().recipients, in any order.
    bool settle(std::uint32_t ticket, std::size_t index, const Settlement& settlement);
    // The text cannot be kept: the rest of it is thrown away, and this answers it. Between the begin of a message and
    // Want::verdict.
    void refuse_content(Reply reply);

    // What is to be done.
    Want next();

    // The bytes that have to leave; who has taken them clears it.
    std::string& output() { return output_; }
    // When advance is to be called, at the latest.
    std::int64_t deadline_ms() const;

    // The question that was asked last.
    std::uint32_t ticket() const { return ticket_; }
    const Envelope& envelope() const { return envelope_; }  // of the transaction, also of one that has just ended
    const Mailbox& recipient() const { return recipient_; }
    Credentials& credentials() { return login_.credentials(); }
    std::string_view piece() const { return codec_.piece(); }
    Ending ending() const { return ending_; }

    // While it waits: whether to read on. Who talks before the greeting is too early; and where an answer is waited
    // for, only who reads hears that the line has broken.
    bool reads_ahead() const {
        return state_ == State::greeting || (awaits_answer() && input_.size() < kAheadBytesMax);
    }
    bool awaits_answer() const { return state_ == State::question || state_ == State::verdict; }

    // Who speaks.
    const std::string& hello_name() const { return hello_name_; }
    bool is_extended() const { return hello_ == Hello::extended; }  // EHLO or LHLO, not HELO
    bool is_tls() const { return is_tls_; }
    const std::string& user() const { return user_; }            // empty: not authenticated
    const std::string& mechanism() const { return mechanism_; }  // that the user logged in by
    // How it came, for the Received field: "ESMTPSA" (RFC 3848), "UTF8LMTP" (RFC 6531 §4.3).
    std::string protocol() const;

  private:
    enum class Hello { none, plain, extended };
    enum class State { greeting, command, login, data, chunk, question, verdict, handshake, closed };

    // dialogue.cpp
    bool is_paused() const { return now_ms_ < paused_until_ms_; }
    bool is_message_coming() const;
    void keep_input();
    void take(Codec::Step step);
    bool is_piece_wanted();
    void lengthen_data_time(std::size_t bytes);
    void expire();

    void say(Reply reply);
    void fail(Reply reply);
    void await_command();
    void ask(State state, Want question, std::int64_t time_ms);
    void hang_up(Ending ending);
    void hang_up(Reply reply, Ending ending);
    void end_transaction(Ending ending);

    // dialogue_commands.cpp
    void take_line(std::string_view line);
    void execute(Command& command);
    void say_hello(const Command& command);
    void begin_mail(Command& command);
    Reply fault_of_mail(const Command& command) const;
    void begin_recipient(Command& command);
    Reply fault_of_recipient(const Command& command) const;
    void reset();
    void count_idle();
    void begin_tls();
    void begin_login(const Command& command);
    void continue_login(Reply reply);
    void finish_login(Reply answer);

    // dialogue_content.cpp
    Reply fault_of_content(Verb verb) const;
    void begin_data();
    void begin_chunk(const Command& command);
    void finish_data();
    void finish_chunk();
    void refuse_message(Reply reply, std::size_t times);
    void await_verdict();
    void tell_verdicts(Ending ending);
    void finish_transaction(Ending ending);
    std::size_t verdict_count() const { return service_.is_lmtp ? envelope_.recipients.size() : 1; }

    const Service& service_;
    Tally& tally_;
    std::int64_t now_ms_;
    std::int64_t due_ms_ = kNever;        // of the state
    std::int64_t session_due_ms_;         // of the session
    std::int64_t paused_until_ms_ = 0;    // nothing is read until then
    std::int64_t data_credit_bytes_ = 0;  // received, and not yet turned into time

    std::string_view input_;  // what was fed and not taken: the owner's bytes, or the end of kept_
    std::string kept_;
    bool is_kept_ = false;
    std::string output_;
    Codec codec_;

    State state_ = State::command;
    Want question_ = Want::wait;  // in question, verdict and handshake
    std::uint32_t ticket_ = 0;
    bool is_asked_ = false;  // next() has yet to tell of what was asked
    bool is_draining_ = false;
    bool is_tls_withheld_ = false;
    bool is_tls_;
    Hello hello_ = Hello::none;
    std::string hello_name_;
    std::string user_;
    std::string mechanism_;
    Login login_;
    unsigned errors_ = 0;
    unsigned idle_commands_ = 0;
    unsigned failed_logins_ = 0;
    unsigned mails_ = 0;

    // Of the transaction.
    bool is_open_ = false;
    bool has_ended_ = false;  // next() has yet to tell
    Ending ending_ = Ending::settled;
    Envelope envelope_;
    Mailbox recipient_;
    unsigned refused_recipients_ = 0;
    Reply refusal_ = Reply::ok;  // of its text, if not that
    unsigned chunks_ = 0;
    Reply chunk_fault_ = Reply::ok;  // of the chunk that is read, if not that: it belongs to no message
    std::uint64_t chunk_bytes_ = 0;
    bool is_last_chunk_ = false;
    std::vector<std::optional<Settlement>> settlements_;
    std::size_t told_ = 0;
};

}  // namespace millrace::smtp
