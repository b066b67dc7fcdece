#pragma once

#include <cstdint>
#include <vector>

#include "adapters/smtp/mailbox.hpp"
#include "adapters/smtp/parameters.hpp"

namespace millrace::smtp {

// What MAIL and RCPT said of one mail (RFC 5321 §3.3).
struct Envelope {
    Mailbox sender;
    MailParameters parameters;
    std::vector<Mailbox> recipients;  // that were accepted, in their order; one may be there twice
    bool is_chunked = false;          // the message came by BDAT
};

}  // namespace millrace::smtp
