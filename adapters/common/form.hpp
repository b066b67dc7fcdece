#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Names and values as a URL's query and an HTML form have them: application/x-www-form-urlencoded (WHATWG URL §5).
namespace millrace {

// Decoded, as bytes: whether it is UTF-8 is for the reader to ask.
struct FormField {
    std::string name;
    std::string value;
};

using FormFields = std::vector<FormField>;

// In the order they came, repeated ones kept. A `%` that no two hex digits follow stands for itself, a name without `=`
// has an empty value, and nothing between two `&` is no field. Absent where there are more than `fields_max`.
std::optional<FormFields> parse_form(std::string_view text, std::size_t fields_max);

// The value of the first field of that name; empty where there is none.
std::string_view value_of(const FormFields& form, std::string_view name);
bool has_field(const FormFields& form, std::string_view name);

// Adds one field, and an `&` before it if it is not the first.
void append_field(std::string& out, std::string_view name, std::string_view value);

}  // namespace millrace
