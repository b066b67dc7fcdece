#pragma once

#include <string_view>
#include <vector>

// Lists in the values of HTTP headers (RFC 9110 §5.6): parts between commas, or between the semicolons of one part.
namespace millrace {

// The parts between separators that stand outside of quotes, without the blanks around them; at least one. Views of
// `text`.
std::vector<std::string_view> split_list(std::string_view text, char separator);

// Without the quotes around it, if it has them. Escapes within are left as they are: no token has any.
std::string_view unquoted(std::string_view text);

}  // namespace millrace
