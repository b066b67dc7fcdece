#pragma once

#include <string>

#include "adapters/smtp/normalise.hpp"

namespace millrace::smtp {

// Return-Path and Received (RFC 5321 §4.4, RFC 3848) of a mail that came by this transaction. Names that the client has
// chosen have `?` for what does not belong into a field.
std::string trace_of(const Transaction& transaction);

}  // namespace millrace::smtp
