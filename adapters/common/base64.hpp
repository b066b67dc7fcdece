#pragma once

#include <optional>
#include <string>
#include <string_view>

// Base64 (RFC 4648 §4), its form for URLs without padding (§5, as JWTs use it), and hex (§8).
namespace millrace {

std::string base64_encoded(std::string_view bytes);
std::string base64url_encoded(std::string_view bytes);

// Lower case.
std::string hex_encoded(std::string_view bytes);

// Strict: one way to write a value, nothing else in it. Padding is required in the first and refused in the second;
// bits that no byte takes are 0.
std::optional<std::string> base64_decoded(std::string_view text);
std::optional<std::string> base64url_decoded(std::string_view text);

// Either case. Digits come in pairs.
std::optional<std::string> hex_decoded(std::string_view text);

}  // namespace millrace
