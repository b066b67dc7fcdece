#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// JSON (RFC 8259) from outside: limits while it is read, and no surprise when it is looked at.
namespace millrace {

// Bytes are whoever's who has read the text; these bound what a text of that size can cost.
struct JsonLimits {
    std::size_t depth = 16;
    std::size_t elements = 8192;  // Commas and colons, also those in texts.
};

// Absent where it is not JSON, not UTF-8, passes a limit, or something follows it. Of a name that is there twice the
// last counts.
std::optional<boost::json::value> parse_json(std::string_view text, const JsonLimits& limits = {});

// A place in a value that may not be there, or be of another type: then it is as if it were absent. Borrows the value.
class JsonView {
  public:
    JsonView() = default;
    explicit JsonView(const boost::json::value& value) : value_(&value) {}

    // The member of an object, the element of an array.
    JsonView operator[](std::string_view name) const;
    JsonView operator[](std::size_t index) const;

    bool is_object() const { return value_ && value_->is_object(); }
    bool is_array() const { return value_ && value_->is_array(); }
    bool is_text() const { return value_ && value_->is_string(); }
    std::size_t size() const { return is_array() ? value_->get_array().size() : 0; }

    // Empty where it is no text.
    std::string_view text() const;
    // A text as it is, a whole number in decimal, a flag as `true` or `false`; else empty.
    std::string scalar() const;
    // A whole number, or a text that is one; else absent.
    std::optional<std::int64_t> integer() const;

    const boost::json::value* value() const { return value_; }

  private:
    const boost::json::value* value_ = nullptr;
};

}  // namespace millrace
