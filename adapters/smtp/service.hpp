#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/smtp/codec.hpp"
#include "adapters/smtp/content_check.hpp"

// What a listener offers, and what it bears: one for all of its sessions, not changed while there are any.
namespace millrace::smtp {

// Times of RFC 5321 §4.5.3.2, as a server has to live with them. All in milliseconds.
struct Times {
    std::int64_t greeting_delay_ms = 0;   // who talks before the greeting is refused; 0: nobody can
    std::int64_t command_ms = 300'000;    // for the next whole line
    std::int64_t handshake_ms = 30'000;   // of STARTTLS
    std::int64_t data_ms = 180'000;       // for text of a message, ..
    std::int64_t data_bytes_per_s = 500;  // .. which each octet lengthens again, up to the whole; >= 1
    std::int64_t question_ms = 30'000;    // for an answer about a sender, a recipient, a login
    std::int64_t verdict_ms = 60'000;     // for what becomes of a mail
    std::int64_t error_delay_ms = 1'000;  // how long nothing is read after an error too many
    std::int64_t session_ms = 1'800'000;  // for all; a verdict is waited for
};

struct SessionLimits {
    unsigned recipients_max = 1000;  // at least 100 (RFC 5321 §4.5.3.1.8)
    unsigned mails_max = 1000;
    unsigned errors_delayed = 10;      // those above are followed by a pause
    unsigned errors_max = 20;          // that many end the session. A mail that is taken makes it 0 again
    unsigned idle_commands_max = 100;  // NOOP, RSET, VRFY, HELP, EHLO, an empty chunk; 0 again likewise
    unsigned failed_logins_max = 3;
    unsigned chunks_max = 10'000;  // of one mail
};

struct Settings {
    std::string host = "localhost";  // what the server calls itself
    bool is_lmtp = false;
    bool has_tls = false;        // STARTTLS is offered where TLS is not active
    bool has_users = false;      // AUTH is offered where TLS is active
    bool requires_tls = false;   // for MAIL
    bool requires_auth = false;  // for MAIL
    Times times = {};
    SessionLimits session = {};
    LineLimits lines = {};
    ContentLimits content = {};
};

class Service : public Settings {
  public:
    explicit Service(Settings settings);

    // "220 host ESMTP\r\n".
    std::string_view greeting() const { return greeting_; }
    // Answers HELO.
    std::string_view hello() const { return hello_; }
    // Answers EHLO and LHLO: what is offered.
    std::string_view offer(bool is_tls) const { return is_tls ? offer_in_tls_ : offer_; }

  private:
    std::string make_offer(bool is_tls) const;

    std::string greeting_;
    std::string hello_;
    std::string offer_;
    std::string offer_in_tls_;
};

}  // namespace millrace::smtp
