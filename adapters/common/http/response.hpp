#pragma once

#include <string>
#include <string_view>

#include "adapters/common/http/fault.hpp"

namespace millrace::http {

// An answer, in views that are borrowed for the call that it is given to. No text of `headers` and `content_type` may
// come from outside: they are written as they are.
struct Response {
    unsigned status = 200;
    std::string_view content_type{};  // empty: none is said
    std::string_view body{};
    std::string_view headers{};  // further header lines, each with its CRLF
};

// What the request and the connection make of an answer.
struct ResponseTerms {
    bool has_no_body = false;  // It answers HEAD: the length is said, the body is not.
    bool is_last = false;      // The connection closes after it.
    bool is_of_1_0 = false;    // The client has to be told where it does not close.
};

// Appends it. `common_headers` are lines that every answer has, each with its CRLF.
void write_response(std::string& out, const Response& response, std::string_view common_headers,
                    const ResponseTerms& terms);

// As a Response; its text is a line of plain text. Borrows from `refusal` and `body`, which it fills.
Response to_response(const Refusal& refusal, std::string& body);

// Says that the body may come.
void write_continue(std::string& out);

// "Not Found"; of a status that has none, its class's.
std::string_view reason_phrase(unsigned status);

}  // namespace millrace::http
