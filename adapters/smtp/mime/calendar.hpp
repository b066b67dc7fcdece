#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace millrace::smtp::mime {

// What is sure of an event (RFC 5545 §3.8): properties of the first component, each in one line, without parameters.
struct Calendar {
    std::string method;  // In upper case.
    std::string component;
    std::string uid;
    std::string sequence;
    std::string organizer;
    std::string recurrence_id;
    std::string dtstamp;

    bool operator==(const Calendar&) const = default;
};

// The text of a calendar part. Nothing where it is no calendar. VTIMEZONE is not a component that counts.
std::optional<Calendar> parse_calendar(std::string_view text);

}  // namespace millrace::smtp::mime
