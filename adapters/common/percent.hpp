#pragma once

#include <string>
#include <string_view>

// Percent-encoding, RFC 3986 §2.1.
namespace millrace {

// A `%` that no two hex digits follow stands for itself. The result is bytes, not always UTF-8.
std::string percent_decoded(std::string_view text);

// Every byte but letters, digits and `-_.!~*'()`, as browsers and Node encode a component.
std::string percent_encoded(std::string_view bytes);

}  // namespace millrace
