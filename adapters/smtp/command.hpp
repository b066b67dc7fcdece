#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/smtp/mailbox.hpp"
#include "adapters/smtp/parameters.hpp"
#include "adapters/smtp/reply.hpp"

// One line of a client as a command: RFC 5321 §4.1.1, RFC 2033 §4 (LHLO), RFC 3030 §2 (BDAT), RFC 3207 §4 (STARTTLS),
// RFC 4954 §4 (AUTH).
namespace millrace::smtp {

enum class Verb : std::uint8_t {
    unknown,
    ehlo,
    helo,
    lhlo,
    mail,
    rcpt,
    data,
    bdat,
    rset,
    noop,
    vrfy,
    help,
    quit,
    starttls,
    auth,
    unimplemented,  // known, but not done here: EXPN, ETRN, SEND, ..
    foreign,        // an HTTP request, a line of a header, a TLS handshake: no mail client's
};

struct Command {
    Verb verb = Verb::unknown;
    Reply fault = Reply::ok;        // else what is wrong with the arguments, and they are not to be used
    std::string_view argument;      // of EHLO, HELO, LHLO the name; of AUTH the mechanism; a view of the line
    std::string_view initial;       // of AUTH: the initial response; "=" is an empty one; empty: there is none
    Mailbox path;                   // of MAIL and RCPT
    MailParameters parameters;      // of MAIL
    std::uint64_t chunk_bytes = 0;  // of BDAT
    bool is_last = false;           // of BDAT
};

// `line` is without its CRLF. Blanks at its end do not count.
Command parse_command(std::string_view line);

// Whether RFC 2920 §3.1 wants it at the end of a group: the client waits for the answer.
bool ends_group(Verb verb);

}  // namespace millrace::smtp
