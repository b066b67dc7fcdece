#pragma once

#include <algorithm>
#include <span>

#include "gateway/base/utf8.hpp"
#include "gateway/core/bytes.hpp"

// What a plugin may call things by: they stand in addresses, messages, logs and metrics. Thread: any.
namespace millrace {

inline constexpr const char* kPlainText = "UTF-8 without control characters";

// Of a group, a timer, or where to send to.
inline bool is_border_name(std::string_view name) {
    return !name.empty() && name.size() <= MILLRACE_ADDRESS_MAX && is_plain_text(name);
}

inline bool are_plain(std::span<const millrace_attribute> attributes) {
    return std::ranges::all_of(attributes, [](const millrace_attribute& attribute) {
        return is_plain_text(to_text(attribute.key)) && is_plain_text(to_text(attribute.value));
    });
}

}  // namespace millrace
