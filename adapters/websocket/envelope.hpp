#pragma once

#include <string>
#include <string_view>

namespace millrace::websocket {

// A text reply as a client of `millrace.ack.v1` gets it, apart from what it hears of its own messages: `{"msg":"..."}`,
// with the text as a JSON string (RFC 8259 §7). Text that is UTF-8 stays it.
std::string enveloped(std::string_view text);

}  // namespace millrace::websocket
