#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "millrace/v1/email.pb.h"

// Where an answer to a mail goes: `reply_to` of its message, which comes back as the address of what is replied. A zero
// octet tells it from an address that a consumer has written.
namespace millrace::smtp {

// Empty where nobody can be answered: the mail came from <>.
std::string make_reply_to(const v1::Email& email);

// Nothing where it is a consumer's address, or was not made by make_reply_to.
std::optional<v1::EmailReplyTo> read_reply_to(std::string_view address);

}  // namespace millrace::smtp
