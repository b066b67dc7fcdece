#pragma once

#include <string_view>

namespace millrace::smtp::mime {

// What glibc calls the character set that mail calls `name`, in any case, or nullptr where it is not known.
// utf8_charset where no conversion is needed.
const char* find_charset(std::string_view name);

extern const char* const utf8_charset;

}  // namespace millrace::smtp::mime
