#pragma once

#include <string>
#include <string_view>

namespace millrace {

// A text as people read it on one line: in quotes, with whatever could act on a terminal as JSON escapes it. Of one
// that is longer than `bytes_max` its begin, and how much more there is. Thread: any.
std::string quote(std::string_view text, std::size_t bytes_max = 200);

// The same without the quotes, and all of it.
std::string escape(std::string_view text);

// Of a text that is JSON already: what could act on a terminal and that JSON allows; it stays the same JSON.
std::string escape_json(std::string_view json);

}  // namespace millrace
