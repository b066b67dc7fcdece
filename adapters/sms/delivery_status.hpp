#pragma once

#include <cstdint>
#include <string_view>

#include "millrace/v1/sms.pb.h"

// What providers call the states of a message on its way, in one order.
namespace millrace::sms {

using Status = v1::Sms::Delivery::Status;

// Of a provider's word, in any case; STATUS_UNSPECIFIED where it is not known.
Status status_of(std::string_view native);

// Reports come in any order: one whose rank is not above that of an earlier one tells nothing new.
std::uint32_t rank_of(Status status);

// As the receipt of who has sent it says it: MILLRACE_SENT, ...
std::uint32_t outcome_of(Status status);

// Nothing better follows.
bool is_permanent(Status status);

}  // namespace millrace::sms
