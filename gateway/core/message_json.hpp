#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "millrace/abi.h"
#include "millrace/v1/message.pb.h"

namespace millrace {

// The JSON form of the ChannelMessage that an event's three pieces make: the proto3 mapping, with the field names of
// the schema and enumerations by name, on one line. An error where they make none. Thread: any.
Result<std::string> message_to_json(const millrace_event& event);

// The other way round. An error where it is no such JSON, or has a field that the schema has not.
Result<v1::ChannelMessage> message_from_json(std::string_view json);

}  // namespace millrace
