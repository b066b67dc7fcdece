#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

// What can be wrong with a request before anyone has looked at what it asks for.
enum class Fault : std::uint8_t {
    none,
    line_end,
    request_line,
    target,
    version,
    target_too_long,
    head_too_large,
    too_many_headers,
    header_name,
    header_value,
    folded_header,
    host_count,
    host_value,
    length_value,
    two_lengths,
    length_and_coding,
    coding,
    two_codings,
    coding_in_1_0,
    chunk,
    chunk_extensions,
    body_too_large,
    body_coding,
    expectation,
    late,
};

// An answer that says no, to be read by people.
struct Refusal {
    unsigned status = 0;
    std::string text;          // one line
    std::string headers = {};  // further header lines, each with its CRLF
};

Refusal refusal_of(Fault fault);

// What adapters refuse with.
Refusal not_found();
Refusal method_not_allowed(std::string_view allowed);       // "POST"
Refusal unsupported_media_type(std::string_view expected);  // "application/json"
Refusal forbidden(std::string text);
Refusal too_many_requests(std::int64_t retry_after_s, std::string text);
Refusal try_later(std::string text, std::int64_t retry_after_s = 5);

}  // namespace millrace::http
