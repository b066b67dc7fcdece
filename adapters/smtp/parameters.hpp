#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/smtp/reply.hpp"

// The parameters behind a path (RFC 5321 §4.1.2: esmtp-keyword and esmtp-value).
namespace millrace::smtp {

enum class BodyType : std::uint8_t { seven_bit, eight_bit };

struct MailParameters {
    std::optional<std::uint64_t> declared_bytes;  // SIZE (RFC 1870); what passes 64 bits counts as the most they hold
    BodyType body = BodyType::seven_bit;          // BODY (RFC 6152)
    bool is_smtputf8 = false;                     // SMTPUTF8 (RFC 6531)
    std::optional<std::string> submitter;         // AUTH (RFC 4954 §5), decoded; empty: <>, not known. Of one
                                                  // who is not authenticated it says nothing
    bool are_given = false;                       // any of them
};

// All of `text` as parameters of MAIL. Returns Reply::ok, or what is wrong: `unknown_parameter`, or `bad_value` for one
// that is malformed, comes twice or has a value it cannot have.
Reply parse_mail_parameters(std::string_view text, MailParameters& parameters);

// RCPT has no parameters here.
Reply parse_recipient_parameters(std::string_view text);

}  // namespace millrace::smtp
