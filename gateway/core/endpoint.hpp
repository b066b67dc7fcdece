#pragma once

#include <string_view>

namespace millrace {

// What a text is as IP:PORT, such as 127.0.0.1:9780 or [::1]:9780.
enum class Endpoint { wrong, elsewhere, loopback };

Endpoint endpoint_of(std::string_view text);

}  // namespace millrace
