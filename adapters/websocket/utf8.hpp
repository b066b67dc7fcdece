#pragma once

#include <string_view>

namespace millrace::websocket {

// Is it well-formed UTF-8 (RFC 3629: shortest forms, no surrogates, up to U+10FFFF)? Fast where it is ASCII.
bool is_utf8(std::string_view text);

}  // namespace millrace::websocket
