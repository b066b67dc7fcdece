#pragma once

#include <string>
#include <string_view>

namespace millrace::smtp::mime {

// What a stranger calls a file, made harmless to show and to keep: without folders (of POSIX and Windows), control
// characters, marks that turn the direction of writing, blanks and dots at the ends, and what Windows does not allow;
// at most 255 octets, cut in the middle so that the ending stays. Empty where nothing is left. `name` is valid UTF-8.
std::string safe_file_name(std::string_view name);

}  // namespace millrace::smtp::mime
