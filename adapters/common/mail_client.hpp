#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/common/listener.hpp"
#include "adapters/common/mail_replies.hpp"

namespace millrace {

// Who takes mails for others, and how to speak to it.
struct MailClientSettings {
    enum class StartTls : std::uint8_t {
        required,  // No mail goes where it is not offered.
        optional,  // Used where it is offered, with a certificate that is right; who stands between can take it away.
        off,
    };
    struct Login {
        std::string username;
        std::string password;
    };

    std::string url;                          // smtp://host:port, or smtps://host:port: TLS from the first byte
    StartTls start_tls = StartTls::required;  // With smtp
    std::optional<Login> login{};             // Sent over TLS alone, by AUTH PLAIN or LOGIN.
    std::optional<std::string> ca{};          // PEM: who signs its certificate; nothing: those whom the system trusts.
    std::string hello_name = "localhost";     // In EHLO: the name of this host.
    std::size_t connections = 2;              // At a time; each carries one mail after the other.
    std::size_t mails_max = 256;              // Waiting and under way.
    std::chrono::milliseconds connect_timeout{8'000};  // Until the server has greeted and AUTH is done.
    std::chrono::milliseconds timeout{600'000};  // Of a mail. RFC 5321 §4.5.3.2.6: ten minutes for the last answer.
};

// What is wrong with the settings, in words; empty: nothing.
std::string mail_settings_fault(const MailClientSettings& settings);

struct Mail {
    std::string from{};           // The envelope's; empty: the null path, which nothing is sent back to.
    std::vector<std::string> to;  // The envelope's: at least one.
    // RFC 5322, lines end with CRLF. libcurl 7.88 does not say BODY=8BITMIME, so what is not ASCII is to be encoded,
    // unless the envelope is international, which goes by SMTPUTF8.
    std::string content;
};

// Mails through one smarthost by SMTP (RFC 5321), by libcurl on threads of the client's own, one a connection: libcurl
// waits in place for the answer to a mail's end and to QUIT. Connections are kept for the next mail.
//
// Each recipient has a fate of his own; what some refuse goes to the others all the same. Nothing is sent twice: where
// a kept connection turns out to have ended at MAIL, the mail goes over a new one; where the answer to its end is
// missing, its fate is unknown.
//
// Thread: any; on_fates is called on the loop's, once for each mail that was taken, as long as the loop runs. Lifetime:
// the loop's io_context outlives the client.
class MailClient {
  public:
    // In the order of `to`. Their texts can be shown, and hold no secret.
    using OnFates = std::function<void(std::vector<MailFate> fates)>;

    // REQUIRES: mail_settings_fault() finds nothing. Throws std::runtime_error where libcurl is not to be had.
    MailClient(MailClientSettings settings, Executor loop);
    ~MailClient();  // As stop(0).
    MailClient(const MailClient&) = delete;

    // False, and no fates: there are `mails_max` already, or it was stopped.
    bool send(Mail mail, OnFates on_fates);

    // Takes no more, and returns when the last mail has its fates, but a second after `grace` at the latest: what waits
    // then has not been sent, and what is under way is broken off. Again: does nothing.
    void stop(std::chrono::milliseconds grace);

  private:
    class Desk;
    std::unique_ptr<Desk> desk_;
};

}  // namespace millrace
