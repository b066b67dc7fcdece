#pragma once

#include <string>

#include "gateway/base/result.hpp"
#include "millrace/abi.h"

namespace millrace {

// The JSON form of the ChannelMessage that an event's three pieces make: the proto3 mapping, with the field names of
// the schema and enumerations by name, on one line. An error where they make none. Thread: any.
Result<std::string> message_to_json(const millrace_event& event);

}  // namespace millrace
